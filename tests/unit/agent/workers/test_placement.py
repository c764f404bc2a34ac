"""Which parts of a configuration each worker runs."""

from typing import Any

import pytest

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement
from otel_agent.config.document import Config, decode
from otel_agent.config.model import ConfigModel
from otel_agent.config.registry import Registry, installed_registry
from otel_agent.workers.placement import Plan, plan

SIGNALS = {"traces": "stable", "metrics": "stable", "logs": "stable"}
CONNECTS = {f"{one}_to_{other}": "stable" for one in SIGNALS for other in SIGNALS}


class EmptyConfig(ConfigModel):
    pass


class UnixConfig(ConfigModel):
    unix: bool = False

    def restricted_placement(self) -> Placement | None:
        return Placement.FIRST_WORKER if self.unix else None


def info(kind: ComponentKind, name: str, placement: Placement | None, model: str = "EmptyConfig") -> ComponentInfo:
    stability = {"extension": "stable"} if kind is ComponentKind.EXTENSION else SIGNALS | CONNECTS
    return ComponentInfo(kind, name, stability, f"{__name__}:{model}", f"{__name__}:create", placement=placement)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    import sys
    from types import ModuleType

    module = ModuleType(__name__)
    module.EmptyConfig, module.UnixConfig = EmptyConfig, UnixConfig  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, __name__, module)
    every, first, one, supervisor = (
        Placement.EVERY_WORKER,
        Placement.FIRST_WORKER,
        Placement.ONE_PROCESS,
        Placement.SUPERVISOR,
    )
    return Registry(
        [
            info(ComponentKind.RECEIVER, "port", every, "UnixConfig"),
            info(ComponentKind.RECEIVER, "poll", first),
            info(ComponentKind.RECEIVER, "foreign", None),
            info(ComponentKind.PROCESSOR, "plain", every),
            info(ComponentKind.PROCESSOR, "foreign", None),
            info(ComponentKind.EXPORTER, "send", every),
            info(ComponentKind.EXPORTER, "file", one),
            info(ComponentKind.CONNECTOR, "link", every),
            info(ComponentKind.CONNECTOR, "foreign", None),
            info(ComponentKind.EXTENSION, "auth", every),
            info(ComponentKind.EXTENSION, "profile", first),
            info(ComponentKind.EXTENSION, "health", supervisor),
            info(ComponentKind.EXTENSION, "foreign", None),
        ]
    )


def planned(registry: Registry, pipelines: dict[str, str], extensions: str = "", **receivers: Any) -> Plan:
    """`pipelines` as id to `receivers > processors > exporters`; connectors are named link/… or ending in _link."""
    specs, used = {}, {kind: {} for kind in ("receivers", "processors", "exporters", "connectors")}
    for name, text in pipelines.items():
        ids = [part.split() for part in text.split(">")]
        specs[name] = dict(zip(("receivers", "processors", "exporters"), ids, strict=True))
        for section, members in specs[name].items():
            for member in members:
                is_link = member.startswith("link") or member == "foreign/link"
                used["connectors" if is_link else section][member] = receivers.get(member) if section == "receivers" else None
    raw = {
        **{section: members for section, members in used.items() if members},
        "extensions": dict.fromkeys(extensions.split()),
        "service": {"pipelines": specs, "extensions": extensions.split()},
    }
    return plan(decode(raw, registry), registry)


def shape(config: Config) -> dict[str, str]:
    return {str(name): " ".join(map(str, spec.receivers)) for name, spec in config.service.pipelines.items()}


def test_pipelines_of_shared_receivers_run_everywhere(registry: Registry) -> None:
    found = planned(registry, {"traces": "port > plain > send", "logs": "port > > send"})
    assert shape(found.first) == shape(found.others) == {"traces": "port", "logs": "port"}
    assert found.shared
    assert not found.reasons


def test_what_polls_runs_in_the_first_worker_only(registry: Registry) -> None:
    found = planned(registry, {"traces": "port > > send", "metrics": "poll port > > send", "logs": "poll > > send"})
    assert shape(found.first) == {"traces": "port", "metrics": "poll port", "logs": "poll"}
    assert shape(found.others) == {"traces": "port", "metrics": "port"}
    assert {str(name): reason for name, reason in found.reasons.items()} == {"logs": "its receivers run in the first worker only"}


def test_a_receiver_that_says_nothing_runs_once(registry: Registry) -> None:
    found = planned(registry, {"traces": "port foreign > > send"})
    assert shape(found.others) == {"traces": "port"}


@pytest.mark.parametrize("pipeline", ["port > foreign > send", "port > > file", "port > plain > send file"])
def test_what_must_see_everything_keeps_its_pipeline_in_one_process(registry: Registry, pipeline: str) -> None:
    found = planned(registry, {"traces": pipeline})
    assert not found.shared
    assert "must be in one process with all that leads to it" in next(iter(found.reasons.values()))


def test_a_receiver_is_not_torn_between_its_pipelines(registry: Registry) -> None:
    found = planned(registry, {"traces": "port > > file", "logs": "port > > send", "metrics": "port/own > > send"})
    assert shape(found.first) == {"traces": "port", "logs": "port", "metrics": "port/own"}
    assert shape(found.others) == {"metrics": "port/own"}
    assert {str(name) for name in found.reasons} == {"traces", "logs"}


def test_pipelines_joined_by_a_connector_stay_together(registry: Registry) -> None:
    found = planned(registry, {"traces": "port > > link", "metrics": "link > > file", "logs": "port/own > > send"})
    assert shape(found.others) == {"logs": "port/own"}


def test_pipelines_that_share_a_polling_receiver_need_not_stay_together(registry: Registry) -> None:
    found = planned(registry, {"traces": "poll > > file", "metrics": "poll port > > send"})
    assert shape(found.others) == {"metrics": "port"}


def test_a_connector_that_nothing_feeds_elsewhere_feeds_nothing_there(registry: Registry) -> None:
    found = planned(registry, {"traces": "poll > > link", "metrics": "link > > link/b", "logs": "link/b port > > send"})
    assert shape(found.others) == {"logs": "port"}


def test_settings_can_restrict_a_shared_receiver(registry: Registry) -> None:
    found = planned(registry, {"traces": "port > > send", "logs": "port/own > > send"}, **{"port": {"unix": True}})
    assert shape(found.others) == {"logs": "port/own"}


def test_extensions_run_where_they_belong(registry: Registry) -> None:
    found = planned(registry, {"traces": "port > > send"}, "auth profile health")

    def names(config: Config) -> list[str]:
        return [str(extension) for extension in config.service.extensions]

    assert names(found.first) == ["auth", "profile"]
    assert names(found.others) == ["auth"]
    assert names(found.supervisor) == ["health"]
    assert not found.supervisor.service.pipelines


def test_an_extension_that_says_nothing_keeps_everything_in_one_process(registry: Registry) -> None:
    found = planned(registry, {"traces": "port > > send"}, "foreign health")
    assert not found.shared
    assert 'extension "foreign"' in next(iter(found.reasons.values()))
    assert [str(extension) for extension in found.first.service.extensions] == ["foreign"]
    assert [str(extension) for extension in found.supervisor.service.extensions] == ["health"]


def test_receivers_and_exporters_that_run_everywhere_are_known(registry: Registry) -> None:
    found = planned(registry, {"traces": "port > > send", "metrics": "poll > > send", "logs": "poll > > send/own"})
    assert {(str(kind), str(component), part) for kind, component, part in found.spread} == {
        ("receiver", "port", ""),
        ("exporter", "send", "traces"),
    }


def test_every_component_of_this_collector_says_where_it_runs() -> None:
    # What forgets to keeps all that leads to it in one process, and workers have nothing to share.
    silent = [
        f"{kind} {found.type}" for kind in ComponentKind for found in installed_registry().infos(kind) if found.placement is None
    ]
    assert silent == []


def test_pipelines_behind_a_forward_connector_run_everywhere() -> None:
    source = {
        "receivers": {"otlp": {"protocols": {"grpc": {}}}},
        "connectors": {"forward": None},
        "exporters": {"nop": None},
        "service": {
            "pipelines": {
                "logs/in": {"receivers": ["otlp"], "exporters": ["forward"]},
                "logs/out": {"receivers": ["forward"], "exporters": ["nop"]},
            }
        },
    }
    made = plan(decode(source, installed_registry()), installed_registry())
    assert set(map(str, made.others.service.pipelines)) == {"logs/in", "logs/out"}
