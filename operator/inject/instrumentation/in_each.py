"""Goes through the containers that a language is for; one that cannot be instrumented costs none of the others."""

from collections.abc import Callable, Sequence

from otel_operator.inject.instrumentation.job import Job
from otel_operator.inject.instrumentation.pod_spec import with_container
from otel_operator.inject.instrumentation.refused import Refused
from otel_operator.inject.instrumentation.sdk_env import WithSdk
from otel_operator.inject.instrumentation.targets import Target, resolve
from otel_operator.inject.outcome import Refusal
from otel_operator.json_types import JsonObject

Step = Callable[[JsonObject, Target, Sequence[Target]], WithSdk]
"""Instruments a container of the spec as it is by now, given those done before; raises Refused for one that stays as it is."""


def in_each(job: Job, spec: JsonObject, step: Step) -> tuple[JsonObject, list[Target], list[Refusal]]:
    """Return the spec after `step` for each container, those that were instrumented, and what was refused."""
    accepted: list[Target] = []
    refusals: list[Refusal] = []
    for target in resolve(spec, job.names):
        try:
            done = step(spec, target, accepted)
        except Refused as refused:
            refusals.append(job.refusal(refused.reason, refused.message, target.name))
            continue
        spec = with_container(done.spec, target.field, done.container)
        refusals += done.refusals
        accepted.append(target)
    return spec, accepted, refusals
