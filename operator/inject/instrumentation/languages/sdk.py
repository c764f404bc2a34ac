"""SDK-only: the environment for applications that have an SDK built in (spec: instrumentation §3.8)."""

from collections.abc import Sequence

from otel_operator.inject.instrumentation.env import EnvList
from otel_operator.inject.instrumentation.in_each import in_each
from otel_operator.inject.instrumentation.job import Injected, Job
from otel_operator.inject.instrumentation.sdk_env import WithSdk, add_addresses, add_common, with_sdk
from otel_operator.inject.instrumentation.targets import Target
from otel_operator.json_types import JsonObject


def inject(job: Job, spec: JsonObject) -> Injected:
    """Complete the environment of the containers; variables of languages do not apply."""

    def step(spec: JsonObject, target: Target, _: Sequence[Target]) -> WithSdk:
        container = target.container(spec)
        env = EnvList(container.get("env") or ())
        add_addresses(env)
        add_common(job, env)
        return with_sdk(job, spec, container, env)

    spec, accepted, refusals = in_each(job, spec, step)
    return Injected(spec, tuple(target.name for target in accepted), tuple(refusals))
