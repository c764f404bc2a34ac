"""Puts the collector's container into a pod, takes it out, or says why not (spec: operator §4)."""

from collections.abc import Iterator, Sequence

from otel_operator import naming
from otel_operator.components.collector_config import mapping, sequence
from otel_operator.inject.outcome import Injection, Outcome, Refusal
from otel_operator.inject.precedence import FALSE
from otel_operator.inject.sidecar.collisions import collision, missing_volumes
from otel_operator.inject.sidecar.guard import PLACES, has_sidecar
from otel_operator.inject.sidecar.names import INJECTED, SIDECAR
from otel_operator.inject.sidecar.pod_security import admissible, not_let_in
from otel_operator.inject.sidecar.prepared import PreparedSidecars, Sidecar
from otel_operator.inject.sidecar.resource_attributes import ATTRIBUTES, attribute_variables
from otel_operator.inject.sidecar.selection import asked, choose
from otel_operator.inject.sidecar.unfit import unfit
from otel_operator.inject.subject import Subject
from otel_operator.inject.surroundings import Surroundings
from otel_operator.json_types import JsonObject


def mutate(subject: Subject, surroundings: Surroundings, sidecars: PreparedSidecars, *, native: bool) -> Outcome:
    """Return the pod as its annotation, or its namespace's, asks for; doing it again changes nothing.

    With `native` the collector becomes an init container that is restarted, which Kubernetes starts before the pod's
    containers and ends after them.
    """
    pod = subject.pod
    value = asked(subject)
    if not value:
        return Outcome(pod)
    if value.lower() == FALSE:
        return Outcome(_without_sidecar(pod, native=native))
    if has_sidecar(pod):
        return Outcome(pod)
    chosen = choose(value, subject.namespace, surroundings)
    sidecar = chosen if isinstance(chosen, Refusal) else sidecars.of(chosen)
    refusal = sidecar if isinstance(sidecar, Refusal) else collision(mapping(pod.get("spec")), sidecar)
    if isinstance(sidecar, Refusal) or refusal is not None:
        return Outcome(pod, refusals=(refusal,) if refusal else ())
    added = [*_added(subject, sidecar)]
    if refusal := unfit(mapping(pod.get("spec")), sidecar, added) or not_let_in(subject, sidecar, added):
        return Outcome(pod, refusals=(refusal,))
    return Outcome(_with_sidecar(subject, sidecar, added, native=native), (Injection(SIDECAR, sidecar.resource),))


def _without_sidecar(pod: JsonObject, *, native: bool) -> JsonObject:
    spec = mapping(pod.get("spec"))
    kept = {}
    for place in PLACES if native else PLACES[:1]:
        before = sequence(spec.get(place))
        after = [container for container in before if container.get("name") != naming.CONTAINER]
        # A pod must have a container, so the last one stays.
        if len(after) != len(before) and (after or place != "containers"):
            kept[place] = after
    return {**pod, "spec": {**spec, **kept}} if kept else pod


def _added(subject: Subject, sidecar: Sidecar) -> Iterator[JsonObject]:
    """Yield the collector's container and those before it, as this pod can have them.

    A pod with resources of its own shares them among its containers; the collector's, which does not know the pod, might exceed
    them, and the API server would refuse the pod.
    """
    spec = mapping(subject.pod.get("spec"))
    without = ("resources",) if mapping(spec.get("resources")) else ()
    for container in (_container(subject, sidecar), *sidecar.init_containers):
        fitting = {name: value for name, value in container.items() if name not in without}
        yield admissible(fitting, spec, subject.namespace_labels)


def _with_sidecar(subject: Subject, sidecar: Sidecar, added: Sequence[JsonObject], *, native: bool) -> JsonObject:
    metadata, spec = mapping(subject.pod.get("metadata")), mapping(subject.pod.get("spec"))
    own, *before = added
    containers, init_containers = sequence(spec.get("containers")), [*sequence(spec.get("initContainers")), *before]
    if native:
        init_containers.append({**own, "restartPolicy": "Always"})
    else:
        containers = [*containers, own]
    volumes = [*sequence(spec.get("volumes")), *missing_volumes(spec, sidecar)]
    parts = {"containers": containers, "initContainers": init_containers, "volumes": volumes}
    labels = {**mapping(metadata.get("labels")), INJECTED: sidecar.label}
    return {
        **subject.pod,
        "metadata": {**metadata, "labels": labels},
        "spec": {**spec, **{place: items for place, items in parts.items() if items}},
    }


def _container(subject: Subject, sidecar: Sidecar) -> JsonObject:
    """Add the variables about the pod, unless the collector's `spec.env` sets the attributes itself."""
    env = sidecar.container["env"]
    taken = {variable.get("name") for variable in env}
    if ATTRIBUTES in taken:
        return sidecar.container
    added = [variable for variable in attribute_variables(subject) if variable["name"] not in taken]
    return {**sidecar.container, "env": [*env, *added]}
