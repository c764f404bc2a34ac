"""Programs that did not come up."""

from collections.abc import Callable

import pytest

from e2e.cluster.errors import ComponentError
from tests.benchmarks.collector.attempts import TRIES, start_again


def failing(times: int) -> Callable[[], str]:
    left = [times]

    def measure() -> str:
        if left[0]:
            left[0] -= 1
            raise ComponentError(f"address already in use ({left[0]} more)")
        return "figures"

    return measure


def test_a_measurement_whose_programs_did_not_come_up_is_started_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert start_again(failing(TRIES - 1)) == "figures"
    assert "address already in use" in "".join(capsys.readouterr())


def test_programs_that_never_come_up_end_the_run_with_the_reason() -> None:
    with pytest.raises(ComponentError, match=r"address already in use \(0 more\)"):
        start_again(failing(TRIES))


def test_other_faults_are_not_tried_again() -> None:
    calls = []

    def measure() -> None:
        calls.append(1)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        start_again(measure)
    assert len(calls) == 1
