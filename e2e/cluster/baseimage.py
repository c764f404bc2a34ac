"""Base images made from Debian packages, for machines that reach a Debian mirror but no image registry."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from e2e.cluster import debian
from e2e.cluster.apt_sources import mirror_lines
from e2e.cluster.cache import cache_dir, digest, locked
from e2e.cluster.errors import BuildError
from e2e.cluster.progress import Progress

_KEY_LABEL = "otel-operator.inputs"
_LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
# How this machine reaches its mirror (proxy, retries, relaxed dates) is its apt's business, and holds for the image's too.
_MACHINE_OPTIONS = re.compile(r'^(Acquire::(?:https?::|Check-|Retries)\S*) "(.*)";$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DebianBase:
    """A base image: packages of one Debian suite, and the program that it runs unless told otherwise."""

    name: str
    suite: str
    program: str
    packages: tuple[str, ...]
    folders: tuple[str, ...] = ()
    """What packages expect to be there, among what is left out of images."""

    @property
    def reference(self) -> str:
        """Name and tag in buildah's storage."""
        return f"localhost/{self.name}:{self.suite}"


PYTHON = DebianBase("python-base", "bookworm", "python3", ("python3", "ca-certificates"))
"""Python 3.11."""


def ensure_base_image(base: DebianBase = PYTHON) -> str:
    """Return the reference of a base image in buildah's storage.

    Built once (about a minute) with mmdebstrap from the mirrors in this machine's apt configuration. Raises BuildError.
    """
    debian.install(debian.IMAGE_PACKAGES)
    options = machine_options(output(["apt-config", "dump"]))
    command = [
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        "--format=tar",
        f"--include={','.join(base.packages)}",
        *[f"--aptopt={option}" for option in options],
        *[f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT],
        *[f'--essential-hook=mkdir -p "$1{folder}"' for folder in base.folders],
    ]
    mirrors = mirror_lines(base.suite)
    key = digest([*command, base.suite, *mirrors])
    rootfs = cache_dir() / "images" / f"rootfs-{base.suite}-{key}.tar"
    with locked(rootfs.with_suffix(".lock"), "base image"):
        if present(base.reference, key):
            return base.reference
        with Progress(f"base image {base.reference} (Debian {base.suite} with {base.packages[0]})") as progress:
            if not rootfs.exists():
                progress.detail = "Debian packages"
                unfinished = rootfs.with_suffix(f".{os.getpid()}.tar")
                output([*command, base.suite, str(unfinished), *mirrors])
                unfinished.rename(rootfs)
            progress.detail = "image"
            commit(rootfs, base.reference, base.program, key)
    return base.reference


def machine_options(dump: str) -> list[str]:
    """Return the options of ``apt-config dump`` that say how to reach a mirror, as ``Name "value"``."""
    return [f'{name} "{value}"' for name, value in _MACHINE_OPTIONS.findall(dump) if value]


def present(reference: str, key: str) -> bool:
    """Whether buildah's storage has the image, made of the inputs with this key."""
    found = subprocess.run(
        ["buildah", "images", "--quiet", "--filter", f"label={_KEY_LABEL}={key}", reference],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.returncode == 0 and bool(found.stdout.strip())


def commit(rootfs: Path, reference: str, program: str, key: str, *, base: str = "scratch") -> None:
    """Make an image of a file system (an archive or a folder) on top of another image, labelled with the key of its inputs."""
    container = output(["buildah", "from", base]).strip()
    try:
        output(["buildah", "add", "--quiet", container, str(rootfs), "/"])
        settings = ["--cmd", program, "--env", "LANG=C.UTF-8", "--label", f"{_KEY_LABEL}={key}"]
        output(["buildah", "config", *settings, container])
        output(["buildah", "commit", "--quiet", container, reference])
    finally:
        output(["buildah", "rm", container])


def output(command: list[str]) -> str:
    """Run a command and return what it prints; BuildError with its last words when it fails or is not installed."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise BuildError(f"{command[0]} is not installed: install the Debian package that brings it") from error
    if done.returncode:
        raise BuildError(f"{' '.join(command[:4])} ... failed:\n{(done.stderr or done.stdout)[-3000:]}")
    return done.stdout
