"""Where each worker keeps its files: the first in the configured directory itself, as a collector of one process does.

So whatever the number of workers was and is, the first finds what is in the directory, and can tell what others have left.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.pipeline.seat import Seat

_NAME = re.compile(r"worker-([1-9][0-9]{0,3})")


def directory_of(base: Path, number: int) -> Path:
    """Directory of a worker."""
    return base / f"worker-{number}" if number else base


def is_nobodys(directory: Path, seat: Seat) -> bool:
    """Whether a directory is that of a worker which there is not now."""
    match = _NAME.fullmatch(directory.name)
    return match is not None and int(match[1]) >= seat.size


def abandoned(base: Path, seat: Seat, kind: ComponentKind, component: ComponentId, part: str) -> Iterator[Path]:
    """Yield the directories of workers that no longer run a component, in order; only the first worker takes them over."""
    if seat.number:
        return
    found = sorted((int(match[1]), path) for path in base.iterdir() if (match := _NAME.fullmatch(path.name)))
    for number, path in found:
        if not seat.runs_elsewhere(kind, component, part, number):
            yield path
