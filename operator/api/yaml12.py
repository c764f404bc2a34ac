"""YAML as Go's yaml.v3 reads and writes it: only true and false are booleans, dates and 1:30 are text.

Reading is the collector's own reader, so that both see the same document.
"""

from typing import Any

import yaml

from otel_agent.config.yaml_document import YamlError
from otel_agent.config.yaml_document import parse_documents as load_all
from otel_agent.config.yaml_document import parse_yaml as load
from otel_agent.config.yaml_scalars import resolve_plain

__all__ = ["YamlError", "dump", "load", "load_all"]

_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_LETTERS_READ_AS_BOOLEANS_ELSEWHERE = frozenset({"y", "Y", "n", "N"})


class _Dumper(_DUMPER):  # type: ignore[misc]
    """Quotes every text that a YAML 1.1 or 1.2 reader would take for something else; never writes anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: Any, text: str) -> Any:
    if "\n" in text:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
    plain = resolve_plain(text)
    ambiguous = not isinstance(plain, str) or text in _LETTERS_READ_AS_BOOLEANS_ELSEWHERE
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if ambiguous else None)


_Dumper.add_representer(str, _text)


def dump(value: Any) -> str:
    """Write JSON-like data as block-style YAML, keys in the order given, unchanged when read back."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**30, default_flow_style=False)
    return text
