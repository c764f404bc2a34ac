"""What an image depends on, as one digest: same inputs, same archive, no build."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

SOURCE_SUFFIXES = {".py", ".json", ".yaml", ".j2", ".toml", ".txt", ".typed", ".rs", ".md"}


def files_of(roots: Iterable[Path]) -> list[Path]:
    """Return the source files below `roots` in a stable order; byte code and build output do not count."""
    found: set[Path] = set()
    for root in roots:
        if root.is_file():
            found.add(root)
            continue
        for path in root.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and (path.suffix in SOURCE_SUFFIXES or path.name == "Dockerfile"):
                found.add(path)
    return sorted(found)


def digest(roots: Iterable[Path], *words: str) -> str:
    """Hash file names, contents and further `words` (base image, builder) to 16 hex digits."""
    total = hashlib.sha256()
    for path in files_of(roots):
        total.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    for word in words:
        total.update(word.encode() + b"\0")
    return total.hexdigest()[:16]
