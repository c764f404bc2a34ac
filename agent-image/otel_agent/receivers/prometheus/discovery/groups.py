"""Target groups: what every mechanism gives."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_MAX_TARGETS = 100_000
"""Of one group; a file or server that names more is refused, so that memory stays bounded."""


class DiscoveryError(Exception):
    """Targets cannot be found now; those known before stay."""


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """Targets with labels in common. `source` names it within its mechanism: a later group of that name replaces it."""

    source: str
    targets: tuple[Mapping[str, str], ...] = ()
    """Labels of each, `__address__` among them."""
    labels: Mapping[str, str] = field(default_factory=dict)


Publish = Callable[[Sequence[TargetGroup]], None]
"""Takes all groups that a mechanism knows now."""
Discover = Callable[[Publish], Awaitable[None]]
"""Runs a mechanism until it is cancelled."""


def parse_groups(content: Any, source: str) -> list[TargetGroup]:
    """Read `[{"targets": […], "labels": {…}}]`, as files and HTTP endpoints have it; `DiscoveryError` for anything else."""
    if content is None:
        return []
    if not isinstance(content, list):
        raise DiscoveryError(f"{source}: expected a list of target groups")
    groups: list[TargetGroup] = []
    for index, item in enumerate(content):
        if not isinstance(item, dict) or set(item) - {"targets", "labels"}:
            raise DiscoveryError(f"{source}: group {index} must be a map with targets and labels, and nothing else")
        targets, labels = item.get("targets") or [], item.get("labels") or {}
        if not isinstance(targets, list) or not all(isinstance(target, str) for target in targets):
            raise DiscoveryError(f"{source}: the targets of group {index} must be a list of text")
        if not isinstance(labels, dict) or not all(isinstance(part, str) for pair in labels.items() for part in pair):
            raise DiscoveryError(f"{source}: the labels of group {index} must be a map of text")
        if len(targets) > _MAX_TARGETS:
            raise DiscoveryError(f"{source}: group {index} has more than {_MAX_TARGETS} targets")
        groups.append(TargetGroup(f"{source}:{index}", tuple({"__address__": target} for target in targets), labels))
    return groups
