"""The scenarios' sample applications as folders of the cache: program and dependencies, as /opt/app of their images holds them.

They know nothing about OpenTelemetry. A Python application's dependencies are in lib/, for one Python version.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from e2e.cluster import binaries
from e2e.cluster.cache import made_once
from e2e.cluster.errors import BuildError
from e2e.images import packages
from e2e.images.inputs import ROOT
from e2e.images.wheel_tree import unpack
from e2e.images.wheels import IMAGE_PYTHON, WheelError, download

APPS = ROOT / "e2e" / "injection" / "apps"
JAVA_RELEASE = "17"


def python_app(name: str, python: str = IMAGE_PYTHON) -> Path:
    """Return the folder of a Python application, its dependencies for that Python. Raises BuildError."""
    return python_tree(name, APPS / name / f"{name}.py", python)


def python_tree(name: str, program: Path, python: str = IMAGE_PYTHON) -> Path:
    """Return a folder with a Python program, and in lib/ what requirements.txt beside it pins. Raises BuildError."""
    pins = program.parent / "requirements.txt"

    def fill(folder: Path) -> None:
        with tempfile.TemporaryDirectory() as wheels:
            try:
                download([pins], Path(wheels), python=python)
            except WheelError as error:
                raise BuildError(f"{name} for Python {python}: {error}") from error
            unpack(Path(wheels).glob("*.whl"), folder / "lib")
        shutil.copy(program, folder)

    return made_once("apps", f"{name}-{python}", [pins.read_bytes(), program.read_bytes()], fill)


def node_app(name: str) -> Path:
    """Return the folder of a Node.js application. Raises BuildError."""
    return node_tree(name, APPS / name / f"{name}.js")


def node_tree(name: str, *programs: Path) -> Path:
    """Return a folder with programs of one folder, and what package-lock.json beside them names. Raises BuildError."""
    source = programs[0].parent
    installed = packages.from_npm("apps", f"{name}-npm", source)

    def fill(folder: Path) -> None:
        shutil.copytree(installed, folder, dirs_exist_ok=True)
        for program in programs:
            shutil.copy(program, folder)

    inputs = [path.read_bytes() for path in (*(source / lock for lock in packages.LOCKS), *programs)]
    return made_once("apps", name, inputs, fill)


def java_app(name: str) -> Path:
    """Return the folder with the classes of a Java application that has no dependencies. Raises BuildError."""
    program = APPS / name / f"{name.title()}.java"
    javac = packages.program_for(program.parent, "javac", f"a JDK {JAVA_RELEASE} or newer")
    command: list[str | Path] = [javac, "--release", JAVA_RELEASE, "-encoding", "UTF-8", program, "-d"]
    return made_once("apps", name, [program.read_bytes()], lambda folder: packages.run([*command, folder], f"compile {name}"))


def go_app(name: str) -> Path:
    """Return the folder with the program of a Go application that has no dependencies. Raises BuildError."""
    source = APPS / name
    program = binaries.Module(name, {name: f"otel-operator/e2e/{name}"}, ldflags="", folder=source)

    def fill(folder: Path) -> None:
        shutil.copy(binaries.ensure([name], [program])[name], folder)

    return made_once("apps", name, [(source / part).read_bytes() for part in ("go.mod", f"{name}.go")], fill)
