"""Spelling of component ids (`type` or `type/name`) and pipeline ids (`signal` or `signal/name`)."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, InstanceOf, PlainSerializer

from otel_agent.config.component import ComponentId

SIGNALS = ("traces", "metrics", "logs")

_TYPE = re.compile(r"[a-zA-Z][0-9a-zA-Z_]{0,62}")
_MAX_NAME = 1024
_REFUSED_CATEGORIES = frozenset("ZCS")


@dataclass(frozen=True, slots=True, order=True)
class PipelineId:
    """`signal` or `signal/name`; signal is one of SIGNALS."""

    signal: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.signal}/{self.name}" if self.name else self.signal


def parse_component_id(text: Any) -> ComponentId:
    """Parse `type[/name]`, both parts trimmed; ValueError with the rule that was broken."""
    kind, name = _split(text)
    if not _TYPE.fullmatch(kind):
        rule = "use at most 63 letters, digits and _, a letter first"
        raise ValueError(f'in "{text}" id: invalid type "{kind}": {rule}')
    return ComponentId(kind, name)


def parse_pipeline_id(text: Any) -> PipelineId:
    """Parse `signal[/name]`; ValueError for anything but traces, metrics and logs."""
    signal, name = _split(text)
    if signal not in SIGNALS:
        raise ValueError(f'in "{text}" id: unknown pipeline signal "{signal}" (valid values: {", ".join(SIGNALS)})')
    return PipelineId(signal, name)


def _split(text: Any) -> tuple[str, str]:
    if not isinstance(text, str):
        raise ValueError(f"id must be a string, got {text!r}")
    if not text.strip():
        raise ValueError("id must not be empty")
    kind, slash, name = text.partition("/")
    kind, name = kind.strip(), name.strip()
    if not kind:
        raise ValueError(f'in "{text}" id: the part before / should not be empty')
    if slash and not name:
        raise ValueError(f'in "{text}" id: the part after / should not be empty')
    if len(name) > _MAX_NAME or any(unicodedata.category(character)[0] in _REFUSED_CATEGORIES for character in name):
        rule = f"must be at most {_MAX_NAME} characters, no spaces or symbols"
        raise ValueError(f'in "{text[:_MAX_NAME]}" id: the part after / {rule}')
    return kind, name


ComponentIdText = Annotated[
    InstanceOf[ComponentId],
    BeforeValidator(lambda value: value if isinstance(value, ComponentId) else parse_component_id(value)),
    PlainSerializer(str, return_type=str),
]
"""Field type for a reference to a component: written as a string, decoded to a ComponentId."""
