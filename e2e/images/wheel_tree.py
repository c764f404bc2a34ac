"""Unpacks the wheels of several Python versions into one tree that serves them all.

A package's modules are the same in all of its wheels; its extensions are not, but each is named after the Python that it is for
(`_wrappers.cpython-311-x86_64-linux-gnu.so`, or `.abi3.so` for all), so they lie side by side and an interpreter picks its own.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from e2e.cluster.errors import BuildError


def unpack(wheels: Iterable[Path], into: Path) -> None:
    """Put the contents of all wheels into a folder, as `pip install --target` lays them out, programs and headers left out.

    Raises BuildError for a file that two wheels have with different contents, but for their own descriptions: of these the first
    one stays, which is what entry points and versions are read from.
    """
    for wheel in sorted(wheels):
        with zipfile.ZipFile(wheel) as archive:
            for entry in archive.infolist():
                target = _target(PurePosixPath(entry.filename))
                if target is not None and not entry.is_dir():
                    _write(into / target, archive.read(entry), wheel)


def _target(name: PurePosixPath) -> PurePosixPath | None:
    """Return where an archive's entry goes; None for what a tree of modules has no place for."""
    if ".." in name.parts or name.is_absolute():
        raise BuildError(f"a wheel names a path outside of it: {name}")
    if not name.parts[0].endswith(".data"):
        return name
    return PurePosixPath(*name.parts[2:]) if name.parts[1] in ("purelib", "platlib") else None


def _write(path: Path, content: bytes, wheel: Path) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    elif path.read_bytes() != content and not path.parent.name.endswith(".dist-info"):
        raise BuildError(
            f"{path.name} of {wheel.name} differs from that of another wheel, so one tree cannot serve both: "
            "pin versions whose wheels agree"
        )
