from collections.abc import Callable
from typing import Any

import pytest

from otel_agent.config.component import ComponentKind
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.processors.transform.config import TransformConfig
from otel_agent.processors.transform.processor import TransformProcessor

KEYS = {Signal.TRACES: "trace_statements", Signal.METRICS: "metric_statements", Signal.LOGS: "log_statements"}


@pytest.fixture
def processor_of(make_context: Any, make_sink: Any) -> Callable[..., TransformProcessor]:
    def make(signal: Signal, *statements: Any, **config: Any) -> TransformProcessor:
        model = TransformConfig.model_validate({KEYS[signal]: list(statements), **config})
        return TransformProcessor(model, make_context(ComponentKind.PROCESSOR, "transform", signal, make_sink()))

    return make


@pytest.fixture
def transform(processor_of: Callable[..., TransformProcessor]) -> Callable[..., Any]:
    """Run statements on a request, in Python or natively as they come, and return the new one."""

    def run(signal: Signal, request: Any, *statements: Any, **config: Any) -> Any:
        processor = processor_of(signal, *statements, **config)
        after = processor.rewrite(Telemetry(signal, request.SerializeToString(), 1))
        assert after is not None
        return parse(signal, after.data)

    return run
