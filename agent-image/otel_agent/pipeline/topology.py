"""Orders pipelines so that every pipeline comes after those its connectors feed."""

from collections.abc import Callable, Mapping
from graphlib import CycleError, TopologicalSorter

from otel_agent.config.component import ComponentId
from otel_agent.config.ids import PipelineId
from otel_agent.pipeline.errors import GraphError
from otel_agent.pipeline.specs import PipelineSpec

Connects = Callable[[ComponentId, str, str], bool]
"""Whether a connector leads from one signal to another; False for everything that is no connector."""


def downstream_first(pipelines: Mapping[PipelineId, PipelineSpec], connects: Connects) -> list[PipelineId]:
    """Return the pipelines in build order; `GraphError` listing the pipelines of a cycle."""
    fed = {
        pipeline: [
            other
            for other, after in pipelines.items()
            if any(
                exporter in after.receivers and connects(exporter, pipeline.signal, other.signal) for exporter in spec.exporters
            )
        ]
        for pipeline, spec in pipelines.items()
    }
    try:
        return list(TopologicalSorter(fed).static_order())
    except CycleError as error:
        cycle = " -> ".join(str(pipeline) for pipeline in reversed(error.args[1]))
        raise GraphError(f"cycle detected: {cycle}") from error
