"""What is there before the program is ready is no garbage collection's business afterwards."""

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from otel_operator.webhook.footprint import settle_memory


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


class Ring:
    """Refers to itself, so that only the garbage collector frees it."""

    def __init__(self) -> None:
        self.itself = self


def test_what_lives_is_out_of_the_collectors_sight() -> None:
    kept = Ring()
    settle_memory()
    assert not any(seen is kept for seen in gc.get_objects())


def test_garbage_is_freed_and_not_frozen() -> None:
    Ring()
    settle_memory()
    gc.unfreeze()
    assert not any(isinstance(seen, Ring) for seen in gc.get_objects())


def test_the_webhooks_own_modules_do_not_load_pydantic() -> None:
    program = "import otel_operator.webhook.assembly, sys; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
