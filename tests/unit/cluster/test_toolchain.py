from __future__ import annotations

import re

import pytest

from e2e.cluster.binaries import MODULES
from e2e.cluster.toolchain import MINIMUM, PACKAGE, version_of


@pytest.mark.parametrize(
    ("text", "numbers"), [("go1.26.8", (1, 26, 8)), ("go1.27rc1", (1, 27)), ("devel go1.28-abc", ()), ("", ())]
)
def test_go_versions_are_read_as_numbers(text: str, numbers: tuple[int, ...]) -> None:
    assert version_of(text) == numbers


def test_every_module_is_satisfied_with_the_minimum_version() -> None:
    for path in MODULES.glob("*/go.mod"):
        found = re.search(r"^go (\d+)\.(\d+)", path.read_text(), re.MULTILINE)
        assert found is not None, path
        assert (int(found[1]), int(found[2])) <= MINIMUM, path


def test_the_packaged_toolchain_is_new_enough() -> None:
    assert version_of("go" + PACKAGE.partition("==")[2]) >= MINIMUM
