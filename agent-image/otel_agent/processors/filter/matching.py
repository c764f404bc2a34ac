"""Configuration of the old include and exclude blocks."""

from enum import StrEnum
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from otel_agent.config.model import ConfigModel
from otel_agent.ottl.contexts.logs import ENUMS
from otel_agent.ottl.patterns import regex


class MatchType(StrEnum):
    """How names and texts are compared."""

    STRICT = "strict"
    REGEXP = "regexp"
    EXPR = "expr"


class RegexpOptions(ConfigModel):
    """Accepted for the sake of old configurations: patterns need no cache here."""

    cacheenabled: bool = False
    cachemaxnumentries: int = 0


class AttributeMatch(ConfigModel):
    """An attribute that has to be there, and its value if one is given."""

    key: str = Field(min_length=1)
    value: Any = None


class LibraryMatch(ConfigModel):
    """An instrumentation scope."""

    name: str = ""
    version: str | None = None


class MatchBlock(ConfigModel):
    """What all match blocks have."""

    match_type: MatchType
    regexp: RegexpOptions | None = None

    def texts(self) -> list[str]:
        """Return what is compared as `match_type` says, to be checked."""
        return []

    @field_validator("match_type")
    @classmethod
    def check_match_type(cls, match_type: MatchType) -> MatchType:
        """Refuse expressions of the expr language, which is not OTTL."""
        if match_type is MatchType.EXPR:
            raise ValueError("match_type expr is not supported; write OTTL conditions in metric_conditions instead")
        return match_type

    @model_validator(mode="after")
    def check_patterns(self) -> Self:
        """Refuse what is no regular expression where one is asked for."""
        if self.match_type is MatchType.REGEXP:
            for text in self.texts():
                regex(text)
        return self


def _values(attributes: list[AttributeMatch]) -> list[str]:
    return [attribute.value for attribute in attributes if isinstance(attribute.value, str)]


class SpanMatch(MatchBlock):
    """Of spans: all the lists that are given have to match, each by one of its members (attributes and resources by all)."""

    services: list[str] = Field(default_factory=list)
    span_names: list[str] = Field(default_factory=list)
    span_kinds: list[str] = Field(default_factory=list)
    attributes: list[AttributeMatch] = Field(default_factory=list)
    resources: list[AttributeMatch] = Field(default_factory=list)
    libraries: list[LibraryMatch] = Field(default_factory=list)

    def texts(self) -> list[str]:
        """Return what is compared as `match_type` says."""
        named = [library.name for library in self.libraries] + [library.version or "" for library in self.libraries]
        return [*self.services, *self.span_names, *self.span_kinds, *_values(self.attributes), *_values(self.resources), *named]

    @model_validator(mode="after")
    def check_not_empty(self) -> Self:
        """Refuse a block that would match everything."""
        if not (self.services or self.span_names or self.span_kinds or self.attributes or self.resources or self.libraries):
            raise ValueError("one of services, span_names, span_kinds, attributes, resources or libraries has to be given")
        return self


class MetricMatch(MatchBlock):
    """Of metrics."""

    metric_names: list[str] = Field(default_factory=list)
    expressions: list[str] = Field(default_factory=list)
    resource_attributes: list[AttributeMatch] = Field(default_factory=list)

    def texts(self) -> list[str]:
        """Return what is compared as `match_type` says."""
        return [*self.metric_names, *_values(self.resource_attributes)]

    @field_validator("expressions")
    @classmethod
    def check_expressions(cls, expressions: list[str]) -> list[str]:
        """Refuse expressions."""
        if expressions:
            raise ValueError("expressions are not supported; write OTTL conditions in metric_conditions instead")
        return expressions


class SeverityMatch(ConfigModel):
    """The least severity that matches."""

    min: str = ""
    match_undefined: bool = False

    @field_validator("min")
    @classmethod
    def check_severity(cls, severity: str) -> str:
        """Refuse what is no severity."""
        if severity and severity_number(severity) is None:
            raise ValueError(f"'{severity}' is not a valid severity")
        return severity


def severity_number(severity: str) -> int | None:
    """Return the number of a severity's short name, or of its number as text; None for neither."""
    if severity.isdigit():
        return int(severity) if 1 <= int(severity) <= 24 else None
    return ENUMS.get(f"SEVERITY_NUMBER_{severity.upper()}") or None


class LogMatch(MatchBlock):
    """Of log records."""

    resource_attributes: list[AttributeMatch] = Field(default_factory=list)
    record_attributes: list[AttributeMatch] = Field(default_factory=list)
    severity_texts: list[str] = Field(default_factory=list)
    severity_number: SeverityMatch | None = None
    bodies: list[str] = Field(default_factory=list)

    def texts(self) -> list[str]:
        """Return what is compared as `match_type` says."""
        values = [*_values(self.resource_attributes), *_values(self.record_attributes)]
        return [*self.severity_texts, *self.bodies, *values]
