"""The Instrumentation of the configuration file acts in every namespace like one of it."""

import json

from otel_operator.inject.digests import Digests
from otel_operator.inject.instrumentation.mutation import instrument
from otel_operator.inject.record import INJECTED, record
from otel_operator.inject.static_instrumentation import StaticInstrumentation
from otel_operator.inject.subject import Subject
from otel_operator.json_types import JsonObject
from otel_operator.settings import InjectionSettings

SETTINGS = InjectionSettings()
ASKS = {"instrumentation.opentelemetry.io/inject-python": "true"}


class Only:
    """Surroundings with nothing but the static one."""

    def __init__(self) -> None:
        self.static = StaticInstrumentation({"exporter": {"endpoint": "http://gateway:4318"}})

    def instrumentations(self, namespace: str) -> list[JsonObject]:
        return [self.static.of(namespace)]

    def instrumentation(self, namespace: str, name: str) -> JsonObject | None:
        found = self.static.of(namespace)
        return found if name == found["metadata"]["name"] else None

    def collectors(self, namespace: str) -> list[JsonObject]:
        return []

    def collector(self, namespace: str, name: str) -> None:
        return None


def test_a_pod_that_asks_by_true_gets_it_with_defaults_and_records_where_from() -> None:
    pod = {"metadata": {"name": "p", "namespace": "shop", "annotations": ASKS}, "spec": {"containers": [{"name": "app"}]}}
    outcome = instrument(Subject(pod, "shop"), Only(), {}, SETTINGS)
    spec = outcome.pod["spec"]
    assert spec["initContainers"][0]["image"] == SETTINGS.images["python"]
    assert {"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": "http://gateway:4318"} in spec["containers"][0]["env"]
    annotations = record(outcome, Only(), Digests(SETTINGS.images)).pod["metadata"]["annotations"]
    source = json.loads(annotations[INJECTED])["python"]
    assert source["resource"] == "shop/(configuration file)"
    assert source["spec"]


def test_it_is_one_object_a_namespace_so_that_what_follows_from_it_is_worked_out_once() -> None:
    static = StaticInstrumentation({})
    assert static.of("shop") is static.of("shop")
    assert static.of("shop")["metadata"]["namespace"] != static.of("apps")["metadata"]["namespace"]
