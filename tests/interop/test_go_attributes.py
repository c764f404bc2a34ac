"""The attributes processor beside the Go collector's: the same requests and configurations come out the same.

One Go collector has a pipeline for each of many random configurations, all fed by one receiver; each marks what it passes on.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import grpc
import pytest

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.pdata.telemetry import ClientInfo, Signal, Telemetry
from otel_agent.pipeline.component import BuildContext
from otel_agent.processors.attributes.config import AttributesConfig
from otel_agent.processors.attributes.factory import create
from otel_agent.telemetry.metrics import SelfMetrics
from tests.interop import source
from tests.interop.arrivals import REQUESTS
from tests.interop.collectors import SILENT, Starter

pytestmark = pytest.mark.timeout(1800)  # the first run on a machine builds the Go collector
CONFIGURATIONS = 40
REQUESTS_EACH = 40
SECONDS = 60.0
KEYS = ("a", "b", "c.d", "user", "url", "zahl")
TEXTS = ("", "a", "GET", "shop", "-17", "+5", "1.5e3", "true", "NaN", "http://example.org/path", "Zürich", "x" * 40)
_OTHERS = (True, False, 0, 1, -17, 2**53, 0.0, 1.0, -2.5, 1e18, 1e-7, 1234.5)
VALUES: tuple[Any, ...] = (*TEXTS, *_OTHERS)
WRITTEN = tuple(text for text in TEXTS if text != "1.5e3")
"""What PyYAML writes so that Go reads text."""
SETTINGS: tuple[Any, ...] = (*WRITTEN, *_OTHERS)
PATTERNS = ("^a", "r$", "[0-9]+", "(?i)GET", "^$", "", "^(true|1)$", "e")
EXTRACTIONS = (r"^(?P<scheme>\w+)://(?P<host>[^/]+)", "(?P<a>.)(?P<rest>.*)", "(?P<never>q)?", "^(?P<user>[A-Z]+)")
KINDS = ("SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER")
MARK = "__pipeline"
NUMBER = "__request"
LOCAL = ClientInfo("127.0.0.1")
"""The sender as both collectors see it."""


def random_action(random: Random) -> dict[str, Any]:
    name = random.choice(("insert", "update", "upsert", "delete", "hash", "extract", "convert"))
    action: dict[str, Any] = {"action": random.choice((name, name.upper())), "key": random.choice(KEYS)}
    match name:
        case "insert" | "update" | "upsert":
            kind = random.randrange(4)
            if kind == 0:
                action["from_attribute"] = random.choice(KEYS)
            elif kind == 1:
                action["from_context"] = random.choice(("client.address", "metadata.absent", "auth.absent"))
            else:
                action["value"] = random.choice(SETTINGS)
            if kind < 2 and random.random() < 0.5:
                action["default_value"] = random.choice(SETTINGS)
        case "delete" | "hash":
            if random.random() < 0.4:
                action["pattern"] = random.choice(("^a", "r$", "l"))
                if random.random() < 0.5:
                    del action["key"]
        case "extract":
            action["pattern"] = random.choice(EXTRACTIONS)
        case _:
            action["converted_type"] = random.choice(("int", "double", "string"))
    return action


def random_properties(random: Random, signal: str) -> dict[str, Any]:
    regexp = random.random() < 0.5
    texts = PATTERNS if regexp else WRITTEN

    def some(choices: Any) -> list[Any]:
        return [random.choice(choices) for _ in range(random.randrange(1, 3))]

    def entries() -> list[dict[str, Any]]:
        values = texts if regexp else SETTINGS
        return [
            {"key": random.choice(KEYS), **({"value": random.choice(values)} if random.random() < 0.7 else {})}
            for _ in range(random.randrange(1, 3))
        ]

    if signal == "metrics":
        return {"match_type": "regexp" if regexp else "strict", "metric_names": some(texts)}
    library = {"name": random.choice(texts), **({"version": random.choice(texts)} if random.random() < 0.5 else {})}
    choices: dict[str, Any] = {"attributes": entries(), "resources": entries(), "libraries": [library]}
    if signal == "traces":
        choices |= {"services": some((*texts, "shop")), "span_names": some(texts), "span_kinds": some(KINDS)}
    else:
        severity = {"min": random.randrange(25), "match_undefined": random.random() < 0.5}
        choices |= {"log_bodies": some(texts), "log_severity_texts": some(texts), "log_severity_number": severity}
    chosen = random.sample(sorted(choices), random.choice((1, 1, 2)))
    return {"match_type": "regexp" if regexp else "strict", **{name: choices[name] for name in chosen}}


def random_config(random: Random, signal: str) -> dict[str, Any]:
    config: dict[str, Any] = {"actions": [random_action(random) for _ in range(random.randrange(1, 5))]}
    for block in ("include", "exclude"):
        if random.random() < 0.5:
            config[block] = random_properties(random, signal)
    return config


def fill(random: Random, attributes: Any) -> None:
    for key in random.sample(KEYS, random.randrange(len(KEYS))):
        set_value(attributes.add(key=key).value, random.choice(VALUES))


def set_value(target: Any, value: Any) -> None:
    kinds = {str: "string_value", bool: "bool_value", int: "int_value", float: "double_value"}
    setattr(target, kinds[type(value)], value)


def random_request(random: Random, signal: str, number: int) -> Any:
    request = REQUESTS[signal]()  # type: ignore[index]
    for resources in range(random.randrange(1, 3)):
        outer: Any = getattr(
            request, {"traces": "resource_spans", "metrics": "resource_metrics", "logs": "resource_logs"}[signal]
        )
        resource = outer.add()
        set_value(resource.resource.attributes.add(key=NUMBER).value, number * 2 + resources)
        fill(random, resource.resource.attributes)
        if random.random() < 0.7:
            set_value(resource.resource.attributes.add(key="service.name").value, random.choice(TEXTS))
        name = {"traces": "scope_spans", "metrics": "scope_metrics", "logs": "scope_logs"}[signal]
        scope = getattr(resource, name).add()
        scope.scope.name, scope.scope.version = random.choice(TEXTS), random.choice(TEXTS)
        for _ in range(random.randrange(1, 4)):
            if signal == "traces":
                item = scope.spans.add(name=random.choice(TEXTS), kind=random.randrange(1, 6))
            elif signal == "logs":
                item = scope.log_records.add(severity_number=random.randrange(25), severity_text=random.choice(TEXTS))
                if random.random() < 0.8:
                    set_value(item.body, random.choice(VALUES))
            else:
                metric = scope.metrics.add(name=random.choice(TEXTS))
                item = getattr(metric, random.choice(("gauge", "sum", "histogram", "summary"))).data_points.add()
            fill(random, item.attributes)
    return request


class Arrived:
    """What the Go collector sent on, by the pipeline that marked it and the number of the resource."""

    def __init__(self, signal: str) -> None:
        self.signal = signal
        self.resources: dict[tuple[int, int], Any] = {}
        self._changed = threading.Condition()

    def take(self, data: bytes, _: Any) -> bytes:
        with self._changed:
            for resource in outer_of(self.signal, REQUESTS[self.signal].FromString(data)):  # type: ignore[index]
                found = {entry.key: entry.value for entry in resource.resource.attributes}
                mark = next(
                    entry.value.int_value for item in items_of(resource) for entry in item.attributes if entry.key == MARK
                )
                self.resources[mark, found[NUMBER].int_value] = resource
            self._changed.notify_all()
        return b""

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.resources) >= count, SECONDS), f"{len(self.resources)} of {count}"


def outer_of(signal: str, request: Any) -> Any:
    return getattr(request, {"traces": "resource_spans", "metrics": "resource_metrics", "logs": "resource_logs"}[signal])


def items_of(resource: Any) -> Iterator[Any]:
    for scope in next(
        iter(getattr(resource, name) for name in ("scope_spans", "scope_logs", "scope_metrics") if hasattr(resource, name))
    ):
        if hasattr(scope, "metrics"):
            for metric in scope.metrics:
                yield from getattr(metric, metric.WhichOneof("data")).data_points
        else:
            yield from scope.spans if hasattr(scope, "spans") else scope.log_records


@contextmanager
def listening(arrived: Arrived) -> Iterator[int]:
    service = {"traces": "trace.v1.TraceService", "metrics": "metrics.v1.MetricsService", "logs": "logs.v1.LogsService"}
    handler = grpc.method_handlers_generic_handler(
        f"opentelemetry.proto.collector.{service[arrived.signal]}", {"Export": grpc.unary_unary_rpc_method_handler(arrived.take)}
    )
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait()


def go_config(signal: str, configs: list[dict[str, Any]], ports: list[int], sink: int) -> dict[str, object]:
    marks = {
        f"attributes/mark{number}": {"actions": [{"action": "upsert", "key": MARK, "value": number}]}
        for number in range(len(configs))
    }
    return {
        "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": f"127.0.0.1:{ports[0]}"}}}},
        "processors": {**{f"attributes/{number}": config for number, config in enumerate(configs)}, **marks},
        "exporters": {
            "otlp": {
                "endpoint": f"127.0.0.1:{sink}",
                "tls": {"insecure": True},
                "compression": "none",
                "sending_queue": {"enabled": False},
            }
        },
        "service": {
            "telemetry": SILENT,
            "pipelines": {
                f"{signal}/{number}": {
                    "receivers": ["otlp"],
                    "processors": [f"attributes/{number}", f"attributes/mark{number}"],
                    "exporters": ["otlp"],
                }
                for number in range(len(configs))
            },
        },
    }


class Keep:
    """The end of a pipeline of ours."""

    def __init__(self) -> None:
        self.data = b""

    async def consume(self, telemetry: Telemetry) -> None:
        self.data = telemetry.data


def context_of(signal: str, end: Keep) -> BuildContext:
    kept = Signal(signal)
    identity = ComponentId("attributes")
    logger, metrics = logging.getLogger("test"), SelfMetrics()
    return BuildContext(identity, ComponentKind.PROCESSOR, kept, signal, logger, metrics, {kept: end}, lambda _, make: make())


def normal(resource: Any) -> Any:
    """Without the mark, attributes in the order of their keys, and what only encodings tell apart as one of them."""
    copied = type(resource)()
    copied.CopyFrom(resource)
    for item in items_of(copied):
        entries = sorted((entry for entry in item.attributes if entry.key != MARK), key=lambda entry: entry.key)
        for entry in entries:
            if math.isnan(entry.value.double_value):
                entry.value.double_value = math.nan  # Go's has other bits
        for field in ("status", "body"):  # Go writes them where they were not
            if hasattr(item, field):
                getattr(item, field).SetInParent()
        del item.attributes[:]
        item.attributes.extend(entries)
    return copied.SerializeToString(deterministic=True)


@pytest.mark.parametrize("signal", ["traces", "metrics", "logs"])
async def test_random_configurations_do_the_same_to_random_requests(signal: str, starter: Starter, go: Path) -> None:
    random = Random(f"attributes {signal}")
    configs = [random_config(random, signal) for _ in range(CONFIGURATIONS)]
    requests = [random_request(random, signal, number) for number in range(REQUESTS_EACH)]
    arrived = Arrived(signal)
    with listening(arrived) as sink:
        collector, ports = starter.start(
            f"go-attributes-{signal}", [go], 1, lambda ports: go_config(signal, configs, ports, sink)
        )
        for message in requests:
            assert source.send(ports[0], signal, message) is grpc.StatusCode.OK  # type: ignore[arg-type]
        arrived.wait_for(CONFIGURATIONS * sum(len(outer_of(signal, message)) for message in requests))
        collector.end()
    differences: dict[int, list[str]] = defaultdict(list)
    for number, config in enumerate(configs):
        end = Keep()
        processor = create(AttributesConfig.model_validate(config), context_of(signal, end))
        for message in requests:
            telemetry = Telemetry(Signal(signal), message.SerializeToString(), 1, LOCAL)
            await processor.consume(telemetry)
            for resource in outer_of(signal, REQUESTS[signal].FromString(end.data)):  # type: ignore[index]
                found = next(entry.value.int_value for entry in resource.resource.attributes if entry.key == NUMBER)
                theirs = arrived.resources[number, found]
                if normal(resource) != normal(theirs):
                    differences[number].append(f"{config}\nours: {resource}\nGo: {theirs}")
    assert not differences, f"{len(differences)} configurations differ; the first: {next(iter(differences.values()))[0]}"
