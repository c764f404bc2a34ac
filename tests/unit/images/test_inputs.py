"""What makes an image anew."""

import re

import pytest

from e2e.images.build import IMAGES, requirements
from e2e.images.inputs import ROOT, files_of


def sources(name: str) -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in files_of(ROOT / source for source in IMAGES[name].sources)}


def test_native_code_is_an_input_of_the_collector_only() -> None:
    native = {path for path in sources("collector") if path.startswith("agent-image/native/")}
    assert {"agent-image/native/Cargo.toml", "agent-image/native/src/lib.rs", "agent-image/native/src/kernel/wire.rs"} <= native
    assert not any("/target/" in path for path in native), "build output is no input"
    assert not any(path.startswith("agent-image/native/") for path in sources("operator"))


def test_the_operators_image_leaves_the_extension_out() -> None:
    assert "/opt/operator/lib/otel_agent/_native*.so" in (ROOT / "operator/Dockerfile").read_text()


@pytest.mark.parametrize("name", [name for name, recipe in IMAGES.items() if recipe.wheels])
def test_all_that_is_installed_into_an_image_is_pinned_with_hashes_pip_itself_too(name: str) -> None:
    lines = [line for path in requirements(IMAGES[name]) for line in path.read_text().splitlines() if line]
    pinned = [line for line in lines if not line.startswith((" ", "#"))]
    assert any(line.startswith("pip==") for line in pinned)
    for line in pinned:
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+", line), line
        assert line.endswith("\\"), f"{line} has no hash"
