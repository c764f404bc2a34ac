"""The Go processor's decisions and marks are compared in tests/interop/test_go_sampling.py."""

from random import Random
from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.config.component import ComponentKind
from otel_agent.pdata.messages import REQUESTS, parse
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.errors import PermanentError
from otel_agent.processors.probabilistic_sampler.config import ProbabilisticSamplerConfig
from otel_agent.processors.probabilistic_sampler.factory import create
from otel_agent.processors.probabilistic_sampler.thresholds import (
    ALWAYS,
    NEVER,
    format_threshold,
    parse_threshold,
    threshold_of,
)
from otel_agent.processors.probabilistic_sampler.tracestate import TraceState


def spans_of(count: int, **fields: Any) -> Telemetry:
    request, random = REQUESTS[Signal.TRACES](), Random(7)
    for number in range(count):
        scope = request.resource_spans.add().scope_spans.add()
        scope.spans.add(trace_id=random.randbytes(16) if number else bytes(16), **fields)
    return Telemetry(Signal.TRACES, request.SerializeToString(), count)


@pytest.fixture
def sample(make_context: Any, sink: Any) -> Any:
    async def run(telemetry: Telemetry, **config: Any) -> list[Any]:
        context = make_context(ComponentKind.PROCESSOR, "probabilistic_sampler", telemetry.signal, sink)
        await create(ProbabilisticSamplerConfig.model_validate(config), context).consume(telemetry)
        requests = [parse(telemetry.signal, sent.data) for sent in sink.received]
        return [span for request in requests for of in request.resource_spans for scope in of.scope_spans for span in scope.spans]

    return run


@pytest.mark.parametrize("mode", ["hash_seed", "equalizing", "proportional"])
async def test_the_share_is_kept_and_marked_and_counted(mode: str, sample: Any, sink: Any, scrape: Any) -> None:
    kept = await sample(spans_of(2000), mode=mode, sampling_percentage=25)
    assert 400 < len(kept) < 600
    assert sink.sizes == [len(kept)]
    assert all("th:c" in span.trace_state for span in kept)
    policy = "trace_id_hash" if mode == "hash_seed" else "trace_id_w3c"
    labels = f'policy="{policy}",processor="probabilistic_sampler",sampled="true"'
    counted = scrape()[f"otelcol_processor_probabilistic_sampler_count_traces_sampled{{{labels}}}"]
    missing = 'policy="missing_randomness",processor="probabilistic_sampler",sampled="false"'
    assert counted == len(kept)
    assert scrape()[f"otelcol_processor_probabilistic_sampler_count_traces_sampled{{{missing}}}"] == 1  # the trace id 0


async def test_where_nothing_is_kept_nothing_is_sent(sample: Any, sink: Any) -> None:
    assert await sample(spans_of(10)) == []
    assert sink.received == []


async def test_a_malformed_request_is_refused_for_good(sample: Any) -> None:
    with pytest.raises(PermanentError, match="malformed"):
        await sample(Telemetry(Signal.TRACES, b"\x0a\xff", 1))


@pytest.mark.parametrize(("fail_closed", "kept"), [(True, 0), (False, 5)])
async def test_a_broken_tracestate_is_dropped_or_kept_as_configured(fail_closed: bool, kept: int, sample: Any) -> None:
    spans = await sample(
        spans_of(5, trace_state="ot=th:zz"), mode="proportional", sampling_percentage=50, fail_closed=fail_closed
    )
    assert [span.trace_state for span in spans] == ["ot=th:zz"] * kept


@pytest.mark.parametrize(
    ("probability", "precision", "text"),
    [(1, 4, "0"), (0.5, 4, "8"), (0.1, 4, "e666"), (0.1, 14, "e6666666666666"), (2**-56, 4, "f" * 14)],
)
def test_thresholds_are_written_with_the_digits_asked_for(probability: float, precision: int, text: str) -> None:
    threshold = threshold_of(probability, precision)
    assert format_threshold(threshold) == text
    assert parse_threshold(text) == threshold


def test_never_has_no_text_and_a_probability_of_zero_no_threshold() -> None:
    assert format_threshold(NEVER) == ""
    assert format_threshold(ALWAYS) == "0"
    with pytest.raises(ValueError, match="not between"):
        threshold_of(0, 4)


def test_a_threshold_is_raised_never_lowered_and_other_members_stay() -> None:
    state, problem = TraceState.parse("a=b,ot=th:8;x:y")
    assert problem == ""
    state.set_threshold(parse_threshold("4"))
    assert state.format() == "ot=th:8;x:y,a=b"
    state.set_threshold(parse_threshold("c"))
    assert state.format() == "ot=th:c;x:y,a=b"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"sampling_percentage": -1}, "negative"),
        ({"sampling_percentage": 1e-20}, "too small"),
        ({"sampling_precision": 0}, "invalid sampling precision"),
        ({"sampling_precision": 15}, "too great"),
        ({"mode": "x"}, "mode"),
        ({"attribute_source": "x"}, "attribute_source"),
    ],
)
def test_settings_that_cannot_be_are_refused(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ProbabilisticSamplerConfig.model_validate(config)
