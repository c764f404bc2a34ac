"""Pods as admission sees them, and the Instrumentations around them."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from otel_operator.inject.instrumentation.mutation import instrument
from otel_operator.inject.outcome import Outcome
from otel_operator.inject.subject import Owner, Subject
from otel_operator.inject.surroundings import Presence
from otel_operator.settings import InjectionSettings

Json = dict[str, Any]
P = "instrumentation.opentelemetry.io/"
EVERY_LANGUAGE = ("java", "nodejs", "python", "dotnet", "go", "apache-httpd", "nginx", "sdk")
EVERYTHING_ON = InjectionSettings(enabled_languages=frozenset(EVERY_LANGUAGE))
TOKEN = {"name": "kube-api-access-x", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": True}


class Cluster:
    """Instrumentations and collectors that are there."""

    def __init__(self, *instrumentations: Json) -> None:
        self._all = {(item["metadata"]["namespace"], item["metadata"]["name"]): item for item in instrumentations}
        self._collectors: dict[tuple[str, str], Json] = {}

    def add(self, item: Json) -> None:
        self._all[(item["metadata"]["namespace"], item["metadata"]["name"])] = item

    def add_collector(self, item: Json) -> None:
        self._collectors[(item["metadata"]["namespace"], item["metadata"]["name"])] = item

    def instrumentations(self, namespace: str) -> Sequence[Json]:
        return [item for (there, _), item in self._all.items() if there == namespace]

    def instrumentation(self, namespace: str, name: str) -> Json | None:
        return self._all.get((namespace, name))

    def collectors(self, namespace: str) -> Sequence[Json]:
        return [item for (there, _), item in self._collectors.items() if there == namespace]

    def collector(self, namespace: str, name: str) -> Json | None:
        return self._collectors.get((namespace, name))


def instrumentation(name: str = "inst", namespace: str = "ns1", **spec: Any) -> Json:
    return {
        "apiVersion": "opentelemetry.io/v1alpha1",
        "kind": "Instrumentation",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def container(name: str = "app", **fields: Any) -> Json:
    return {"name": name, "image": "registry.example/shop/web:1.2", **fields}


def pod(
    *containers: Json, annotations: Mapping[str, str] | None = None, labels: Mapping[str, str] | None = None, **spec: Any
) -> Json:
    """Return a pod as a ReplicaSet makes it: with the start of a name only."""
    metadata: Json = {"generateName": "web-5d8f-", "namespace": "ns1", "annotations": dict(annotations or {})}
    if labels:
        metadata["labels"] = dict(labels)
    spec = {"containers": list(containers) or [container()], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def asking(**languages: str) -> dict[str, str]:
    """Return annotations: `java="true"`; underscores stand for dashes."""
    return {f"{P}inject-{name.replace('_', '-')}": selector for name, selector in languages.items()}


def deployment_owners(name: str = "web", hash_: str = "5d8f") -> tuple[Owner, ...]:
    return (Owner("apps/v1", "ReplicaSet", f"{name}-{hash_}", "rs-uid"), Owner("apps/v1", "Deployment", name, "dep-uid"))


def mutate(
    given: Json,
    *instrumentations: Json,
    namespace_annotations: Mapping[str, str] | None = None,
    namespace_labels: Mapping[str, str] | None = None,
    owners: tuple[Owner, ...] = (),
    presence: Presence | None = None,
    settings: InjectionSettings = EVERYTHING_ON,
) -> Outcome:
    """Inject in namespace ns1, and see that what was given stays as it was."""
    before = copy.deepcopy((given, instrumentations))
    subject = Subject(given, "ns1", namespace_annotations or {}, namespace_labels or {}, owners)
    outcome = instrument(subject, Cluster(*instrumentations), presence or {}, settings)
    assert (given, instrumentations) == before
    return outcome


def env_of(outcome: Outcome, name: str = "app") -> dict[str, Any]:
    """Return the environment of a container: text, or the path of a field behind `field:`."""
    return dict(env_pairs(named(outcome.pod, name)))


def env_pairs(container: Json) -> list[tuple[str, Any]]:
    """Return the environment in order."""
    return [(variable["name"], _value(variable)) for variable in container.get("env", [])]


def _value(variable: Json) -> Any:
    source = variable.get("valueFrom")
    if source is None:
        return variable.get("value", "")
    return f"field:{source['fieldRef']['fieldPath']}" if "fieldRef" in source else source


def named(given: Json, name: str) -> Json:
    """Return the container of a name, regular or init."""
    everyone = given["spec"].get("initContainers", []) + given["spec"]["containers"]
    return next(item for item in everyone if item["name"] == name)


def init_names(outcome: Outcome) -> list[str]:
    return [item["name"] for item in outcome.pod["spec"].get("initContainers", [])]


def mounts_of(outcome: Outcome, name: str = "app") -> list[tuple[str, str]]:
    return [(mount["name"], mount["mountPath"]) for mount in named(outcome.pod, name).get("volumeMounts", [])]


def reasons_of(outcome: Outcome) -> list[tuple[str, str]]:
    """Return feature and reason of each refusal."""
    return [(refusal.feature, refusal.reason) for refusal in outcome.refusals]


def attributes_of(outcome: Outcome, name: str = "app") -> dict[str, str]:
    """Return OTEL_RESOURCE_ATTRIBUTES of a container; no key may come twice."""
    pairs = [part.split("=", 1) for part in env_of(outcome, name)["OTEL_RESOURCE_ATTRIBUTES"].split(",") if part]
    assert len({key for key, _ in pairs}) == len(pairs)
    return dict(pairs)
