"""SDK-only: the environment for applications that have an SDK built in (spec: instrumentation §3.8)."""

from otel_operator.inject.instrumentation.env import EnvList
from otel_operator.inject.instrumentation.job import Injected, Job
from otel_operator.inject.instrumentation.pod_spec import with_container
from otel_operator.inject.instrumentation.refused import Refused
from otel_operator.inject.instrumentation.sdk_env import add_addresses, add_common, with_sdk
from otel_operator.inject.instrumentation.targets import resolve
from otel_operator.inject.outcome import Refusal
from otel_operator.json_types import JsonObject


def inject(job: Job, spec: JsonObject) -> Injected:
    """Complete the environment of the containers; variables of languages do not apply."""
    refusals: list[Refusal] = []
    accepted: list[str] = []
    for target in resolve(spec, job.names):
        container = target.container(spec)
        env = EnvList(container.get("env") or ())
        add_addresses(env)
        add_common(job, env)
        try:
            done = with_sdk(job, spec, container, env)
        except Refused as refused:
            refusals.append(job.refusal(refused.reason, refused.message, target.name))
            continue
        spec = with_container(done.spec, target.field, done.container)
        refusals += done.refusals
        accepted.append(target.name)
    return Injected(spec, tuple(accepted), tuple(refusals))
