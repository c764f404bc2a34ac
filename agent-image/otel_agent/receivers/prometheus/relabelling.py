"""Relabelling rules compiled to a function over a set of labels (Prometheus' relabel package describes each action)."""

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Any

from otel_agent.pdata.patterns import compile_pattern
from otel_agent.receivers.prometheus.settings.relabel import RelabelConfig

Labels = dict[str, str]
"""Label name to value; a label with an empty value does not exist."""
Rule = Callable[[Labels], bool]
"""Changes the labels in place; False drops what they belong to."""
Relabel = Callable[[Labels], bool]
"""All rules of a list, in order."""

_REFERENCE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)\})", re.ASCII)


def compile_rules(configs: Sequence[RelabelConfig]) -> Relabel | None:
    """Compile a list of rules, None for an empty one; ValueError for a pattern that is none."""
    rules = [_compile(config) for config in configs]
    if not rules:
        return None

    def relabel(labels: Labels) -> bool:
        return all(rule(labels) for rule in rules)

    return relabel


def _compile(config: RelabelConfig) -> Rule:
    sources, separator, target = config.source_labels, config.separator, config.target_label
    search = compile_pattern(f"^(?s:{config.regex})$").search

    def joined(labels: Labels) -> str:
        return separator.join([labels.get(name, "") for name in sources])

    match config.action:
        case "keep":
            return lambda labels: search(joined(labels)) is not None
        case "drop":
            return lambda labels: search(joined(labels)) is None
        case "keepequal":
            return lambda labels: labels.get(target, "") == joined(labels)
        case "dropequal":
            return lambda labels: labels.get(target, "") != joined(labels)
        case "lowercase":
            return lambda labels: _set(labels, target, joined(labels).lower())
        case "uppercase":
            return lambda labels: _set(labels, target, joined(labels).upper())
        case "hashmod":
            return lambda labels: _set(labels, target, str(hash_modulo(joined(labels), config.modulus)))
        case "labeldrop":
            return lambda labels: _delete(labels, [name for name in labels if search(name) is not None])
        case "labelkeep":
            return lambda labels: _delete(labels, [name for name in labels if search(name) is None])
        case "labelmap":
            return _labelmap(search, config.replacement)
        case "replace":
            return _replace(joined, search, target, config.replacement)


def _replace(joined: Callable[[Labels], str], search: Callable[[str], Any], target: str, replacement: str) -> Rule:
    expand_target, expand = _template(target), _template(replacement)

    def replace(labels: Labels) -> bool:
        found = search(joined(labels))
        if found is None:
            return True
        name = expand_target(found)
        # a name that comes out empty leaves the labels alone
        return _set(labels, name, expand(found)) if name else True

    return replace


def _labelmap(search: Callable[[str], Any], replacement: str) -> Rule:
    expand = _template(replacement)

    def labelmap(labels: Labels) -> bool:
        for name, value in list(labels.items()):
            if (found := search(name)) is not None:
                _set(labels, expand(found), value)
        return True

    return labelmap


def hash_modulo(text: str, modulus: int) -> int:
    """Return the last 8 bytes of the MD5 sum as a big-endian number, modulo `modulus`: what shards targets everywhere."""
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "big") % modulus


def _set(labels: Labels, name: str, value: str) -> bool:
    if value:
        labels[name] = value
    else:
        labels.pop(name, None)
    return True


def _delete(labels: Labels, names: list[str]) -> bool:
    for name in names:
        del labels[name]
    return True


def _template(text: str) -> Callable[[Any], str]:
    """Return what puts the groups of a match in the place of `$1`, `${1}`, `${name}`; unknown groups are empty, as in Go."""
    if "$" not in text:
        return lambda _: text

    def expand(found: Any) -> str:
        return _REFERENCE.sub(lambda reference: _group(found, reference), text)

    return expand


def _group(found: Any, reference: re.Match[str]) -> str:
    if reference[1]:
        return "$"
    name = reference[2] or reference[3]
    try:
        return found.group(int(name) if name.isdigit() else name) or ""
    except (IndexError, KeyError):
        return ""
