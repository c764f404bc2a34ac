"""Brings the programs of the stock SDKs to where they can run: packages and classes in the cache folder, made once.

Nothing here names a registry: npm and Maven take packages from where the user's own settings say, and what comes is held to the
digests that lie beside the programs (package-lock.json, jars.sha256).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from e2e.cluster.cache import cache_dir, digest, locked
from e2e.cluster.errors import BuildError
from e2e.cluster.progress import Progress

HERE = Path(__file__).parent
NODE_PACKAGES = ("package.json", "package-lock.json")
LEAST_NODE = (20, 6)
JARS = HERE / "java" / "jars.sha256"
COPY_DEPENDENCIES = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


class MissingRuntime(Exception):
    """This machine lacks the programs that a language needs; the message names them."""


def python() -> list[str]:
    """Return the command of the Python program; its SDK is among the development dependencies."""
    return [sys.executable, str(HERE / "python" / "program.py")]


def node() -> list[str]:
    """Return the command of the Node.js program, installing its packages when they are not there yet."""
    program, npm = _on_path("node", "npm")
    version = tuple(int(part) for part in re.findall(r"\d+", _output([program, "--version"]))[:2])
    if version < LEAST_NODE:
        raise MissingRuntime(f"the Node.js SDK needs node 20.6 or newer, {program} is {version[0]}.{version[1]}")
    locks = [HERE / "node" / name for name in NODE_PACKAGES]
    folder = _made_once("node", [lock.read_bytes() for lock in locks], lambda scratch: _install_packages(npm, locks, scratch))
    # An SDK's stderr is for its complaints; Node.js has some of its own about TLS to an IP address.
    return [program, "--no-deprecation", str(HERE / "node" / "program.mjs"), str(folder)]


def java() -> list[str]:
    """Return the command of the Java program, fetching its jars and compiling it when that has not been done yet."""
    program, javac, mvn = _on_path("java", "javac", "mvn")
    source, pom = HERE / "java" / "Program.java", HERE / "java" / "pom.xml"
    jars = _made_once("java-jars", [pom.read_bytes(), JARS.read_bytes()], lambda scratch: _fetch_jars(mvn, pom, scratch))
    inputs: list[str | bytes] = [source.read_bytes(), JARS.read_bytes(), _output([javac, "-version"])]
    command = [javac, "-encoding", "UTF-8", "-cp", f"{jars}/*", str(source), "-d"]
    classes = _made_once("java-classes", inputs, lambda scratch: _run([*command, str(scratch)], "compile the Java program"))
    # A short-lived program on a shared machine: the second compiler and a parallel collector only cost start-up time.
    options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", "-Dfile.encoding=UTF-8"]
    return [program, *options, "-cp", f"{classes}{os.pathsep}{jars}/*", "Program"]


def _on_path(*names: str) -> list[str]:
    found = {name: shutil.which(name) for name in names}
    if missing := [name for name, path in found.items() if path is None]:
        raise MissingRuntime(f"not on PATH: {', '.join(missing)}")
    return [path for path in found.values() if path is not None]


def _made_once(name: str, inputs: Sequence[str | bytes], make: Callable[[Path], None]) -> Path:
    """Return the folder of the cache that belongs to these inputs; `make` fills it in a scratch folder first."""
    folder = cache_dir() / "interop" / f"{name}-{digest(inputs)}"
    with locked(folder.with_suffix(".lock"), f"interop {name}"):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{name}.") as scratch:
                made = Path(scratch, "made")
                made.mkdir()
                make(made)
                made.rename(folder)
    return folder


def _install_packages(npm: str, locks: Sequence[Path], folder: Path) -> None:
    for lock in locks:
        shutil.copy(lock, folder)
    # No package here needs its install script.
    _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], "install the Node.js SDK's packages", folder)


def _fetch_jars(mvn: str, pom: Path, folder: Path) -> None:
    repository = cache_dir() / "interop" / "maven-repository"
    command = [mvn, "-B", "-q", "-f", str(pom), f"-Dmaven.repo.local={repository}"]
    _run([*command, COPY_DEPENDENCIES, f"-DoutputDirectory={folder}"], "fetch the Java SDK's jars")
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in sorted(folder.glob("*.jar"))}
    wanted = {name: sha for sha, name in (line.split() for line in JARS.read_text().splitlines())}
    if wrong := sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name)):
        raise BuildError(f"Maven brought other jars than {JARS} lists: {', '.join(wrong)}; see README.md on changing versions")


def _run(command: Sequence[str], what: str, folder: Path | None = None) -> None:
    with Progress(what):
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(f"{what}: {command[0]} failed:\n{(done.stdout + done.stderr)[-3000:]}")


def _output(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        raise MissingRuntime(f"{command[0]} does not run: {error}") from error
    return done.stdout
