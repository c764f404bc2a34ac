"""A tail sampler whose clock the tests turn, and traces to give it."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from otel_agent.config.component import ComponentId
from otel_agent.pdata import judges, native
from otel_agent.pdata.judging import Test, check_tests
from otel_agent.pdata.messages import REQUESTS, parse
from otel_agent.pdata.native_trace_table import NativeTraceTable
from otel_agent.pdata.portable_trace_table import PortableTraceTable
from otel_agent.pdata.telemetry import Signal
from otel_agent.pdata.trace_table import TableLimits, TraceTable
from otel_agent.processors.tail_sampling.config import TailSamplingConfig
from otel_agent.processors.tail_sampling.decisions import Decider
from otel_agent.processors.tail_sampling.factory import limits_of
from otel_agent.processors.tail_sampling.metrics import TailSamplingMetrics
from otel_agent.processors.tail_sampling.policies import compile_policies
from otel_agent.processors.tail_sampling.sampler import TICKS_A_SECOND, TailSampler
from otel_agent.telemetry.metrics import SelfMetrics

SECOND = 1_000_000_000
EPOCH = 1_700_000_000 * SECOND
"""Wall clock at the start of a test, in nanoseconds."""


def trace_id_of(number: int) -> bytes:
    return number.to_bytes(2, "big") * 8


def request_of(*spans: dict[str, Any], resource: dict[str, Any] | None = None) -> bytes:
    """One resource and scope; a span has `trace` (a number) and fields of Span, attributes as a dict."""
    request = REQUESTS[Signal.TRACES]()
    of_resource = request.resource_spans.add()
    fill(of_resource.resource.attributes, resource or {})
    scope = of_resource.scope_spans.add()
    for fields in spans:
        values = dict(fields)
        span = scope.spans.add(trace_id=trace_id_of(values.pop("trace", 1)), span_id=b"spanspan")
        fill(span.attributes, values.pop("attributes", {}))
        span.status.code = values.pop("status", 0)
        for name, value in values.items():
            setattr(span, name, value)
    data: bytes = request.SerializeToString()
    return data


def fill(attributes: Any, values: dict[str, Any]) -> None:
    for key, value in values.items():
        target = attributes.add(key=key).value
        match value:
            case bool():
                target.bool_value = value
            case int():
                target.int_value = value
            case float():
                target.double_value = value
            case str():
                target.string_value = value


TableOf = Callable[[Sequence[Test], TableLimits], TraceTable]


class Clocked:
    """A sampler with its own time: `give` takes spans in, `pass_seconds` lets time go by and collects what is sampled."""

    def __init__(self, config: TailSamplingConfig, table_of: TableOf, **settings: Any) -> None:
        policies, tests = compile_policies(config.policies)
        metrics = TailSamplingMetrics(settings.pop("metrics"), ComponentId("tail_sampling"), [policy.name for policy in policies])
        decider = Decider(policies, metrics, first_match=config.sample_on_first_match)
        settings.setdefault("memory_limit", 1 << 30)
        table = table_of(tests, limits_of(config, settings["memory_limit"]))
        logger = logging.getLogger("test.tail_sampling")
        self.sampler = TailSampler(config, decider, table, metrics, logger, **settings)
        self.now = 1000.0
        self.requests: list[bytes] = []

    def give(self, *spans: dict[str, Any], resource: dict[str, Any] | None = None) -> None:
        self.sampler.take(request_of(*spans, resource=resource), self.now)
        self.collect()

    def pass_seconds(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += 1
            for _ in range(TICKS_A_SECOND):
                self.sampler.next_tick()
                for _ in self.sampler.decide_due(self.now, EPOCH + int((self.now - 1000) * SECOND)):
                    pass
                self.collect()

    def collect(self) -> None:
        while (waiting := self.sampler.release.take()) is not None:
            self.requests.append(waiting[0])
        self.sampler.show()

    @property
    def spans(self) -> list[Any]:
        """All spans that were handed on."""
        return [
            span
            for data in self.requests
            for resource in parse(Signal.TRACES, data).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def traces(self) -> list[int]:
        """Numbers of the traces that were handed on, each once, in order."""
        return list(dict.fromkeys(int.from_bytes(span.trace_id[:2], "big") for span in self.spans))


@pytest.fixture(params=["native", "portable"])
def table_of(request: pytest.FixtureRequest) -> TableOf:
    found = native.installed()
    if request.param == "native" and found is None:
        pytest.skip("the native extension is not built")

    def make(tests: Sequence[Test], limits: TableLimits) -> TraceTable:
        check_tests(tests)
        if request.param == "native" and found:
            return NativeTraceTable(found, found.Judge(tests), limits)
        return PortableTraceTable(judges.compile_judge(tests), limits)

    return make


@pytest.fixture
def clocked(table_of: Any, self_metrics: SelfMetrics) -> Callable[..., Clocked]:
    """`clocked(policies, **config)`; what is no key of the configuration goes to the sampler."""

    def make(*policies: dict[str, Any], **config: Any) -> Clocked:
        settings = {key: config.pop(key) for key in ("memory_limit", "record_policy") if key in config}
        named = [{"name": f"policy-{number}", **policy} for number, policy in enumerate(policies)]
        model = TailSamplingConfig.model_validate({"decision_wait": "2s", "policies": named, **config})
        return Clocked(model, table_of, metrics=self_metrics, **settings)

    return make
