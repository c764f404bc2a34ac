"""Random traces, and random configurations of the samplers that decide the same whenever they are asked.

All comes from one `random.Random`, so a seed repeats a case.
"""

from __future__ import annotations

from random import Random
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

KEYS = ("k1", "k2", "k3")
TEXTS = ("", "a", "ab", "shop", "0", "Zürich")
NUMBERS = (-3, 0, 1, 5, 2**40)
STATES = (
    *(
        "",
        "k1=a",
        "k1=shop,k2=ab",
        "k2=0, k1=a",
        "k1=a,K=b",
        "k1=a,k1=b",
        "ot=th:8",
        "ot=th:c;rv:d0000000000000,k1=a",
        "ot=rv:80",
    ),
    *("ot=rv:9b8233f7e3a151", "ot=th:0;x:y", "ot=p:1;;", ",", "k1=a,", "ot=th:fffffffffffff", "t@s=1,ot=th:4", "ot=th:8;th:zz"),
)
PATTERNS = ("^a", "b$", "o", "[0-9]", ".*", "^$", "ü")
MILLISECOND = 1_000_000
START = 1_700_000_000_000_000_000


def requests(random: Random, traces: int) -> list[ExportTraceServiceRequest]:
    """Return requests of about eight spans, in which the spans of the traces come in any order."""
    spans = [trace for trace in range(traces) for _ in range(random.choice((1, 1, 2, 3, 6)))]
    random.shuffle(spans)
    ids = [random.randbytes(16) for _ in range(traces)]
    made = []
    for first in range(0, len(spans), 8):
        request = ExportTraceServiceRequest()
        for number in range(first, min(first + 8, len(spans))):
            if number % 3 == 0 or not request.resource_spans:
                resource = request.resource_spans.add()
                _attributes(random, resource.resource.attributes)
                scope = resource.scope_spans.add()
                scope.scope.name = random.choice(TEXTS)
            span = scope.spans.add(trace_id=ids[spans[number]], span_id=(number + 1).to_bytes(8, "big"))
            _fill(random, span)
        made.append(request)
    return made


def _fill(random: Random, span: Any) -> None:
    span.trace_state = random.choice(STATES) if random.random() < 0.6 else ""
    span.flags = random.choice((0, 1, 0x300, 0x301))
    span.start_time_unix_nano = START + random.randrange(0, 50 * MILLISECOND) if random.random() < 0.95 else 0
    span.end_time_unix_nano = START + random.randrange(0, 90 * MILLISECOND) if random.random() < 0.95 else 0
    if random.random() < 0.3:
        span.status.code = random.choice((0, 1, 2))
    _attributes(random, span.attributes)
    if random.random() < 0.1:
        _value(random, span.attributes.add(key="sampling.priority").value)


def _attributes(random: Random, attributes: Any) -> None:
    for _ in range(random.choice((0, 1, 1, 2))):
        _value(random, attributes.add(key=random.choice(KEYS)).value)


def _value(random: Random, value: Any) -> None:
    match random.randrange(6):
        case 0 | 1:
            value.string_value = random.choice(TEXTS)
        case 2:
            value.int_value = random.choice(NUMBERS)
        case 3:
            value.bool_value = random.random() < 0.5
        case 4:
            value.double_value = random.choice((0.0, 1.5, 25.0, -2.0))
        case _:
            value.bytes_value = random.choice((b"", b"a"))


def logs(random: Random, records: int) -> ExportLogsServiceRequest:
    """Return records that are told apart by their bodies."""
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for number in range(records):
        record = scope.log_records.add(trace_id=random.randbytes(16) if random.random() < 0.7 else b"")
        record.body.string_value = str(number)
        _attributes(random, record.attributes)
        if random.random() < 0.1:
            record.attributes.add(key="sampling.threshold").value.string_value = random.choice(("8", "c", "zz", "0"))
        if random.random() < 0.1:
            value = record.attributes.add(key="sampling.randomness").value
            value.string_value = random.choice(("9b8233f7e3a151", "00000000000001", "80"))
    return request


def tail_sampling(random: Random) -> dict[str, Any]:
    """Return a configuration that decides at shutdown."""
    policies = [_named(_policy(random), number) for number in range(random.choice((1, 1, 1, 2, 3)))]
    return {"decision_wait": "300s", "sample_on_first_match": random.random() < 0.2, "policies": policies}


def _policy(random: Random) -> dict[str, Any]:
    match random.randrange(10):
        case 0:
            subs = [_named(_leaf(random, negation=True), number) for number in range(random.randrange(1, 4))]
            return {"type": "and", "and": {"and_sub_policy": subs}}
        case 1:
            subs = [_named(_leaf(random, negation=True), number) for number in range(random.randrange(1, 3))]
            return {"type": "drop", "drop": {"drop_sub_policy": subs}}
        case 2:
            return {"type": "not", "not": {"not_sub_policy": _named(_leaf(random), 0)}}
        case 3:
            return {"type": "composite", "composite": _composite(random)}
    return _leaf(random)


def _composite(random: Random) -> dict[str, Any]:
    subs = [_named(_leaf(random), number) for number in range(random.randrange(1, 4))]
    allocated = [sub["name"] for sub in subs if random.random() < 0.8]
    return {
        "max_total_spans_per_second": 1_000_000_000,
        "policy_order": [sub["name"] for sub in reversed(subs)],
        "composite_sub_policy": subs,
        "rate_allocation": [{"policy": name, "percent": random.choice((0, 50))} for name in allocated],
    }


def _leaf(random: Random, *, negation: bool = False) -> dict[str, Any]:
    if negation and random.random() < 0.2:
        return {"type": "not", "not": {"not_sub_policy": _named(_leaf(random), 0)}}
    key, inverted = random.choice(KEYS), random.random() < 0.3
    blocks: dict[str, dict[str, Any] | None] = {
        "always_sample": None,
        "trace_flags": None,
        "latency": {"threshold_ms": random.choice((0, 5, 40, 80)), "upper_threshold_ms": random.choice((0, 60))},
        "status_code": {"status_codes": random.sample(("OK", "ERROR", "UNSET"), random.randrange(1, 3))},
        "span_count": {"min_spans": random.randrange(4), "max_spans": random.choice((0, 3, 5))},
        "numeric_attribute": {
            "key": key,
            "min_value": random.choice((-5, 1, 2)),
            "max_value": random.choice((0, 1, 2**41)),
            "invert_match": inverted,
        },
        "boolean_attribute": {"key": key, "value": random.random() < 0.5, "invert_match": inverted},
        "string_attribute": {"key": key, "values": random.sample(TEXTS, 2), "invert_match": inverted},
        "trace_state": {"key": random.choice((*KEYS, "ot")), "values": random.sample((*TEXTS, "th:8"), 3)},
        "probabilistic": {
            "sampling_percentage": random.choice((0, 0.5, 10, 33.3, 50, 99.9, 100, 120)),
            "hash_salt": random.choice(("", "salt", "Zürich")),
        },
    }
    kind = random.choice([*blocks, "string_attribute"])
    block = blocks[kind]
    if kind == "string_attribute" and random.random() < 0.5:
        assert block is not None
        block |= {"enabled_regex_matching": True, "values": random.sample(PATTERNS, 2)}
    return {"type": kind} if block is None else {"type": kind, kind: block}


def _named(policy: dict[str, Any], number: int) -> dict[str, Any]:
    return {"name": f"policy-{number}", **policy}


def probabilistic_sampler(random: Random) -> dict[str, Any]:
    """Return a configuration of probabilistic_sampler."""
    config: dict[str, Any] = {
        "sampling_percentage": random.choice((0, 0.001, 0.5, 1, 10, 12.5, 33.3, 50, 75, 99.9, 100, 150)),
        "fail_closed": random.random() < 0.5,
        "sampling_precision": random.choice((1, 2, 3, 4, 4, 7, 14)),
        "attribute_source": random.choice(("traceID", "record")),
        "from_attribute": random.choice(("", *KEYS)),
        "sampling_priority": random.choice(("", *KEYS)),
    }
    if mode := random.choice(("", "hash_seed", "equalizing", "proportional")):
        config["mode"] = mode
    if random.random() < 0.5:
        config["hash_seed"] = random.choice((1, 22, 2**32 - 1))
    return config
