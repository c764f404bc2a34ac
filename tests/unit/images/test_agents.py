"""What the auto-instrumentation images are made of."""

import json
import re
from pathlib import Path

import pytest

from e2e.images.agents import PYTHONS, SOURCES, for_one_python
from e2e.images.apps import APPS
from e2e.images.build import IMAGES, PRODUCT
from e2e.images.inputs import ROOT

PYTHON_PINS = [SOURCES / "python" / "requirements.txt", *sorted(APPS.glob("*/requirements.txt"))]
NPM_LOCKS = [SOURCES / "nodejs" / "package-lock.json", *sorted(APPS.glob("*/package-lock.json"))]


@pytest.mark.parametrize("pins", PYTHON_PINS, ids=lambda path: path.parent.name)
def test_python_packages_are_pinned_with_hashes_for_every_version_without_an_address(pins: Path) -> None:
    text = pins.read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert lines
    for line in lines:
        assert re.fullmatch(r"[\w.-]+==\S+ \\", line), f"{line}: a marker would be judged by the Python that builds the image"
    assert "://" not in text


@pytest.mark.parametrize("path", NPM_LOCKS, ids=lambda path: path.parent.name)
def test_npm_packages_have_exact_versions_and_digests_and_no_address(path: Path) -> None:
    text = path.read_text()
    assert "://" not in text
    packages = {name: package for name, package in json.loads(text)["packages"].items() if name}
    assert packages
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    wanted = json.loads((path.parent / "package.json").read_text())["dependencies"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted


def test_the_java_agent_is_held_to_its_digest() -> None:
    (line,) = (SOURCES / "java" / "jars.sha256").read_text().splitlines()
    (version,) = re.findall(r"<version>(\d+\.\d+\.\d+)</version>", (SOURCES / "java" / "pom.xml").read_text())
    assert re.fullmatch(rf"[0-9a-f]{{64}}  opentelemetry-javaagent-{re.escape(version)}\.jar", line)
    assert "repositor" not in (SOURCES / "java" / "pom.xml").read_text()


@pytest.mark.parametrize("name", [name for name, recipe in IMAGES.items() if recipe.content])
def test_a_dockerfile_copies_the_content_that_is_put_there_for_it(name: str) -> None:
    assert f"COPY build/content/{name}" in (ROOT / IMAGES[name].dockerfile).read_text()


def test_the_agents_are_images_of_the_product() -> None:
    assert {"autoinstrumentation-python", "autoinstrumentation-nodejs", "autoinstrumentation-java"} < set(PRODUCT)


def test_only_wheels_for_one_python_are_fetched_again_for_the_next() -> None:
    pins = "".join(
        f"{name}==1 \\\n    --hash=sha256:0\n" for name in ("Charset-Normalizer", "protobuf", "psutil", "requests", "wrapt")
    )
    wheels = [
        "charset_normalizer-1-cp310-cp310-manylinux1_x86_64.whl",
        "protobuf-1-cp310-abi3-manylinux2014_x86_64.whl",
        "psutil-1-cp36-abi3-manylinux2010_x86_64.whl",
        "requests-1-py3-none-any.whl",
        "wrapt-1-cp310-cp310-manylinux1_x86_64.whl",
    ]
    assert re.findall(r"^([\w-]+)==", for_one_python(pins, wheels), re.MULTILINE) == ["Charset-Normalizer", "wrapt"]


def test_the_first_of_the_pythons_is_the_oldest_that_the_agent_starts_on() -> None:
    start = (SOURCES / "python" / "sitecustomize.py").read_text()
    assert f"OLDEST = ({PYTHONS[0].replace('.', ', ')})" in start
