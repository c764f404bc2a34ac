from typing import Any

import pytest

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.config.ids import PipelineId
from otel_agent.config.service import PipelineConfig
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.errors import GraphError
from otel_agent.pipeline.graph import build
from otel_agent.pipeline.topology import downstream_first


async def test_data_passes_processors_in_order_to_all_exporters(
    engine: Any, self_metrics: Any, telemetry_of: Any, scrape: Any
) -> None:
    graph = build(engine.config({"traces": "r > p p/2 > e e/2"}), engine.registry, self_metrics)
    telemetry = telemetry_of(items=3)
    await graph.receivers[0].component.context.consumers[Signal.TRACES].consume(telemetry)  # type: ignore[attr-defined]
    assert list(engine.made) == ["e@traces", "e/2@traces", "p/2@traces", "p@traces", "r"]
    assert all(engine.made[name].received == [telemetry] for name in ("p@traces", "p/2@traces", "e@traces", "e/2@traces"))
    assert scrape()['otelcol_processor_incoming_items{otel_signal="traces",processor="p/2"}'] == 3
    assert scrape()['otelcol_processor_outgoing_items{otel_signal="traces",processor="p"}'] == 3


async def test_one_receiver_feeds_every_signal_and_pipeline_that_names_it(
    engine: Any, self_metrics: Any, telemetry_of: Any
) -> None:
    build(engine.config({"traces": "r > > e", "traces/2": "r > p > e/2", "logs": "r > > e"}), engine.registry, self_metrics)
    consumers = engine.made["r"].context.consumers
    assert consumers.keys() == {Signal.TRACES, Signal.LOGS}
    await consumers[Signal.TRACES].consume(telemetry_of())
    await consumers[Signal.LOGS].consume(telemetry_of(Signal.LOGS))
    counts = {name: len(probe.received) for name, probe in engine.made.items()}
    assert counts == {"e@traces": 1, "e/2@traces": 1, "p@traces/2": 1, "e@logs": 1, "r": 0}


def test_exporters_are_shared_by_pipelines_of_a_signal_and_processors_are_not(engine: Any, self_metrics: Any) -> None:
    graph = build(engine.config({"traces": "r > p > e", "traces/2": "r > p > e"}), engine.registry, self_metrics)
    assert (len(graph.exporters), len(graph.middle), len(graph.receivers)) == (1, 2, 1)


def test_what_no_pipeline_names_is_not_made(engine: Any, self_metrics: Any) -> None:
    config = engine.config({"traces": "r > > e"}, exporters={"e/unused": {"fail": "create"}})
    build(config, engine.registry, self_metrics)
    assert "e/unused@traces" not in engine.made


async def test_a_connector_is_made_for_each_pair_of_signals(engine: Any, self_metrics: Any, telemetry_of: Any) -> None:
    config = engine.config({"metrics": "c > p > e", "traces": "r > > c e", "traces/2": "c > > e/2"})
    graph = build(config, engine.registry, self_metrics)
    made: dict[str, Any] = {f"{instance.id.component} {instance.id.part}": instance.component for instance in graph.middle}
    assert sorted(made) == ["c traces_to_metrics", "c traces_to_traces", "p metrics"]
    assert list(made["c traces_to_metrics"].context.consumers) == [Signal.METRICS]
    assert made["c traces_to_metrics"].context.consumers[Signal.METRICS].names == ("metrics",)
    assert made["c traces_to_traces"].context.consumers[Signal.TRACES].names == ("traces/2",)
    assert all(made[f"c traces_to_{signal}"].context.signal is Signal.TRACES for signal in ("traces", "metrics"))
    await engine.made["r"].context.consumers[Signal.TRACES].consume(telemetry_of())
    assert [len(probe.received) for probe in made.values()] == [1, 1, 1]
    assert all(len(engine.made[name].received) == 1 for name in ("e@metrics", "e/2@traces", "e@traces"))


async def test_a_connector_chooses_among_the_pipelines_behind_it(engine: Any, self_metrics: Any, telemetry_of: Any) -> None:
    config = engine.config({"traces": "r > > c", "traces/a": "c > p > e", "traces/b": "c > > e/2"})
    build(config, engine.registry, self_metrics)
    context = engine.made["c@traces"].context
    await context.router(Signal.TRACES).route("traces/b").consume(telemetry_of())
    assert [len(engine.made[name].received) for name in ("e@traces", "e/2@traces")] == [0, 1]
    with pytest.raises(ValueError, match='missing consumer: "traces"'):
        context.router(Signal.TRACES).route("traces")
    with pytest.raises(TypeError, match="only connectors"):
        engine.made["r"].context.router(Signal.TRACES)


async def test_an_edit_in_one_branch_is_not_seen_in_another(engine: Any, self_metrics: Any, telemetry_of: Any) -> None:
    build(engine.config({"traces": "r > p > e", "traces/2": "r > > e/2"}), engine.registry, self_metrics)
    original, edited = telemetry_of(items=1), telemetry_of(items=2)
    engine.made["p@traces"].replaces_with = edited
    await engine.made["r"].context.consumers[Signal.TRACES].consume(original)
    assert engine.made["e@traces"].received == [edited]
    assert engine.made["e/2@traces"].received == [original]
    with pytest.raises(AttributeError):
        original.data = b""


def pipelines(**texts: str) -> dict[PipelineId, PipelineConfig]:
    specs = {}
    for name, text in texts.items():
        before, after = ([ComponentId(part) for part in side.split()] for side in text.split(">"))
        specs[PipelineId("traces", name)] = PipelineConfig(receivers=before, exporters=after)
    return specs


def test_pipelines_are_ordered_downstream_first() -> None:
    specs = pipelines(a="r > c1", b="c1 > c2", z="c2 > e")
    order = downstream_first(specs, lambda component, *_: component.type.startswith("c"))
    assert [pipeline.name for pipeline in order] == ["z", "b", "a"]


def test_a_cycle_is_named() -> None:
    specs = pipelines(a="c2 > c1", b="c1 > c2")
    with pytest.raises(GraphError, match=r"cycle detected: traces/[ab] -> traces/[ab] -> traces/[ab]"):
        downstream_first(specs, lambda *_: True)


def test_a_connector_pair_that_is_not_supported_makes_no_cycle() -> None:
    specs = pipelines(a="c > c")
    assert len(downstream_first(specs, lambda *_: False)) == 1


def test_a_component_that_cannot_be_made_is_named(engine: Any, self_metrics: Any) -> None:
    config = engine.config({"traces": "r > p > e"}, processors={"p": {"fail": "create"}})
    with pytest.raises(GraphError, match='failed to create "p" processor for traces: cannot be made'):
        build(config, engine.registry, self_metrics)


def test_shared_objects_are_kept_apart_by_component_type(engine: Any, self_metrics: Any) -> None:
    build(engine.config({"traces": "r > p > e", "logs": "r > p > e"}), engine.registry, self_metrics)
    first = engine.made["p@traces"].context.shared("key", lambda: object())
    assert engine.made["p@logs"].context.shared("key", lambda: object()) is first
    assert engine.made["e@logs"].context.shared("key", lambda: object()) is not first


def test_each_instance_has_an_id_with_its_part(engine: Any, self_metrics: Any) -> None:
    graph = build(engine.config({"traces/a": "r > p > e"}), engine.registry, self_metrics)
    assert [(instance.id.kind, instance.id.part) for instance in graph.instances()] == [
        (ComponentKind.EXPORTER, "traces"),
        (ComponentKind.PROCESSOR, "traces/a"),
        (ComponentKind.RECEIVER, ""),
    ]
