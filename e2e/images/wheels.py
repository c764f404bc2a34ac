"""The wheelhouse of an image: pinned dependencies downloaded for the image's Python, and this project's own wheel."""

import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from e2e.images.inputs import ROOT

IMAGE_PYTHON = "3.11"


class WheelError(RuntimeError):
    """pip could not download or build; the message holds its last lines."""


def _pip(*arguments: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise WheelError("\n".join((result.stdout + result.stderr).strip().splitlines()[-15:]))


# The C libraries that a wheel of each kind runs on, newest first; pip prefers the first.
GLIBC_2_28 = ("manylinux_2_28", "manylinux_2_17", "manylinux2014", "manylinux_2_5")


def download(
    requirements: Iterable[Path], into: Path, *, python: str = IMAGE_PYTHON, platforms: Sequence[str] = GLIBC_2_28
) -> None:
    """Download the wheels that the files pin (hashes checked) for a Python, some platforms and this machine's processor.

    Raises WheelError with pip's last lines. pip judges markers by the Python it runs on, not by ``python``: pins for another
    Python than the image's must have none.
    """
    into.mkdir(parents=True, exist_ok=True)
    _pip(
        "download", "--quiet", "--no-deps", "--only-binary=:all:", f"--python-version={python}", "--implementation=cp",
        *(f"--platform={name}_{platform.machine()}" for name in platforms), f"--dest={into}", "--require-hashes",
        *(f"--requirement={pinned}" for pinned in requirements),
    )  # fmt: skip


def build_project(into: Path) -> None:
    """Build this project's wheel; the build folders are removed first because setuptools keeps stale files in them.

    With a native extension they are named after the platform.
    """
    for stale in (ROOT / "build").glob("lib*"):
        shutil.rmtree(stale, ignore_errors=True)
    for old in into.glob("otel_operator-*.whl"):
        old.unlink()
    _pip("wheel", "--quiet", "--no-deps", "--no-build-isolation", f"--wheel-dir={into}", str(ROOT))
