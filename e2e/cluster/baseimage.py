"""A Python base image made from Debian packages, for machines that reach a Debian mirror but no image registry."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from e2e.cluster import debian
from e2e.cluster.apt_sources import mirror_lines
from e2e.cluster.cache import cache_dir, digest, locked
from e2e.cluster.errors import BuildError
from e2e.cluster.progress import Progress

SUITE = "bookworm"
PYTHON = "3.11"
REFERENCE = f"localhost/python-base:{SUITE}"
PACKAGES = ("python3", "ca-certificates")
_KEY_LABEL = "otel-operator.inputs"
_LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
# How this machine reaches its mirror (proxy, retries, relaxed dates) is its apt's business, and holds for the image's too.
_MACHINE_OPTIONS = re.compile(r'^(Acquire::(?:https?::|Check-|Retries)\S*) "(.*)";$', re.MULTILINE)


def ensure_base_image() -> str:
    """Return the reference of the base image in buildah's storage: Debian 12 with Python 3.11 and CA certificates.

    Built once (about a minute) with mmdebstrap from the mirrors in this machine's apt configuration. Raises BuildError.
    """
    debian.install(debian.IMAGE_PACKAGES)
    options = machine_options(_output(["apt-config", "dump"]))
    command = [
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        "--format=tar",
        f"--include={','.join(PACKAGES)}",
        *[f"--aptopt={option}" for option in options],
        *[f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT],
    ]
    mirrors = mirror_lines(SUITE)
    key = digest([*command, *mirrors])
    rootfs = cache_dir() / "images" / f"rootfs-{SUITE}-{key}.tar"
    with locked(rootfs.with_suffix(".lock"), "base image"):
        if _present(key):
            return REFERENCE
        with Progress(f"base image {REFERENCE} (Debian {SUITE} with Python {PYTHON})") as progress:
            if not rootfs.exists():
                progress.detail = "Debian packages"
                unfinished = rootfs.with_suffix(f".{os.getpid()}.tar")
                _output([*command, SUITE, str(unfinished), *mirrors])
                unfinished.rename(rootfs)
            progress.detail = "image"
            _commit(rootfs, key)
    return REFERENCE


def machine_options(dump: str) -> list[str]:
    """Return the options of ``apt-config dump`` that say how to reach a mirror, as ``Name "value"``."""
    return [f'{name} "{value}"' for name, value in _MACHINE_OPTIONS.findall(dump) if value]


def _present(key: str) -> bool:
    found = subprocess.run(
        ["buildah", "images", "--quiet", "--filter", f"label={_KEY_LABEL}={key}", REFERENCE],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.returncode == 0 and bool(found.stdout.strip())


def _commit(rootfs: Path, key: str) -> None:
    container = _output(["buildah", "from", "scratch"]).strip()
    try:
        _output(["buildah", "add", "--quiet", container, str(rootfs), "/"])
        settings = ["--cmd", "python3", "--env", "LANG=C.UTF-8", "--label", f"{_KEY_LABEL}={key}"]
        _output(["buildah", "config", *settings, container])
        _output(["buildah", "commit", "--quiet", container, REFERENCE])
    finally:
        _output(["buildah", "rm", container])


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise BuildError(f"{command[0]} is not installed: install the Debian package that brings it") from error
    if done.returncode:
        raise BuildError(f"{' '.join(command[:4])} ... failed:\n{(done.stderr or done.stdout)[-3000:]}")
    return done.stdout
