"""What an image depends on, as one digest: same inputs, same archive, no build."""

from collections.abc import Iterable
from pathlib import Path

from e2e.cluster.cache import digest as digest_of

ROOT = Path(__file__).resolve().parents[2]
SOURCE_SUFFIXES = {".py", ".json", ".yaml", ".j2", ".toml", ".txt", ".typed", ".rs", ".md", ".js", ".java", ".xml", ".sha256"}


def files_of(roots: Iterable[Path]) -> list[Path]:
    """Return the source files below `roots` in a stable order; byte code and build output do not count."""
    found: set[Path] = set()
    for root in roots:
        if root.is_file():
            found.add(root)
            continue
        for path in root.rglob("*"):
            if (
                path.is_file()
                and "__pycache__" not in path.parts
                and (path.suffix in SOURCE_SUFFIXES or path.name == "Dockerfile")
            ):
                found.add(path)
    return sorted(found)


def digest(roots: Iterable[Path], *words: str) -> str:
    """Hash file names, contents and further `words` (base image, builder) to 16 hex digits."""
    parts: list[str | bytes] = list(words)
    for path in files_of(roots):
        parts += [path.relative_to(ROOT).as_posix(), path.read_bytes()]
    return digest_of(parts)
