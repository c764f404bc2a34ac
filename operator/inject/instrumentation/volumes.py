"""The volume that an agent's files are copied to (spec: instrumentation §3.0)."""

from otel_operator.components.collector_config import mapping, sequence
from otel_operator.inject.instrumentation import reasons
from otel_operator.inject.instrumentation.compute_resources import quantity
from otel_operator.inject.instrumentation.job import Job
from otel_operator.inject.instrumentation.refused import Refused
from otel_operator.json_types import JsonObject

_DEFAULT_SIZE = "200Mi"
_LONGEST_CLAIM_NAME = 253
_ACCESS_MODES = frozenset({"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"})


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
    if lacking := _lacking(mapping(template.get("spec"))):
        field = f"spec.{job.language.spec_field}.volumeClaimTemplate.spec.{lacking}"
        raise Refused(reasons.BAD_INSTRUMENTATION, f"{job.instrumentation} has {field} missing or invalid; correct it")
    return {"name": name, "ephemeral": {"volumeClaimTemplate": template}}


def _lacking(claim: JsonObject) -> str:
    """Return the field that a claim must have and that this one has not, or not such that the API server takes it."""
    modes = sequence(claim.get("accessModes"))
    if not modes or not _ACCESS_MODES.issuperset(map(str, modes)):
        return "accessModes"
    storage = quantity(mapping(mapping(claim.get("resources")).get("requests")).get("storage"))
    return "resources.requests.storage" if storage is None or storage <= 0 else ""


def size_limit(job: Job) -> str:
    """Return `volumeLimitSize`, 200Mi where it is not set. Raises Refused for one below zero."""
    given = job.settings.get("volumeLimitSize")
    if (size := quantity(given)) is not None and size < 0:
        field = f"spec.{job.language.spec_field}.volumeLimitSize"
        raise Refused(reasons.BAD_INSTRUMENTATION, f"{job.instrumentation} has {field} {given}; give a size above zero")
    return _DEFAULT_SIZE if given is None or given == "" else str(given)
