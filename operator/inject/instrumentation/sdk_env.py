"""The environment of the OpenTelemetry SDKs, in the order of spec instrumentation §4, with the TLS files that it names."""

from dataclasses import dataclass

from otel_operator.components.collector_config import mapping, sequence
from otel_operator.components.env import field_variable
from otel_operator.inject.instrumentation import reasons
from otel_operator.inject.instrumentation.env import EnvList, variables_of
from otel_operator.inject.instrumentation.guard import NODE_NAME
from otel_operator.inject.instrumentation.job import Job
from otel_operator.inject.instrumentation.pod_spec import with_mount, with_volume
from otel_operator.inject.instrumentation.resource_attributes import (
    POD_NAME_VARIABLE,
    attributes_of,
    extended,
    missing,
    service_version,
)
from otel_operator.inject.instrumentation.service_name import service_name
from otel_operator.inject.instrumentation.tls import exporter_tls
from otel_operator.inject.outcome import Refusal
from otel_operator.json_types import JsonObject

RESOURCE_ATTRIBUTES = "OTEL_RESOURCE_ATTRIBUTES"
_POD_UID = "OTEL_RESOURCE_ATTRIBUTES_POD_UID"
_SAMPLER = "OTEL_TRACES_SAMPLER"
_SAMPLER_ARGUMENT = "OTEL_TRACES_SAMPLER_ARG"


@dataclass(frozen=True, slots=True)
class WithSdk:
    """Spec and container after this step; the container is not in the spec yet."""

    spec: JsonObject
    container: JsonObject
    refusals: tuple[Refusal, ...] = ()


def add_addresses(env: EnvList) -> None:
    """Put the addresses of node and pod first (step D): users refer to them in endpoints."""
    env.prepend(field_variable("OTEL_POD_IP", "status.podIP"))
    env.prepend(field_variable("OTEL_NODE_IP", "status.hostIP"))


def add_common(job: Job, env: EnvList) -> None:
    """Add the Instrumentation's variables for every language (step E)."""
    env.add(*variables_of(job.choice.spec.get("env")))


def with_sdk(job: Job, spec: JsonObject, container: JsonObject, env: EnvList, described: JsonObject | None = None) -> WithSdk:
    """Complete `env` and give it to the container, with volumes and mounts of TLS (step G).

    `described` is the container that the attributes speak of, where it is not the one that gets the variables: the agent of Go
    runs beside it. Raises Refused where a volume's name or mount path is taken.
    """
    described = described or container
    tls = exporter_tls(job.choice.spec)
    refusals = []
    uses_labels = mapping(job.choice.spec.get("defaults")).get("useLabelsForResourceAttributes") is True
    attributes = attributes_of(job.subject, described, job.choice.spec)
    env.add_text("OTEL_SERVICE_NAME", service_name(job.subject, described, attributes, use_labels=uses_labels))
    if endpoint := mapping(job.choice.spec.get("exporter")).get("endpoint"):
        env.add_text("OTEL_EXPORTER_OTLP_ENDPOINT", str(endpoint))
    for variable, path, field in tls.files():
        if path:
            env.add_text(variable, path)
        else:
            refusals.append(_without_source(job, field))
    _add_variables(job, env, attributes)
    if env.is_from_elsewhere(RESOURCE_ATTRIBUTES):
        refusals.append(_unreadable_attributes(job, container))
    else:
        _write_attributes(job, env, attributes, described, uses_labels)
    for volume, path in tls.volumes():
        spec = with_volume(spec, volume)
        container = with_mount(container, {"name": volume["name"], "mountPath": path, "readOnly": True})
    return WithSdk(spec, {**container, "env": env.as_list()}, tuple(refusals))


def _add_variables(job: Job, env: EnvList, attributes: dict[str, str]) -> None:
    """Add variables 4 to 8, and to `attributes` those that refer to them."""
    env.add(field_variable(POD_NAME_VARIABLE, "metadata.name"))
    attributes["k8s.pod.name"] = f"$({POD_NAME_VARIABLE})"
    if mapping(job.choice.spec.get("resource")).get("addK8sUIDAttributes") is True and "k8s.pod.uid" not in attributes:
        env.add(field_variable(_POD_UID, "metadata.uid"))
        attributes["k8s.pod.uid"] = f"$({_POD_UID})"
    if "k8s.node.name" not in attributes:
        env.add(field_variable(NODE_NAME, "spec.nodeName"))
        attributes["k8s.node.name"] = f"$({NODE_NAME})"
    if propagators := [str(name) for name in sequence(job.choice.spec.get("propagators"))]:
        env.add_text("OTEL_PROPAGATORS", ",".join(propagators))
    sampler = mapping(job.choice.spec.get("sampler"))
    # An argument belongs to the sampler that it was written with.
    if sampler.get("type") and _SAMPLER not in env and _SAMPLER_ARGUMENT not in env:
        env.add_text(_SAMPLER, str(sampler["type"]))
        if sampler.get("argument"):
            env.add_text(_SAMPLER_ARGUMENT, str(sampler["argument"]))


def _write_attributes(job: Job, env: EnvList, attributes: dict[str, str], described: JsonObject, uses_labels: bool) -> None:
    text = env.text(RESOURCE_ATTRIBUTES)
    of_described = EnvList(described.get("env") or ()).text(RESOURCE_ATTRIBUTES)
    present = f"{text},{of_described}"
    if "service.version" not in present and (version := service_version(job.subject, described, use_labels=uses_labels)):
        attributes["service.version"] = version
    written = extended(text, missing(attributes, present))
    if RESOURCE_ATTRIBUTES in env:
        env.replace_text(RESOURCE_ATTRIBUTES, written)
    else:
        env.add_text(RESOURCE_ATTRIBUTES, written)
    env.move_to_end(RESOURCE_ATTRIBUTES)


def _unreadable_attributes(job: Job, container: JsonObject) -> Refusal:
    message = (
        f"env {RESOURCE_ATTRIBUTES} is set by valueFrom and left as it is, without the attributes of the pod; "
        "set it by value, or attributes by annotations resource.opentelemetry.io/<attribute>"
    )
    return job.refusal(reasons.VALUE_FROM, message, container["name"])


def _without_source(job: Job, field: str) -> Refusal:
    message = (
        f"{job.instrumentation} has spec.exporter.tls.{field}, the key of a file, and not where it comes from; "
        "set secretName or configMapName, or give an absolute path of the image"
    )
    return job.refusal(reasons.BAD_INSTRUMENTATION, message)
