"""Which extensions components name in their settings: storages, authenticators, middlewares."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.config.model import ConfigModel
from otel_agent.config.problem import Problem
from otel_agent.config.service import ServiceConfig

_OURS = "otel_agent."
Sections = Mapping[ComponentKind, Mapping[ComponentId, ConfigModel]]
Path = tuple[str, ...]


def extension_problems(sections: Sections, service: ServiceConfig) -> Iterator[Problem]:
    """Find the extensions that components in use name and that do not run: the collector would not start.

    Components that no pipeline has are never started, so that what they name does not matter.
    """
    running = set(service.extensions)
    for kind, component in _in_use(sections, service):
        path: Path = (kind.section, str(component))
        for where, extension in _uses(sections[kind][component], path):
            if extension not in running:
                configured = extension in sections[ComponentKind.EXTENSION]
                remedy = "add it there" if configured else "configure it under extensions and add it there"
                yield Problem(where, f'extension "{extension}" is not in service::extensions: {remedy}')


def _in_use(sections: Sections, service: ServiceConfig) -> Iterator[tuple[ComponentKind, ComponentId]]:
    used: dict[tuple[ComponentKind, ComponentId], None] = dict.fromkeys(
        (ComponentKind.EXTENSION, extension) for extension in service.extensions
    )
    for pipeline in service.pipelines.values():
        for ends, kind in ((pipeline.receivers, ComponentKind.RECEIVER), (pipeline.exporters, ComponentKind.EXPORTER)):
            for component in ends:
                used[ComponentKind.CONNECTOR if component in sections[ComponentKind.CONNECTOR] else kind, component] = None
        used.update(dict.fromkeys((ComponentKind.PROCESSOR, component) for component in pipeline.processors))
    return (use for use in used if use[1] in sections[use[0]])  # others are problems of their own


def _uses(settings: Any, path: Path) -> Iterator[tuple[Path, ComponentId]]:
    """Yield the extensions that settings name, with where; blocks that are turned off name none."""
    if isinstance(settings, BaseModel):
        if getattr(settings, "enabled", True) is False:
            return
        ours = type(settings).__module__.startswith(_OURS)  # elsewhere an id may be of anything
        for name, field in type(settings).model_fields.items():
            value = getattr(settings, name)
            if isinstance(value, ComponentId):
                if ours:
                    yield (*path, field.alias or name), value
            else:
                yield from _uses(value, (*path, field.alias or name))
        return
    members: Iterable[tuple[Any, Any]] = ()
    if isinstance(settings, Mapping):
        members = settings.items()
    elif isinstance(settings, list | tuple):
        members = enumerate(settings)
    for key, value in members:
        yield from _uses(value, (*path, str(key)))
