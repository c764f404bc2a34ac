"""The resource processor: actions on the attributes of resources of every signal."""

from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.config.component import ComponentKind
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal
from otel_agent.processors.resource.config import ResourceConfig
from otel_agent.processors.resource.factory import create

NAMES = {Signal.TRACES: "resource_spans", Signal.METRICS: "resource_metrics", Signal.LOGS: "resource_logs"}


@pytest.mark.parametrize("signal", list(Signal))
async def test_resources_of_every_signal_are_changed(signal: Signal, make_context: Any, sink: Any, telemetry_of: Any) -> None:
    config = ResourceConfig.model_validate(
        {
            "attributes": [
                {"action": "upsert", "key": "cluster", "value": "eu-1"},
                {"action": "insert", "key": "name", "from_attribute": "service.name"},
                {"action": "delete", "key": "service.name"},
            ]
        }
    )
    processor = create(config, make_context(ComponentKind.PROCESSOR, "resource", signal, sink))
    await processor.consume(telemetry_of(signal, 2))
    resource = getattr(parse(signal, sink.received[0].data), NAMES[signal])[0].resource
    assert {entry.key: entry.value.string_value for entry in resource.attributes} == {"cluster": "eu-1", "name": "shop"}
    assert sink.sizes == [2]


def test_actions_are_required() -> None:
    with pytest.raises(ValidationError, match="attributes"):
        ResourceConfig.model_validate({})
