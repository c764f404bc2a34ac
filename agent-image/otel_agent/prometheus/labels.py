"""Label sets: built from attributes, written as the text formats have them, and read back from that text."""

import re
from collections.abc import Iterable, Mapping

from otel_agent.prometheus.names import LabelNamer, is_legacy_label

Pairs = Iterable[tuple[str, str]]

_PAIR = re.compile(r',?(?:"((?:[^"\\]|\\.)*)"|([^=",]+))="((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def translated(attributes: Pairs, namer: LabelNamer) -> dict[str, str]:
    """Return labels by name; values whose names come out the same are joined by `;` in the order of their keys.

    ValueError for a key that makes no label name.
    """
    labels: dict[str, str] = {}
    origin: dict[str, str] = {}
    for key, value in sorted(attributes):
        name = namer.name(key)
        if name in labels and origin[name] != key:
            labels[name] = f"{labels[name]};{value}"
        else:  # a key that comes twice: the last value counts
            labels[name] = value
        origin[name] = key
    return labels


def labels_text(labels: Mapping[str, str]) -> str:
    """Return `a="1",b="2"`, sorted by name; a name of other than legacy characters is quoted, too."""
    return ",".join(f'{_name(name)}="{escape(value)}"' for name, value in sorted(labels.items()))


def labels_of(text: str) -> list[tuple[str, str]]:
    """Read back what `labels_text` wrote."""
    return [(unescape(quoted) if quoted else bare, unescape(value)) for quoted, bare, value in _PAIR.findall(text)]


def escape(value: str) -> str:
    """Escape a label value, or a quoted name."""
    if "\\" in value or '"' in value or "\n" in value:
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
    return value


def unescape(text: str) -> str:
    """Undo `escape`."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], text) if "\\" in text else text


def _name(name: str) -> str:
    return name if is_legacy_label(name) else f'"{escape(name)}"'
