"""Component types by kind and name, found through the entry point group `otel_agent.components`, imported only when asked for."""

import logging
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module, metadata
from typing import Any

from otel_agent.config.component import ComponentInfo, ComponentKind
from otel_agent.config.model import ConfigModel

ENTRY_POINT_GROUP = "otel_agent.components"

_logger = logging.getLogger("otel_agent.config")


class ComponentLoadError(Exception):
    """An installed component cannot be imported."""


class Registry:
    """Component types. A test passes its own: `Registry([ComponentInfo(...), ...])`."""

    def __init__(self, infos: Iterable[ComponentInfo] = ()) -> None:
        self._loaded = {(info.kind, info.type): info for info in infos}
        self._pending: dict[tuple[str, str], metadata.EntryPoint] = {}
        self._models: dict[tuple[ComponentKind, str], type[ConfigModel]] = {}
        self._reported: set[tuple[ComponentKind, str]] = set()

    @classmethod
    def installed(cls) -> "Registry":
        """Every component type that installed distributions declare."""
        registry = cls()
        for entry_point in metadata.entry_points(group=ENTRY_POINT_GROUP):
            kind, _, name = entry_point.name.partition(".")
            registry._pending[kind, name] = entry_point
        return registry

    def find(self, kind: ComponentKind, name: str) -> ComponentInfo | None:
        """Type with this name or alias, None when there is none; ComponentLoadError when it cannot be imported."""
        if (kind, name) in self._loaded or (kind, name) in self._pending:
            return self._load(kind, name)
        broken: ComponentLoadError | None = None
        for known in self.types(kind):
            try:
                info = self._load(kind, known)
            except ComponentLoadError as error:
                broken = broken or error
                continue
            if name in info.aliases:
                return info
        if broken is not None:
            raise broken
        return None

    def info(self, kind: ComponentKind, name: str) -> ComponentInfo:
        """Like `find`, but KeyError when there is none."""
        info = self.find(kind, name)
        if info is None:
            raise KeyError(f"no {kind} type {name}")
        return info

    def infos(self, kind: ComponentKind) -> list[ComponentInfo]:
        """All types of a kind, by name."""
        return [self._load(kind, name) for name in self.types(kind)]

    def types(self, kind: ComponentKind) -> list[str]:
        """Names of all types of a kind, aliases left out, without importing them."""
        return sorted({name for known, name in (*self._loaded, *self._pending) if known == kind})

    def config_model(self, info: ComponentInfo) -> type[ConfigModel]:
        """Import the configuration model of a type."""
        model = self._models.get((info.kind, info.type))
        if model is None:
            model = _import(info.config, info)
            if not (isinstance(model, type) and issubclass(model, ConfigModel)):
                raise ComponentLoadError(f'{info.kind} "{info.type}" ({info.config}) is not a ConfigModel')
            self._models[info.kind, info.type] = model
        return model

    def create(self, kind: ComponentKind, name: str) -> Callable[[Any, Any], Any]:
        """Import the factory of a type: `create(config, context) -> Component`."""
        info = self.info(kind, name)
        factory: Callable[[Any, Any], Any] = _import(info.factory, info)
        return factory

    def report_alias(self, kind: ComponentKind, name: str, info: ComponentInfo) -> None:
        """Log, once for each name, that a configuration uses an alias."""
        if name != info.type and (kind, name) not in self._reported:
            self._reported.add((kind, name))
            _logger.warning('%s type "%s" is deprecated, use "%s" instead', kind, name, info.type)

    def _load(self, kind: ComponentKind, name: str) -> ComponentInfo:
        key = (kind, name)
        if key not in self._loaded:
            entry_point = self._pending[key]
            try:
                info = entry_point.load()
            except Exception as error:  # whatever a third party's module raises
                raise ComponentLoadError(f'{kind} "{name}" ({entry_point.value}) cannot be imported: {error!r}') from error
            if not isinstance(info, ComponentInfo):
                raise ComponentLoadError(f'{kind} "{name}" ({entry_point.value}) is not a ComponentInfo')
            self._loaded[key] = info
        return self._loaded[key]


def _import(reference: str, info: ComponentInfo) -> Any:
    module, _, attribute = reference.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except Exception as error:  # whatever a third party's module raises
        raise ComponentLoadError(f'{info.kind} "{info.type}" ({reference}) cannot be imported: {error!r}') from error


@cache
def installed_registry() -> Registry:
    """Process-wide registry of the installed components."""
    return Registry.installed()
