"""Orders pipelines so that every pipeline comes after those its connectors feed."""

from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter

from otel_agent.config.component import ComponentId
from otel_agent.config.ids import PipelineId
from otel_agent.pipeline.errors import GraphError
from otel_agent.pipeline.specs import PipelineSpec


def downstream_first(pipelines: Mapping[PipelineId, PipelineSpec], connectors: Collection[ComponentId]) -> list[PipelineId]:
    """Return the pipelines in build order; `GraphError` listing the pipelines of a cycle."""
    fed: dict[PipelineId, list[PipelineId]] = {}
    for pipeline, spec in pipelines.items():
        outlets = {exporter for exporter in spec.exporters if exporter in connectors}
        fed[pipeline] = [other for other, after in pipelines.items() if outlets.intersection(after.receivers)]
    try:
        return list(TopologicalSorter(fed).static_order())
    except CycleError as error:
        cycle = " -> ".join(str(pipeline) for pipeline in reversed(error.args[1]))
        raise GraphError(f"cycle detected through connectors: {cycle}") from error
