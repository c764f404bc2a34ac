"""Which spans, log records or metrics a processor is for: the blocks `include` and `exclude` (collector specification 4.3)."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.model import ConfigModel, NoneBlock

SPAN_KINDS = (
    "SPAN_KIND_UNSPECIFIED",
    "SPAN_KIND_INTERNAL",
    "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER",
    "SPAN_KIND_CONSUMER",
)
"""By number."""

_OF_SIGNAL = {
    "traces": {"services", "span_names", "span_kinds", "attributes", "resources", "libraries"},
    "logs": {"log_bodies", "log_severity_texts", "log_severity_number", "attributes", "resources", "libraries"},
    "metrics": {"metric_names", "resources"},
}


class MatchedAttribute(ConfigModel):
    """An attribute that has to be there; with a value, of that value (regexp: in whose text the pattern is found)."""

    key: str = Field(min_length=1)
    value: Any = None


class MatchedLibrary(ConfigModel):
    """An instrumentation scope. Without a version any will do; an empty one is the scope without a version."""

    name: str
    version: str | None = None


class SeverityNumber(ConfigModel):
    """The least severity; `match_undefined` says whether records without one match."""

    min: int = 0
    match_undefined: bool = False


class RegexpConfig(ConfigModel):
    """Accepted without effect: patterns run in linear time and need no cache."""

    cacheenabled: bool = False
    cachemaxnumentries: int = Field(default=0, ge=0)


class MatchProperties(ConfigModel):
    """All fields that are given have to match; of a list of names one, of attributes, resources and libraries all."""

    match_type: Literal["strict", "regexp"]
    regexp: NoneBlock[RegexpConfig] = None
    services: list[str] = Field(default_factory=list)
    """Values of the resource's service.name."""
    span_names: list[str] = Field(default_factory=list)
    span_kinds: list[str] = Field(default_factory=list)
    """SPAN_KIND_SERVER and so on."""
    log_bodies: list[str] = Field(default_factory=list)
    log_severity_texts: list[str] = Field(default_factory=list)
    log_severity_number: NoneBlock[SeverityNumber] = None
    metric_names: list[str] = Field(default_factory=list)
    attributes: list[MatchedAttribute] = Field(default_factory=list)
    resources: list[MatchedAttribute] = Field(default_factory=list)
    libraries: list[MatchedLibrary] = Field(default_factory=list)

    @model_validator(mode="after")
    def check_properties(self) -> Self:
        """Refuse what no signal can match, span kinds that are none, and patterns for values that are no text."""
        given = self._given()
        if not any(given and given <= known for known in _OF_SIGNAL.values()):
            if not given:
                raise ValueError("at least one property to match must be given, such as services, attributes or metric_names")
            raise ValueError(f"{', '.join(sorted(given))} do not go together: no signal has all of them")
        if self.match_type == "strict" and (unknown := set(self.span_kinds) - set(SPAN_KINDS[1:])):
            raise ValueError(f"span_kinds: {', '.join(sorted(unknown))} is none of {', '.join(SPAN_KINDS[1:])}")
        if self.match_type == "regexp":
            for entry in (*self.attributes, *self.resources):
                if entry.value is not None and not isinstance(entry.value, str):
                    raise ValueError(f'the value of "{entry.key}" is a pattern under match_type regexp: write it as text')
        return self

    def check_signal(self, signal: str) -> None:
        """ValueError when a property is given that this signal ("traces", "metrics", "logs") does not have."""
        if foreign := self._given() - _OF_SIGNAL[signal]:
            raise ValueError(f"{', '.join(sorted(foreign))} cannot be matched in {signal}; use a processor of its own for them")

    def _given(self) -> set[str]:
        return {name for names in _OF_SIGNAL.values() for name in names if getattr(self, name) not in ([], None)}
