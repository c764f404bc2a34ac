"""The decoded configuration, and the decoder that reports all its mistakes at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError

from otel_agent.config.component import ComponentId, ComponentInfo, ComponentKind
from otel_agent.config.expanded import plain, unwrapped
from otel_agent.config.extension_uses import extension_problems
from otel_agent.config.ids import parse_component_id
from otel_agent.config.model import ConfigModel
from otel_agent.config.outline import is_reference, outline
from otel_agent.config.problem import ConfigError, Problem
from otel_agent.config.references import reference_paths
from otel_agent.config.registry import ComponentLoadError, Registry
from otel_agent.config.service import ServiceConfig
from otel_agent.config.structure import structure_problems
from otel_agent.config.wording import problems_of

Section = Mapping[ComponentId, ConfigModel]
M = TypeVar("M", bound=ConfigModel)

_SECTIONS = sorted([*(kind.section for kind in ComponentKind), "service"])


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration without mistakes. Ids keep the spelling of the configuration, aliases included."""

    receivers: Section = field(default_factory=dict)
    processors: Section = field(default_factory=dict)
    exporters: Section = field(default_factory=dict)
    connectors: Section = field(default_factory=dict)
    extensions: Section = field(default_factory=dict)
    service: ServiceConfig = field(default_factory=ServiceConfig)

    def section(self, kind: ComponentKind) -> Section:
        """Components of one kind."""
        sections = (self.receivers, self.processors, self.exporters, self.connectors, self.extensions)
        return dict(zip(ComponentKind, sections, strict=True))[kind]


@dataclass(frozen=True, slots=True)
class Leniency:
    """What a check leaves out."""

    known_components: bool = True
    """False: a component type that is not installed here is no mistake."""
    references: bool = False
    """True: `${…}` is not resolved, and values that contain it are not checked."""
    allow_no_pipelines: bool = False


def decode(raw: Mapping[str, Any], registry: Registry, *, allow_no_pipelines: bool = False) -> Config:
    """Decode a resolved configuration; ConfigError with every problem. Logs the use of aliases."""
    decoder = Decoder(registry, Leniency(allow_no_pipelines=allow_no_pipelines))
    config = decoder.decode(raw)
    if decoder.problems or decoder.broken_rules:
        raise ConfigError([*decoder.problems, *decoder.broken_rules])
    for kind in ComponentKind:
        for component in config.section(kind):
            registry.report_alias(kind, component.type, registry.info(kind, component.type))
    return config


class Decoder:
    """Decodes one configuration; what has `problems` is missing in the result, `broken_rules` are those between sections."""

    def __init__(self, registry: Registry, leniency: Leniency) -> None:
        self.problems: list[Problem] = []
        self.broken_rules: list[Problem] = []
        self._registry = registry
        self._leniency = leniency

    def decode(self, raw: Mapping[str, Any]) -> Config:
        """Decode everything that can be decoded."""
        if not raw:
            self.problems.append(Problem((), "empty configuration file"))
            return Config()
        for key in raw:
            if key not in _SECTIONS:
                self.problems.append(Problem((key,), f"unknown key (valid keys: {', '.join(_SECTIONS)})"))
        by_kind = {kind: self._section(kind, raw.get(kind.section)) for kind in ComponentKind}
        service = self._model(ServiceConfig, raw.get("service"), ("service",))
        self.broken_rules.extend(
            structure_problems(outline(raw), self._supports, allow_no_pipelines=self._leniency.allow_no_pipelines)
        )
        if service is not None:
            self.broken_rules.extend(extension_problems(by_kind, service))
        sections = {kind.section: section for kind, section in by_kind.items()}
        return Config(service=service or ServiceConfig(), **sections)

    def _section(self, kind: ComponentKind, raw: Any) -> Section:
        raw = unwrapped(raw)
        components: dict[ComponentId, ConfigModel] = {}
        if raw is None or (self._leniency.references and is_reference(raw)):
            return components
        if not isinstance(raw, Mapping):
            self._add((kind.section,), "expected a map of component ids to their settings")
            return components
        seen: set[ComponentId] = set()
        for key, body in raw.items():
            path = (kind.section, key)
            try:
                component = parse_component_id(key)
            except ValueError as error:
                self._add(path, str(error))
                continue
            if component in seen:
                self._add(path, f'duplicate name "{component}"')
            seen.add(component)
            config = self._component(kind, component, body, path)
            if config is not None:
                components[component] = config
        return components

    def _component(self, kind: ComponentKind, component: ComponentId, body: Any, path: tuple[str, ...]) -> ConfigModel | None:
        try:
            info = self._registry.find(kind, component.type)
            if info is not None:
                return self._model(self._registry.config_model(info), body, path)
        except ComponentLoadError as error:
            self._add(path, str(error))
            return None
        if self._leniency.known_components:
            self._add(path, self._unknown_type(kind, component))
        elif not isinstance(plain(body), Mapping | None) and not is_reference(body):
            self._add(path, "expected a map of settings")
        return None

    def _unknown_type(self, kind: ComponentKind, component: ComponentId) -> str:
        if kind is ComponentKind.EXPORTER and component.type == "logging":
            return "the logging exporter has been removed, use the debug exporter instead"
        valid = " ".join(self._registry.types(kind))
        return f'unknown type: "{component.type}" for id: "{component}" (valid values: [{valid}])'

    def _model(self, model: type[M], raw: Any, path: tuple[str, ...]) -> M | None:
        raw = unwrapped(raw)
        references: Collection[tuple[str, ...]] = ()
        if self._leniency.references:
            if is_reference(raw):
                return None
            references = set(reference_paths(raw))
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            self.problems.extend(problems_of(error, model, raw, path, references))
            return None

    def _supports(self, kind: ComponentKind, component: ComponentId) -> frozenset[str] | None:
        try:
            info: ComponentInfo | None = self._registry.find(kind, component.type)
        except ComponentLoadError:
            return None
        return frozenset(info.stability) if info is not None else None

    def _add(self, path: tuple[str, ...], message: str) -> None:
        self.problems.append(Problem(path, message))
