"""Where built things live, and how two builders at once share the place.

Go builds and image builds take minutes, so their results are kept in one folder outside the checkout, named after a hash of
their inputs: a changed input is another name, never a stale file.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


def cache_dir() -> Path:
    """Return the cache folder: ``$OTEL_OPERATOR_CACHE``, else ``otel-operator`` under the user's XDG cache folder."""
    chosen = os.environ.get("OTEL_OPERATOR_CACHE")
    if chosen:
        return Path(chosen).absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base).absolute() if base else Path.home() / ".cache") / "otel-operator"


def digest(parts: Iterable[str | bytes]) -> str:
    """Return 16 hex digits that change whenever a part, or the border between two parts, changes."""
    sha = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        sha.update(len(raw).to_bytes(8, "big"))
        sha.update(raw)
    return sha.hexdigest()[:16]


@contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Hold an exclusive lock on ``path`` (made if missing); says on stderr when it has to wait for another process.

    The kernel drops the lock when its holder dies, so there is nothing stale to clean up.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"{what}: waiting for another process that does the same ({path})", file=sys.stderr, flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def made_once(group: str, name: str, inputs: Sequence[str | bytes], make: Callable[[Path], None]) -> Path:
    """Return the folder of the cache that belongs to these inputs, below ``group``; ``make`` fills it in a scratch folder first.

    A folder is there whole or not at all; what ``make`` raises is passed on.
    """
    folder = cache_dir() / group / f"{name}-{digest(inputs)}"
    with locked(folder.with_suffix(".lock"), f"{group} {name}"):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{name}.") as scratch:
                made = Path(scratch, "made")
                made.mkdir()
                make(made)
                made.rename(folder)
    return folder
