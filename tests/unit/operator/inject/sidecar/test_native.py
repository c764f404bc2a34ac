import pytest

from otel_operator.inject.sidecar.native import has_native_sidecars


@pytest.mark.parametrize(
    ("major", "minor", "native"),
    [
        ("1", "28", False),
        ("1", "28+", False),
        ("1", "29", True),
        ("1", "29+", True),
        ("1", "34", True),
        ("2", "0", True),
        ("", "", False),
    ],
)
def test_native_sidecars_come_with_1_29(major: str, minor: str, native: bool) -> None:
    assert has_native_sidecars({"major": major, "minor": minor}) is native
