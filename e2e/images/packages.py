"""Fetches npm packages and jars by the pins that lie beside a program, into a folder of the cache, made once.

Nothing here names a registry: npm and Maven take packages from where the user's own settings say, and what comes is held to the
digests of package-lock.json and jars.sha256.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from e2e.cluster.cache import cache_dir, made_once
from e2e.cluster.errors import BuildError
from e2e.cluster.progress import Progress

LOCKS = ("package.json", "package-lock.json")
JARS = ("pom.xml", "jars.sha256")
_COPY_DEPENDENCIES = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


def from_npm(group: str, name: str, folder: Path, *, npm: str | None = None) -> Path:
    """Return a folder with the packages that ``folder``'s package-lock.json names, in node_modules.

    Raises BuildError when npm is missing, or with its last lines when it fails.
    """
    program = npm or program_for(folder, "npm", "Node.js with npm")
    locks = [folder / lock for lock in LOCKS]
    return made_once(group, name, [lock.read_bytes() for lock in locks], lambda scratch: _install(program, locks, scratch))


def from_maven(group: str, name: str, folder: Path, *, mvn: str | None = None) -> Path:
    """Return a folder with the jars that ``folder``'s pom.xml names, each with the digest that jars.sha256 says.

    Raises BuildError when Maven is missing, with its last lines when it fails, and for a jar that is another than the listed one.
    """
    program = mvn or program_for(folder, "mvn", "Maven")
    pom, sums = (folder / name for name in JARS)
    return made_once(group, name, [pom.read_bytes(), sums.read_bytes()], lambda scratch: _fetch(program, pom, sums, scratch))


def program_for(folder: Path, name: str, product: str) -> str:
    """Return the path of a program; BuildError says what needs it when it is not on PATH."""
    found = shutil.which(name)
    if found is None:
        raise BuildError(f"{name} is not on PATH, and {folder.name} is built with it: install {product}")
    return found


def run(command: Sequence[str | Path], what: str, folder: Path | None = None) -> None:
    """Run a builder, showing ``what`` meanwhile; BuildError with its last lines when it fails."""
    with Progress(what):
        answer(command, what, folder)


def answer(command: Sequence[str | Path], what: str, folder: Path | None = None) -> str:
    """Return what a program printed; BuildError with its last lines when it fails."""
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"{what}: {command[0]} failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def _install(npm: str, locks: Sequence[Path], folder: Path) -> None:
    for lock in locks:
        shutil.copy(lock, folder)
    # No package here needs its install script.
    run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], f"install the npm packages of {locks[0].parent.name}", folder)


def _fetch(mvn: str, pom: Path, sums: Path, folder: Path) -> None:
    repository = cache_dir() / "interop" / "maven-repository"
    command = [mvn, "-B", "-q", "-f", str(pom), f"-Dmaven.repo.local={repository}"]
    run([*command, _COPY_DEPENDENCIES, f"-DoutputDirectory={folder}"], f"fetch the jars of {pom.parent.name}")
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in sorted(folder.glob("*.jar"))}
    wanted = {name: sha for sha, name in (line.split() for line in sums.read_text().splitlines())}
    if wrong := sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name)):
        raise BuildError(f"Maven brought other jars than {sums} lists: {', '.join(wrong)}; see README.md on changing versions")
