"""Target groups in files, JSON or YAML; patterns are looked through again, so files may come and go."""

import asyncio
import glob
from collections.abc import Sequence
from pathlib import Path

import orjson
import yaml

from otel_agent.receivers.prometheus.discovery.groups import DiscoveryError, TargetGroup, parse_groups
from otel_agent.receivers.prometheus.discovery.refresh import Look
from otel_agent.receivers.prometheus.settings.discovery import FileDiscovery

_MAX_FILE = 64 * 1024 * 1024
_MAX_FILES = 10_000
LOOK_SECONDS = 5.0
"""How often the files' times are looked at; refresh_interval, where shorter, wins."""

_Stamp = tuple[int, int, int]


def look_into(config: FileDiscovery) -> Look:
    """Return the look of one file_sd_config."""
    known: dict[str, tuple[_Stamp, list[TargetGroup]]] = {}

    async def look() -> Sequence[TargetGroup] | None:
        return await asyncio.to_thread(_refresh, config.files, known)

    return look


def _refresh(patterns: Sequence[str], known: dict[str, tuple[_Stamp, list[TargetGroup]]]) -> Sequence[TargetGroup] | None:
    """Read what changed; a file that cannot be read keeps its groups, one that is gone loses them."""
    names = sorted({name for pattern in patterns for name in glob.glob(pattern)})[:_MAX_FILES]
    changed = bool(known.keys() - set(names))
    for name in known.keys() - set(names):
        del known[name]
    problem: DiscoveryError | None = None
    for name in names:
        try:
            stamp = _stamp(name)
            if name not in known or known[name][0] != stamp:
                known[name] = stamp, _read(name)
                changed = True
        except DiscoveryError as error:
            problem = error
        except OSError as error:
            problem = DiscoveryError(f"{name}: {error.strerror}")
    if problem is not None and not changed:
        raise problem
    return [group for _, groups in known.values() for group in groups] if changed else None


def _stamp(name: str) -> _Stamp:
    found = Path(name).stat()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(name: str) -> list[TargetGroup]:
    with Path(name).open("rb") as opened:
        content = opened.read(_MAX_FILE + 1)
    if len(content) > _MAX_FILE:
        raise DiscoveryError(f"{name}: larger than {_MAX_FILE} bytes")
    try:
        parsed = orjson.loads(content) if name.lower().endswith(".json") else yaml.safe_load(content)
    except (orjson.JSONDecodeError, yaml.YAMLError, ValueError, RecursionError) as error:
        raise DiscoveryError(f"{name}: {error}") from error
    groups = parse_groups(parsed, name)
    return [TargetGroup(group.source, group.targets, {**group.labels, "__meta_filepath": name}) for group in groups]
