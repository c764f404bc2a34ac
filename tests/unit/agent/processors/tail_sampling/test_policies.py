"""What each policy samples. The Go processor's answers to the same questions are checked in tests/interop/test_go_sampling.py."""

from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.pdata.messages import REQUESTS
from otel_agent.pdata.telemetry import Signal
from otel_agent.pdata.trace_table import TableLimits
from otel_agent.processors.tail_sampling.config import TailSamplingConfig
from otel_agent.processors.tail_sampling.ottl_condition import compile_conditions
from otel_agent.processors.tail_sampling.policies import compile_policies, hash_threshold
from otel_agent.processors.tail_sampling.policy_config import OttlCondition

MS = 1_000_000
SECOND = 1000 * MS


def policy(kind: str, **block: Any) -> dict[str, Any]:
    return {"type": kind, kind: block}


def attribute(kind: str, **block: Any) -> dict[str, Any]:
    return policy(kind, key="k", **block)


SPAN_CASES: list[tuple[str, dict[str, Any], dict[str, Any], bool]] = [
    ("an error", policy("status_code", status_codes=["ERROR"]), {"status": 2}, True),
    ("no error", policy("status_code", status_codes=["ERROR", "OK"]), {"status": 0}, False),
    ("just slow enough", policy("latency", threshold_ms=5), {"start_time_unix_nano": 1, "end_time_unix_nano": 5 * MS + 1}, True),
    ("just too quick", policy("latency", threshold_ms=5), {"start_time_unix_nano": 1, "end_time_unix_nano": 5 * MS}, False),
    (
        "at the upper bound",
        policy("latency", threshold_ms=5, upper_threshold_ms=9),
        {"start_time_unix_nano": 1, "end_time_unix_nano": 9 * MS + 1},
        True,
    ),
    (
        "at the lower bound when there is an upper one",
        policy("latency", threshold_ms=5, upper_threshold_ms=9),
        {"start_time_unix_nano": 1, "end_time_unix_nano": 5 * MS + 1},
        False,
    ),
    ("a number in range", attribute("numeric_attribute", min_value=3, max_value=5), {"attributes": {"k": 5}}, True),
    ("a number out of range", attribute("numeric_attribute", min_value=3, max_value=5), {"attributes": {"k": 6}}, False),
    ("a double counts as 0", attribute("numeric_attribute", max_value=5), {"attributes": {"k": 7.5}}, True),
    ("no attribute", attribute("numeric_attribute", max_value=5), {}, False),
    ("no attribute, inverted", attribute("numeric_attribute", max_value=5, invert_match=True), {}, True),
    ("true", attribute("boolean_attribute", value=True), {"attributes": {"k": True}}, True),
    ("text counts as false", attribute("boolean_attribute", value=False), {"attributes": {"k": "x"}}, True),
    ("one of the texts", attribute("string_attribute", values=["a", "b"]), {"attributes": {"k": "b"}}, True),
    ("none of the texts", attribute("string_attribute", values=["a", "b"]), {"attributes": {"k": "ab"}}, False),
    ("an inverted text", attribute("string_attribute", values=["a"], invert_match=True), {"attributes": {"k": "a"}}, False),
    (
        "a pattern is searched for",
        attribute("string_attribute", values=["b+"], enabled_regex_matching=True),
        {"attributes": {"k": "abbc"}},
        True,
    ),
    (
        "an empty text of a span is no match of a pattern",
        attribute("string_attribute", values=[".*"], enabled_regex_matching=True),
        {"attributes": {"k": ""}},
        False,
    ),
    ("a tracestate member", attribute("trace_state", values=["v"]), {"trace_state": "a=b,k=v"}, True),
    ("a broken tracestate", attribute("trace_state", values=["v"]), {"trace_state": "k=v,B=x"}, False),
    ("the flag", {"type": "trace_flags"}, {"flags": 0x301}, True),
    ("without the flag", {"type": "trace_flags"}, {"flags": 0x300}, False),
]


@pytest.mark.parametrize(("rule", "span", "sampled"), [case[1:] for case in SPAN_CASES], ids=[case[0] for case in SPAN_CASES])
def test_one_span_decides_for_its_trace(rule: dict[str, Any], span: dict[str, Any], sampled: bool, clocked: Any) -> None:
    sampling = clocked(rule)
    sampling.give({}, span) if sampled or rule.get(rule["type"], {}).get("invert_match") else sampling.give(span)
    sampling.pass_seconds(3)
    assert sampling.traces == ([1] if sampled else [])


@pytest.mark.parametrize(("value", "sampled"), [("shop", True), (7, False)])
def test_a_resource_decides_for_its_spans(value: Any, sampled: bool, clocked: Any) -> None:
    sampling = clocked(attribute("string_attribute", values=["shop"]))
    sampling.give({}, resource={"k": value})
    sampling.pass_seconds(3)
    assert sampling.traces == ([1] if sampled else [])


def test_a_pattern_for_nothing_meets_a_resource_attribute_of_another_type(clocked: Any) -> None:
    sampling = clocked(attribute("string_attribute", values=["^$"], enabled_regex_matching=True))
    sampling.give({}, resource={"k": 7})
    sampling.pass_seconds(3)
    assert sampling.traces == [1]


def test_latency_is_of_the_whole_trace_over_all_its_requests(clocked: Any) -> None:
    sampling = clocked(policy("latency", threshold_ms=5))
    sampling.give({"start_time_unix_nano": 10 * MS, "end_time_unix_nano": 11 * MS})
    sampling.give({"start_time_unix_nano": 13 * MS, "end_time_unix_nano": 15 * MS})
    sampling.pass_seconds(3)
    assert len(sampling.spans) == 2


def test_span_count_has_both_bounds(clocked: Any) -> None:
    sampling = clocked(policy("span_count", min_spans=2, max_spans=3))
    for trace, spans in enumerate((1, 2, 3, 4), 1):
        sampling.give(*[{"trace": trace}] * spans)
    sampling.pass_seconds(3)
    assert sampling.traces == [2, 3]


def test_a_rate_of_spans_lets_whole_traces_through(clocked: Any) -> None:
    sampling = clocked(policy("rate_limiting", spans_per_second=4, burst_capacity=5))
    for trace in (1, 2, 3):
        sampling.give(*[{"trace": trace}] * 3)
    sampling.pass_seconds(3)
    assert sampling.traces == [1]
    sampling.give(*[{"trace": 4}] * 5)
    sampling.pass_seconds(3)
    assert sampling.traces == [1, 4]


def test_a_rate_of_bytes_counts_requests_as_they_are(clocked: Any) -> None:
    sampling = clocked(policy("bytes_limiting", bytes_per_second=40))
    for trace in (1, 2, 3):
        sampling.give({"trace": trace, "name": "x" * 20})
    sampling.pass_seconds(3)
    assert sampling.traces == [1]


def test_and_samples_what_all_sample_and_drop_drops_it_whatever_else_samples(clocked: Any) -> None:
    slow_error = [
        {"name": "error", **policy("status_code", status_codes=["ERROR"])},
        {
            "name": "not-shop",
            "type": "not",
            "not": {"not_sub_policy": {"name": "s", **attribute("string_attribute", values=["x"])}},
        },
    ]
    both = clocked({"type": "and", "and": {"and_sub_policy": slow_error}})
    dropping = clocked({"type": "always_sample"}, {"type": "drop", "drop": {"drop_sub_policy": slow_error}})
    for sampling in (both, dropping):
        sampling.give({"trace": 1, "status": 2}, {"trace": 2, "status": 2, "attributes": {"k": "x"}}, {"trace": 3})
        sampling.pass_seconds(3)
    assert (both.traces, dropping.traces) == ([1], [2, 3])


def test_a_composite_gives_each_policy_its_share_of_a_second(clocked: Any) -> None:
    composite = {
        "max_total_spans_per_second": 10,
        "composite_sub_policy": [
            {"name": "errors", **policy("status_code", status_codes=["ERROR"])},
            {"name": "rest", "type": "always_sample"},
            {"name": "without-allocation", "type": "always_sample"},
        ],
        "rate_allocation": [{"policy": "errors", "percent": 20}, {"policy": "rest", "percent": 0}],
    }
    sampling = clocked({"type": "composite", "composite": composite})
    for trace in range(1, 5):
        sampling.give({"trace": trace, "status": 2})
    for trace in range(5, 12):
        sampling.give({"trace": trace})
    sampling.pass_seconds(3)
    assert sampling.traces == [1, 2, 5, 6, 7]


@pytest.mark.parametrize(("percentage", "threshold"), [(0, 0), (-5, 0), (100, 2**64 - 1), (250, 2**64 - 1), (50, 2**63 - 1)])
def test_the_threshold_of_a_percentage_is_computed_as_go_does(percentage: float, threshold: int) -> None:
    assert hash_threshold(percentage) == threshold


def test_probabilistic_samples_its_share_and_the_same_traces_everywhere(clocked: Any) -> None:
    samplings = [
        clocked(policy("probabilistic", sampling_percentage=10, hash_salt=salt)) for salt in ("", "default-hash-seed", "x")
    ]
    for sampling in samplings:
        sampling.give(*({"trace": trace} for trace in range(1, 2001)))
        sampling.pass_seconds(3)
    one, same, other = (set(sampling.traces) for sampling in samplings)
    assert one == same != other
    assert all(150 < len(traces) < 250 for traces in (one, other))


@pytest.mark.parametrize(
    ("policies", "message"),
    [
        ([{"name": "", "type": "always_sample"}], "policy name cannot be empty"),
        ([{"name": "a", "type": "always_sample"}] * 2, 'duplicate policy name "a"'),
        ([{"name": "a", "type": "nothing"}], "unknown sampling policy type 'nothing'"),
        ([{"name": "a", "type": "status_code"}], "expected at least one status code"),
        ([{"name": "a", **policy("status_code", status_codes=["BAD"])}], "unknown status code 'BAD'"),
        ([{"name": "a", "type": "numeric_attribute"}], "min_value or max_value must be set"),
        ([{"name": "a", "type": "not"}], "not_sub_policy must be given"),
        ([{"name": "a", "type": "ottl_condition"}], "expected at least one OTTL condition"),
        ([{"name": "a", "type": "and", "and": {"and_sub_policy": [{"name": "b", "type": "composite"}]}}], "'composite'"),
        ([{"name": "a", "type": "always_sample", "surprise": 1}], "surprise"),
    ],
)
def test_a_policy_that_cannot_work_is_refused_with_its_reason(policies: list[Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TailSamplingConfig.model_validate({"policies": policies})


def test_a_pattern_that_is_none_is_refused(table_of: Any) -> None:
    rule = {"name": "a", **attribute("string_attribute", values=["("], enabled_regex_matching=True)}
    _, tests = compile_policies(TailSamplingConfig.model_validate({"policies": [rule]}).policies)
    with pytest.raises(ValueError, match="pattern"):
        table_of(tests, TableLimits(traces=1, memory=1))


@pytest.mark.parametrize(
    ("block", "sampled"),
    [
        ({"span": ['attributes["k"] == "v" and name == "GET"']}, True),
        ({"span": ['attributes["k"] == "w"', "kind == SPAN_KIND_SERVER"]}, True),
        ({"span": ['attributes["k"] == "w"']}, False),
        ({"spanevent": ['name == "exception"']}, True),
        ({"spanevent": ['span.name == "POST"']}, True),
        ({"spanevent": ['span.name == "PUT"']}, False),
        ({"span": ['Int(attributes["list"]) > 0 or ParseJSON(name) == nil', 'resource.attributes["r"] == "x"']}, True),
    ],
)
def test_ottl_conditions_are_met_by_a_span_or_an_event_of_the_trace(block: dict[str, Any], sampled: bool) -> None:
    requests = [_request("POST", "z"), _request("GET", "v")]
    condition = compile_conditions(OttlCondition.model_validate(block))
    assert condition(requests) is sampled


def test_a_failing_ottl_condition_is_not_met_or_fails_the_policy_as_its_error_mode_says() -> None:
    block = {"span": ["ParseJSON(name) == nil"]}
    assert not compile_conditions(OttlCondition.model_validate(block))([_request("GET", "v")])
    propagating = compile_conditions(OttlCondition.model_validate({**block, "error_mode": "propagate"}))
    with pytest.raises(ValueError, match="failed to execute"):
        propagating([_request("GET", "v")])


def test_a_mistake_in_an_ottl_condition_is_found_with_the_configuration() -> None:
    rule = {"name": "a", **policy("ottl_condition", span=["true", 'attributes["k" == 1'])}
    with pytest.raises(ValidationError, match=r"ottl_condition::span\[1\]: column 16: "):
        TailSamplingConfig.model_validate({"policies": [rule]})


def _request(name: str, value: str) -> bytes:
    """A request of one span with an event, an attribute `k`, and a resource attribute `r`."""
    request = REQUESTS[Signal.TRACES]()
    group = request.resource_spans.add()
    group.resource.attributes.add(key="r").value.string_value = "x"
    span = group.scope_spans.add().spans.add(name=name, kind=2)
    span.attributes.add(key="k").value.string_value = value
    span.events.add(name="exception")
    data: bytes = request.SerializeToString()
    return data
