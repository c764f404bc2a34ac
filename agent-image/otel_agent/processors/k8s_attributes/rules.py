"""Labels and annotations that become attributes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from otel_agent.pdata.patterns import compile_pattern
from otel_agent.processors.k8s_attributes.config import FieldRule

OTEL_PREFIX = "resource.opentelemetry.io/"
"""Annotations by which a pod says its own resource attributes (semantic conventions for Kubernetes)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of one kind of object."""

    labels: tuple[Callable[[Mapping[str, str]], dict[str, str]], ...] = ()
    annotations: tuple[Callable[[Mapping[str, str]], dict[str, str]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.labels or self.annotations)

    def apply(self, labels: Mapping[str, str], annotations: Mapping[str, str]) -> dict[str, str]:
        """Return the attributes; of two rules for one attribute the later wins."""
        found: dict[str, str] = {}
        for rule in self.labels:
            found |= rule(labels)
        for rule in self.annotations:
            found |= rule(annotations)
        return found


def compile_rules(source: str, labels: Sequence[FieldRule], annotations: Sequence[FieldRule]) -> Rules:
    """Make the rules for objects of a kind; ValueError for a pattern that RE2 does not take."""
    return Rules(
        tuple(_compile(rule, f"k8s.{source}.labels.") for rule in labels if rule.source == source),
        tuple(_compile(rule, f"k8s.{source}.annotations.") for rule in annotations if rule.source == source),
    )


def _compile(rule: FieldRule, prefix: str) -> Callable[[Mapping[str, str]], dict[str, str]]:
    if rule.key:
        tag = rule.tag_name or prefix + rule.key
        return lambda found: {tag: found[rule.key]} if rule.key in found else {}
    pattern = compile_pattern(f"^(?:{rule.key_regex})$")

    def matching(found: Mapping[str, str]) -> dict[str, str]:
        matches = {key: pattern.search(key) for key in found}
        return {_tag(rule, prefix, key, match): found[key] for key, match in matches.items() if match is not None}

    return matching


def _tag(rule: FieldRule, prefix: str, key: str, match: object) -> str:
    if not rule.tag_name:
        return prefix + key
    tag = rule.tag_name
    groups = (match.group(0), *match.groups())  # type: ignore[attr-defined] # of RE2 and of re, which have no common type
    for number in reversed(range(len(groups))):
        tag = tag.replace(f"${{{number}}}", groups[number] or "").replace(f"${number}", groups[number] or "")
    return tag


def otel_annotations(annotations: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes that annotations say outright."""
    return {
        key.removeprefix(OTEL_PREFIX): value
        for key, value in annotations.items()
        if key.startswith(OTEL_PREFIX) and key != OTEL_PREFIX
    }
