"""The volume that an agent's files are copied to (spec: instrumentation §3.0)."""

from otel_operator.components.collector_config import mapping
from otel_operator.inject.instrumentation import reasons
from otel_operator.inject.instrumentation.job import Job
from otel_operator.inject.instrumentation.refused import Refused
from otel_operator.json_types import JsonObject

_DEFAULT_SIZE = "200Mi"
_LONGEST_CLAIM_NAME = 253


def agent_volume(job: Job, name: str) -> JsonObject:
    """Return an ephemeral claim where the Instrumentation has a template for it, else an `emptyDir` of limited size."""
    template = mapping(job.settings.get("volumeClaimTemplate"))
    if not template:
        return {"name": name, "emptyDir": {"sizeLimit": size_limit(job)}}
    # The claim is called <pod>-<volume>, and the API server refuses a pod for which that is too long.
    pod = mapping(job.subject.pod.get("metadata")).get("name") or ""
    if len(f"{pod}-{name}") > _LONGEST_CLAIM_NAME:
        raise Refused(
            reasons.VOLUME_CLAIM_NAME_TOO_LONG,
            f"the claim of {job.instrumentation}'s volumeClaimTemplate would be called {pod}-{name}, which is over "
            f"{_LONGEST_CLAIM_NAME} characters; give the pod a shorter name",
        )
    return {"name": name, "ephemeral": {"volumeClaimTemplate": template}}


def size_limit(job: Job) -> str:
    """Return `volumeLimitSize`, 200Mi where it is not set."""
    given = job.settings.get("volumeLimitSize")
    return _DEFAULT_SIZE if given is None or given == "" else str(given)
