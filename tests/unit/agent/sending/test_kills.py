from pathlib import Path

import pytest

from tests.soak.persistent_queue import soak


@pytest.mark.parametrize("seed", [7])
async def test_a_collector_killed_under_load_delivers_everything_it_acknowledged(tmp_path: Path, seed: int) -> None:
    ledger = await soak(tmp_path, kills=3, seed=seed, seconds=(0.5, 1.5), say=False)
    assert len(ledger.acknowledged) > 100
    assert ledger.missing == set()
    assert ledger.corrupted == 0
