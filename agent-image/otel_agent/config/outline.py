"""The shape of a configuration (which ids are defined, which pipelines name them), read tolerantly from raw values.

The rules between sections work on this, so that they are checked even when a component's own settings have mistakes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.config.expanded import plain, unwrapped
from otel_agent.config.ids import PipelineId, parse_component_id, parse_pipeline_id
from otel_agent.config.references import find_reference

_ROLES = ("receivers", "processors", "exporters")

Ids = tuple[ComponentId, ...]
IdSet = Mapping[ComponentId, None]
"""Ids in the order of the configuration, quick to look up."""


@dataclass(frozen=True, slots=True)
class PipelineOutline:
    """Readable ids of one pipeline; `key` is its name as written. An open list may have more ids than can be seen."""

    id: PipelineId
    key: str
    receivers: Ids = ()
    processors: Ids = ()
    exporters: Ids = ()
    open_lists: frozenset[str] = frozenset()

    def ids(self, role: str) -> Ids:
        """Ids of one of the lists `receivers`, `processors`, `exporters`."""
        return {"receivers": self.receivers, "processors": self.processors, "exporters": self.exporters}[role]


@dataclass(frozen=True, slots=True)
class Outline:
    """Ids by kind (None when the section is a reference that is not resolved here) and pipelines."""

    defined: Mapping[ComponentKind, IdSet | None]
    extensions: Ids = ()
    pipelines: tuple[PipelineOutline, ...] = ()
    pipelines_known: bool = True
    duplicates: tuple[PipelineOutline, ...] = field(default=())

    def has(self, kind: ComponentKind, component: ComponentId) -> bool:
        """Whether an id is, or may be, defined."""
        ids = self.defined[kind]
        return ids is None or component in ids


def outline(raw: Mapping[str, Any]) -> Outline:
    """Read the shape of a configuration; what cannot be read is left out (the decoder reports it)."""
    service = _map(raw.get("service"))
    listed = _map(service.get("pipelines"))
    pipelines: dict[PipelineId, PipelineOutline] = {}
    duplicates = []
    for key, body in listed.items():
        pipeline = _pipeline(key, _map(plain(body)))
        if pipeline is not None and pipelines.setdefault(pipeline.id, pipeline) is not pipeline:
            duplicates.append(pipeline)
    extensions, _ = _ids(service.get("extensions"))
    return Outline(
        defined={kind: _defined(raw.get(kind.section)) for kind in ComponentKind},
        extensions=extensions,
        pipelines=tuple(pipelines.values()),
        pipelines_known=not is_reference(raw.get("service")) and not is_reference(service.get("pipelines")),
        duplicates=tuple(duplicates),
    )


def is_reference(value: Any) -> bool:
    """Whether a value is text with an unresolved `${…}`."""
    return isinstance(value, str) and find_reference(value) is not None


def _map(value: Any) -> Mapping[str, Any]:
    value = unwrapped(value)
    return value if isinstance(value, Mapping) else {}


def _defined(section: Any) -> IdSet | None:
    if is_reference(section):
        return None
    return dict.fromkeys(_readable(_map(section)))


def _pipeline(key: str, body: Mapping[str, Any]) -> PipelineOutline | None:
    try:
        pipeline = parse_pipeline_id(key)
    except ValueError:
        return None
    lists = {role: _ids(body.get(role)) for role in _ROLES}
    return PipelineOutline(
        pipeline,
        key,
        receivers=lists["receivers"][0],
        processors=lists["processors"][0],
        exporters=lists["exporters"][0],
        open_lists=frozenset(role for role, (_, is_open) in lists.items() if is_open),
    )


def _ids(value: Any) -> tuple[Ids, bool]:
    """Readable ids of a list, and whether references in it may stand for more."""
    value = plain(value)
    items = value.split(",") if isinstance(value, str) and value else value
    if not isinstance(items, list):
        return (), value is not None
    ids = tuple(_readable(items))
    return ids, len(ids) < len(items)


def _readable(items: Iterable[Any]) -> Iterable[ComponentId]:
    for item in items:
        try:
            yield parse_component_id(item)
        except ValueError:
            continue
