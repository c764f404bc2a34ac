"""The Go agent: a sidecar that looks into the application's process by eBPF (spec: instrumentation §3.5)."""

from otel_operator.components.collector_config import mapping
from otel_operator.inject.instrumentation import reasons
from otel_operator.inject.instrumentation.agent_names import GO_SIDECAR, KERNEL_DEBUG
from otel_operator.inject.instrumentation.annotations import CONTAINER_NAMES, GO_TARGET_EXE
from otel_operator.inject.instrumentation.env import EnvList, variables_of
from otel_operator.inject.instrumentation.job import Injected, Job
from otel_operator.inject.instrumentation.pod_spec import INIT, REGULAR, containers, with_sidecar, with_volume
from otel_operator.inject.instrumentation.refused import Refused
from otel_operator.inject.instrumentation.sdk_env import add_addresses, add_common, with_sdk
from otel_operator.inject.subject import ENFORCED_POD_SECURITY
from otel_operator.json_types import JsonObject

_TARGET_EXE = "OTEL_GO_AUTO_TARGET_EXE"
_DEBUG_PATH = "/sys/kernel/debug"


def inject(job: Job, spec: JsonObject) -> Injected:
    """Add the agent's container; the application's is not touched. Raises Refused where the pod cannot have it."""
    _require_allowed(job, spec)
    target = _target(job, spec)
    env = EnvList()
    if executable := job.subject.annotations.get(GO_TARGET_EXE):
        env.add_text(_TARGET_EXE, executable)
    env.add(*variables_of(job.settings.get("env")))
    add_addresses(env)
    add_common(job, env)
    edited = with_volume(spec, {"name": KERNEL_DEBUG, "hostPath": {"path": _DEBUG_PATH}})
    done = with_sdk(job, edited, _sidecar(job, spec), env, described=target)
    if _TARGET_EXE not in env:
        raise Refused(
            reasons.TARGET_EXE_MISSING,
            f"which program to look into is not said; give its path in annotation {GO_TARGET_EXE} of the pod, "
            f"or env {_TARGET_EXE} in spec.go.env of {job.instrumentation}",
        )
    edited = with_sidecar({**done.spec, "shareProcessNamespace": True}, done.container)
    return Injected(edited, (target["name"],), done.refusals)


def _require_allowed(job: Job, spec: JsonObject) -> None:
    if spec.get("shareProcessNamespace") is False:
        message = (
            "spec.shareProcessNamespace is false, and the agent must see the application's process; remove it or set it true"
        )
        raise Refused(reasons.PROCESS_NAMESPACE, message)
    if spec.get("hostPID"):
        message = "spec.hostPID excludes spec.shareProcessNamespace, which the agent needs; remove hostPID"
        raise Refused(reasons.PROCESS_NAMESPACE, message)
    # The API server would refuse the pod altogether.
    level = job.subject.namespace_labels.get(ENFORCED_POD_SECURITY)
    if level in ("baseline", "restricted"):
        message = (
            f"the agent is privileged and mounts {_DEBUG_PATH} of the node, and label {ENFORCED_POD_SECURITY} of namespace "
            f"{job.subject.namespace} is {level}; move the pod to a namespace that allows it"
        )
        raise Refused(reasons.POD_SECURITY, message)


def _target(job: Job, spec: JsonObject) -> JsonObject:
    """Return the container whose process is looked into: the first that is named, or the first of the pod."""
    key = job.language.container_names if job.multi else CONTAINER_NAMES
    named = [name for name in job.subject.annotations.get(key, "").split(",") if name]
    if len(named) > 1:
        raise Refused(
            reasons.ONE_CONTAINER_ONLY,
            f"annotation {key} names {len(named)} containers, and the agent looks into one; name that one",
        )
    regular = containers(spec, REGULAR)
    if not regular:
        raise Refused(reasons.CONTAINER_NOT_FOUND, "the pod has no containers")
    wanted = next(iter(job.names.names), regular[0]["name"])
    # An unknown name stands for the first container, as with the Go operator.
    found = next((container for container in regular if container["name"] == wanted), None)
    if found is None and any(container["name"] == wanted for container in containers(spec, INIT)):
        message = f"container {wanted!r} is an init container, which the agent cannot look into; name a regular one"
        raise Refused(reasons.INIT_CONTAINER_UNSUPPORTED, message)
    return found or regular[0]


def _sidecar(job: Job, spec: JsonObject) -> JsonObject:
    context = mapping(job.settings.get("securityContext")) or {"privileged": True, "runAsUser": 0}
    job.require_admissible(context, spec, "go.securityContext")
    return {
        "name": GO_SIDECAR,
        "image": job.image(),
        **job.pull_policy(),
        **job.resources(spec),
        "securityContext": context,
        "volumeMounts": [{"name": KERNEL_DEBUG, "mountPath": _DEBUG_PATH}],
    }
