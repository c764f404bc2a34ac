"""Brings the programs of the stock SDKs to where they can run: packages and classes in the cache folder, made once.

Packages are fetched by e2e.images.packages, by the pins that lie beside the programs: package-lock.json; pom.xml, jars.sha256.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from e2e.cluster.cache import made_once
from e2e.images import packages

HERE = Path(__file__).parent
LEAST_NODE = (20, 6)
JARS = HERE / "java" / "jars.sha256"


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
    folder = packages.from_npm("interop", "node", HERE / "node", npm=npm)
    # An SDK's stderr is for its complaints; Node.js has some of its own about TLS to an IP address.
    return [program, "--no-deprecation", str(HERE / "node" / "program.mjs"), str(folder)]


def java() -> list[str]:
    """Return the command of the Java program, fetching its jars and compiling it when that has not been done yet."""
    program, javac, mvn = _on_path("java", "javac", "mvn")
    source = HERE / "java" / "Program.java"
    jars = packages.from_maven("interop", "java-jars", HERE / "java", mvn=mvn)
    inputs: list[str | bytes] = [source.read_bytes(), JARS.read_bytes(), _output([javac, "-version"])]
    command = [javac, "-encoding", "UTF-8", "-cp", f"{jars}/*", str(source), "-d"]
    classes = made_once(
        "interop", "java-classes", inputs, lambda scratch: packages.run([*command, str(scratch)], "compile the Java program")
    )
    # A short-lived program on a shared machine: the second compiler and a parallel collector only cost start-up time.
    options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", "-Dfile.encoding=UTF-8"]
    return [program, *options, "-cp", f"{classes}{os.pathsep}{jars}/*", "Program"]


def _on_path(*names: str) -> list[str]:
    found = {name: shutil.which(name) for name in names}
    if missing := [name for name, path in found.items() if path is None]:
        raise MissingRuntime(f"not on PATH: {', '.join(missing)}")
    return [path for path in found.values() if path is not None]


def _output(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        raise MissingRuntime(f"{command[0]} does not run: {error}") from error
    return done.stdout
