"""What the auto-instrumentation images hold, as folders of the cache: `content(language)` has the image's root folder.

The operator's init containers copy from fixed paths, which are those of the public images: /javaagent.jar, /autoinstrumentation,
and /autoinstrumentation-musl for Python on musl.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from e2e.cluster.cache import made_once
from e2e.cluster.errors import BuildError
from e2e.cluster.progress import Progress
from e2e.images import packages
from e2e.images.inputs import ROOT
from e2e.images.wheel_tree import unpack
from e2e.images.wheels import WheelError, download

SOURCES = ROOT / "agent-image" / "autoinstrumentation"
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
# An application's image may be older than ours: wheels for the oldest C libraries that the packages still support.
PLATFORMS = {
    "autoinstrumentation": ("manylinux_2_17", "manylinux2014", "manylinux_2_12", "manylinux2010", "manylinux_2_5", "manylinux1"),
    "autoinstrumentation-musl": ("musllinux_1_2", "musllinux_1_1"),
}
_ENTRY = Path("opentelemetry", "instrumentation", "auto_instrumentation")
_NODE_PACKAGE = Path("node_modules", "@opentelemetry", "auto-instrumentations-node", "build", "src")
_NOT_RUN = (".map", ".md", ".ts")
"""Half of an npm tree is source maps and type declarations; a volume of 200Mi is copied for each pod."""


def content(language: str) -> Path:
    """Return a folder with what the root folder of a language's image holds. Raises BuildError."""
    return _CONTENTS[language]()


def python() -> Path:
    """Return a folder with a tree for glibc and one for musl, each for every Python of PYTHONS."""
    pins, start = SOURCES / "python" / "requirements.txt", SOURCES / "python" / "sitecustomize.py"
    inputs: list[str | bytes] = [pins.read_bytes(), start.read_bytes(), repr((PYTHONS, PLATFORMS))]
    return made_once("agents", "python", inputs, lambda scratch: _python_trees(pins, start, scratch))


def nodejs() -> Path:
    """Return a folder with the npm tree, what starts it in its root folder."""
    source = SOURCES / "nodejs"
    start = source / "autoinstrumentation.js"
    inputs = [(source / name).read_bytes() for name in packages.LOCKS] + [start.read_bytes(), repr(_NOT_RUN).encode()]
    return made_once("agents", "nodejs", inputs, lambda scratch: _node_tree(source, start, scratch / "autoinstrumentation"))


def java() -> Path:
    """Return a folder with the agent's jar."""
    source = SOURCES / "java"
    jars = packages.from_maven("agents", "java-jars", source)

    def fill(scratch: Path) -> None:
        (jar,) = jars.glob("*.jar")
        shutil.copy(jar, scratch / "javaagent.jar")

    return made_once("agents", "java", [(source / name).read_bytes() for name in packages.JARS], fill)


_CONTENTS: dict[str, Callable[[], Path]] = {"python": python, "nodejs": nodejs, "java": java}
LANGUAGES = tuple(_CONTENTS)


def _python_trees(pins: Path, start: Path, folder: Path) -> None:
    with Progress("Python agent: wheels") as progress:
        for tree, platforms in PLATFORMS.items():
            wheels = folder / "wheels" / tree
            wanted = pins
            for number, version in enumerate(PYTHONS):
                progress.detail = f"{tree}: Python {version}, {number + 1} of {len(PYTHONS)}"
                try:
                    download([wanted], wheels, python=version, platforms=platforms)
                except WheelError as error:
                    raise BuildError(f"{tree} for Python {version}: {error}") from error
                if wanted == pins:
                    wanted = folder / "wheels" / f"{tree}.txt"
                    wanted.write_text(for_one_python(pins.read_text(), [wheel.name for wheel in wheels.glob("*.whl")]))
            unpack(wheels.glob("*.whl"), folder / tree)
            shutil.copy(start, folder / tree / _ENTRY / start.name)
        shutil.rmtree(folder / "wheels")


def for_one_python(pins: str, wheels: Iterable[str]) -> str:
    """Return the pins of the packages whose wheel is for the Python that it was downloaded for, and for no other."""
    tags = [wheel.removesuffix(".whl").split("-") for wheel in wheels]
    names = {name.lower() for name, _, *_, abi, _ in tags if abi not in ("none", "abi3")}
    blocks = re.split(r"^(?=\w)", pins, flags=re.MULTILINE)
    return "".join(block for block in blocks if block.partition("==")[0].lower().replace("-", "_") in names)


def _node_tree(source: Path, start: Path, tree: Path) -> None:
    shutil.copytree(packages.from_npm("agents", "npm", source), tree)
    for path in tree.rglob("*"):
        if path.suffix in _NOT_RUN and path.is_file():
            path.unlink()
    # The injected NODE_OPTIONS name a file in the root folder, where the package's own modules have to be beside it.
    for module in (tree / _NODE_PACKAGE).glob("*.js"):
        os.link(module, tree / module.name)
    shutil.copy(start, tree / start.name)
