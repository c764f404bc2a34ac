"""The pages' content, as HTML without scripts or style sheets. Everything that comes from outside is escaped."""

import gc
import platform
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from html import escape
from importlib.metadata import version

import orjson

from otel_agent.config.component import ComponentKind
from otel_agent.config.featuregates import FeatureGates
from otel_agent.pipeline.overview import Overview
from otel_agent.pipeline.status import StatusEvent
from otel_agent.telemetry.process import rss_bytes

_LINKS = ("servicez", "pipelinez", "extensionz", "featurez", "tracez")


def service(overview: Overview) -> str:
    """Build, runtime, the last reload, and the health of every component."""
    facts = [
        ("Version", version("otel-operator")),
        ("Started", overview.since.isoformat(timespec="seconds")),
        ("Python", f"{platform.python_implementation()} {platform.python_version()}"),
        ("OS", platform.system()),
        ("Arch", platform.machine()),
    ]
    reload = overview.last_reload
    if reload is not None:
        facts.append(("Last reload", f"{reload.outcome} at {reload.at.isoformat(timespec='seconds')}"))
        if reload.error:
            facts.append(("Refused because", reload.error))
    return _page("Service", _table(("Fact", "Value"), facts), _health(overview.board.events.values()))


def pipelines(overview: Overview) -> str:
    """List the parts of every pipeline, in order, and their health."""
    specs = overview.config.service.pipelines if overview.config is not None else {}
    rows = [
        (str(name), *(" → ".join(map(str, part)) for part in (spec.receivers, spec.processors, spec.exporters)))
        for name, spec in specs.items()
    ]
    events = [event for event in overview.board.events.values() if event.instance.kind is not ComponentKind.EXTENSION]
    return _page("Pipelines", _table(("Pipeline", "Receivers", "Processors", "Exporters"), rows), _health(events))


def extensions(overview: Overview) -> str:
    """List the running extensions and their health."""
    return _page("Extensions", _health(e for e in overview.board.events.values() if e.instance.kind is ComponentKind.EXTENSION))


def features(gates: FeatureGates) -> str:
    """All feature gates."""
    rows = [(gate.id, str(gates.enabled(gate.id)).lower(), gate.description, str(gate.stage)) for gate in gates.gates()]
    return _page("Feature gates", _table(("ID", "Enabled", "Description", "Stage"), rows))


def traces() -> str:
    """Say where own spans are: none are kept here."""
    return _page("Traces", "<p>Own spans are not kept here: they go where service::telemetry::traces::processors says.</p>")


def variables() -> str:
    """Figures of the process, as JSON; without the command line, which may hold secrets."""
    collections = [generation["collections"] for generation in gc.get_stats()]
    figures = {
        "memstats": {"Sys": rss_bytes(), "NumGC": sum(collections), "Objects": len(gc.get_objects())},
        "threads": threading.active_count(),
        "cpu_seconds": time.process_time(),
        "modules": len(sys.modules),
    }
    return orjson.dumps(figures).decode()


def _health(events: Iterable[StatusEvent]) -> str:
    rows = [
        (str(event.instance.kind), str(event.instance.component), event.instance.part, str(event.status), event.error)
        for event in sorted(events, key=lambda event: event.instance)
    ]
    return _table(("Kind", "Component", "Pipeline or signal", "Status", "Error"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"

    return f'<table border="1">{row(head, "th")}{"".join(row(cells, "td") for cells in rows)}</table>'


def _page(title: str, *parts: str) -> str:
    links = " ".join(f'<a href="{name}">{name}</a>' for name in _LINKS)
    return f"<!DOCTYPE html><title>{title}</title><p>{links}</p><h1>{title}</h1>{'<p></p>'.join(parts)}\n"
