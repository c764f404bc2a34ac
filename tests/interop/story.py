"""What each SDK program makes, in the form in which reading.py has what arrived.

The programs are written by hand in their languages; this is their common contract. Where an SDK cannot make a part of it,
`Language` says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from tests.interop import reading
from tests.interop.arrivals import Signal
from tests.interop.program import Ids
from tests.interop.reading import typed

SCOPE = ("interop.shop", "1.2.3", "urn:interop:1")
START = 1_700_000_000_123_456_789
END = START + 1_500_000_000
STEPS = 520
PADDING = 50_000
"""Characters of an attribute that a sender who compresses makes small."""
SERVICE = "shop"
CASE = "interop.case"
INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER = range(1, 6)
UNSET, OK, ERROR = range(3)
CUMULATIVE = 2
MEASURED = {"shop.latency": {0.5, 5.0, 50.0, 500.0}, "shop.size": {0.0, 1.0, 2.0, 4.0, 8.0}}


@dataclass(frozen=True, slots=True)
class Language:
    """An SDK: its `telemetry.sdk.language`, and whether its metrics have exemplars."""

    name: str
    exemplars: bool = True


def settings(case: str) -> dict[str, str]:
    """Return the environment by which a program's data can be told from other cases'."""
    return {
        "OTEL_SERVICE_NAME": SERVICE,
        "OTEL_RESOURCE_ATTRIBUTES": f"{CASE}={case}",
        "OTEL_METRIC_EXPORT_INTERVAL": "3600000",
        "OTEL_TRACES_SAMPLER": "always_on",
    }


def _span(kind: int, parent: str = "", **more: Any) -> dict[str, Any]:
    plain = {"attributes": {}, "events": [], "links": [], "status": (UNSET, "")}
    return {"kind": kind, "parent": parent, "start": START, "end": END} | plain | more


def _attributes(**values: object) -> dict[str, reading.Typed]:
    return {key: typed(value) for key, value in values.items()}


def spans(ids: Ids) -> dict[str, dict[str, Any]]:
    """Return the named spans by name."""
    checkout = ids["checkout"][1]
    return {
        "audit": _span(PRODUCER),
        "checkout": _span(
            SERVER,
            attributes=_attributes(
                text='Grüße, 世界 "quoted"\n',
                empty="",
                yes=True,
                no=False,
                int=42,
                negative=-7,
                large=9007199254740991,
                double=0.5,
                texts=["a", "b"],
                ints=[1, 2, 3],
                doubles=[0.5, -1.5],
                bools=[True, False],
                padding="x" * PADDING,
            ),
            events=[("cart.loaded", START + 1_000, _attributes(items=3)), ("cart.paid", START + 2_000, {})],
        ),
        "charge": _span(
            CLIENT, checkout, links=[(*ids["audit"], _attributes(reason="follows"))], status=(ERROR, "card declined")
        ),
        "ship": _span(CONSUMER, checkout, status=(OK, "")),
    }


def metrics() -> dict[str, dict[str, Any]]:
    """Return the metrics by name."""

    def total(unit: str, description: str, monotonic: bool, points: list[Any]) -> dict[str, Any]:
        more = {"temporality": CUMULATIVE, "monotonic": monotonic, "points": points}
        return {"kind": "sum", "unit": unit, "description": description} | more

    def histogram(kind: str, unit: str, points: list[Any]) -> dict[str, Any]:
        return {"kind": kind, "unit": unit, "description": "", "temporality": CUMULATIVE, "points": points}

    def labels(**values: object) -> list[Any]:
        return list(_attributes(**values).items())

    latency = [5, 560.5, 0.5, 500.0, [1.0, 10.0, 100.0], [1, 2, 1, 1]]
    orders = [(labels(channel="app"), ["as_int", 4]), (labels(channel="web"), ["as_int", 3])]
    return {
        "shop.orders": total("{order}", "Orders placed", True, orders),
        "shop.carts": total("", "", False, [([], ["as_int", 3])]),
        "shop.bytes": total("By", "", True, [([], ["as_int", 12345])]),
        "shop.temperature": {"kind": "gauge", "unit": "Cel", "description": "", "points": [([], ["as_double", 21.5])]},
        "shop.latency": histogram("histogram", "ms", [(labels(route="/pay"), latency)]),
        "shop.size": histogram("exponential_histogram", "By", [([], [5, 15.0, 0.0, 8.0, 1, {0.0: 1, 1.0: 1, 2.0: 1, 3.0: 1}])]),
    }


def logs(ids: Ids) -> list[dict[str, Any]]:
    """Return the log records in the order in which they were made."""
    records: list[dict[str, Any]] = [
        {
            "severity": (9, "INFO"),
            "body": typed("order placed"),
            "attributes": _attributes(order=17, gift=True),
            "context": ids["checkout"],
            "event": "shop.order.placed",
        },
        {"severity": (13, "WARN"), "body": typed({"items": ["a", 2, 0.5, True], "nested": {"key": "value"}})},
        {"severity": (17, "ERROR"), "body": typed(b"\x00\x01\xff")},
    ]
    plain: dict[str, Any] = {"time": START, "attributes": {}, "context": ("", ""), "event": ""}
    return [plain | record for record in records]


def check(arrived: dict[Signal, list[Message]], language: Language, case: str, ids: Ids) -> None:
    """Assert that what arrived is the whole story, once, and nothing else of the program's own."""
    _check_resources(arrived, language, case)
    _check_spans(arrived["traces"], ids)
    _check_metrics(arrived["metrics"], language, ids)
    records = [record for request in arrived["logs"] for record in _items(request, "resource_logs", "scope_logs", "log_records")]
    assert [reading.log_record(record) for record in records] == logs(ids)


def _check_resources(arrived: dict[Signal, list[Message]], language: Language, case: str) -> None:
    for signal, requests in arrived.items():
        assert requests, f"no {signal} arrived"
        for request in requests:
            for resource in getattr(request, f"resource_{'spans' if signal == 'traces' else signal}"):
                attributes = reading.read_all(resource.resource.attributes)
                wanted = {"service.name": SERVICE, CASE: case, "telemetry.sdk.language": language.name}
                assert {key: attributes.get(key) for key in wanted} == {key: typed(value) for key, value in wanted.items()}


def _check_spans(requests: Iterable[Any], ids: Ids) -> None:
    received = [span for request in requests for span in _items(request, "resource_spans", "scope_spans", "spans")]
    assert Counter(span.name for span in received) == {**dict.fromkeys(spans(ids), 1), "step": STEPS}
    named = {span.name: span for span in received if span.name != "step"}
    assert {name: (span.trace_id.hex(), span.span_id.hex()) for name, span in named.items()} == ids
    assert {name: reading.span(span) for name, span in named.items()} == spans(ids)
    trace, parent = ids["checkout"]
    steps = [span for span in received if span.name == "step"]
    assert {span.trace_id.hex() for span in steps} == {trace}
    assert len({span.span_id for span in received}) == len(received)
    numbered = sorted((reading.span(span) for span in steps), key=lambda step: step["attributes"]["number"][1])
    assert numbered == [_span(INTERNAL, parent, attributes=_attributes(number=number)) for number in range(STEPS)]


def _check_metrics(requests: Iterable[Any], language: Language, ids: Ids) -> None:
    received: list[Metric] = [
        metric for request in requests for metric in _items(request, "resource_metrics", "scope_metrics", "metrics")
    ]
    assert Counter(metric.name for metric in received) == dict.fromkeys(metrics(), 1)
    assert {metric.name: reading.metric(metric) for metric in received} == metrics()
    for metric in received:
        if metric.name in MEASURED:
            found = list(reading.exemplars(metric))
            assert bool(found) == language.exemplars
            assert {(trace, span) for trace, span, _ in found} <= {ids["checkout"]}
            assert {value for _, _, value in found} <= MEASURED[metric.name]


def _items(request: Any, resources: str, scopes: str, items: str) -> list[Any]:
    """Return the items of the program's own scope; an SDK may tell of itself in others."""
    found: list[Any] = []
    for resource in getattr(request, resources):
        for scope in getattr(resource, scopes):
            if scope.scope.name == SCOPE[0]:
                assert reading.scope_of(scope.scope, scope.schema_url) == SCOPE
                found += getattr(scope, items)
    return found
