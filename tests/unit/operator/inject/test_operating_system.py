"""A pod for Windows is known by any of the fields that say so."""

from typing import Any

import pytest

from otel_operator.inject.operating_system import windows_because


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"os": {"name": "windows"}, "nodeSelector": {"kubernetes.io/os": "linux"}}, "spec.os.name"),
        ({"nodeSelector": {"kubernetes.io/os": "windows"}}, "spec.nodeSelector[kubernetes.io/os]"),
        ({"nodeSelector": {"beta.kubernetes.io/os": "windows"}}, "spec.nodeSelector[beta.kubernetes.io/os]"),
        ({"os": {"name": "linux"}, "nodeSelector": {"kubernetes.io/os": "linux", "disk": "windows"}}, ""),
        ({"os": None, "nodeSelector": ["kubernetes.io/os"]}, ""),
        ({}, ""),
    ],
)
def test_the_field_that_says_windows_is_named(spec: dict[str, Any], field: str) -> None:
    assert windows_because(spec) == field
