import logging
import resource
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_agent.extensions.file_storage.budget import DiskBudget
from otel_agent.extensions.file_storage.segment_log import SegmentLog
from otel_agent.pipeline.storage import Delete, Operation, Put, StorageError, StorageFullError
from otel_agent.telemetry.instruments import Counter

Open = Callable[..., SegmentLog]
KEYS = st.sampled_from("abcdef")
OPERATION = st.one_of(st.builds(Put, KEYS, st.binary(max_size=60)), st.builds(Delete, KEYS))
STEPS = st.lists(st.one_of(st.lists(OPERATION, min_size=1, max_size=3), st.sampled_from(["reopen", "compact"])), max_size=40)


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    def make(name: str = "log", segment_bytes: int = 200, limit: int = 0, fsync: bool = False) -> SegmentLog:
        budget = DiskBudget(limit, Counter(), Counter())
        log = SegmentLog(tmp_path / name, budget, logging.getLogger("test"), fsync=fsync, segment_bytes=segment_bytes)
        log.load()
        assert budget.used == log.disk_bytes
        return log

    return make


def contents(log: SegmentLog) -> dict[str, bytes | None]:
    keys = log.keys()
    return {key: log.get(key) for key in keys}


def files(log_folder: Path) -> int:
    return sum(path.stat().st_size for path in log_folder.iterdir())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(steps=STEPS, fsync=st.booleans())
def test_a_log_is_a_map_through_reopening_and_compaction(
    opened: Open, tmp_path_factory: pytest.TempPathFactory, steps: list[list[Operation] | str], fsync: bool
) -> None:
    name = str(tmp_path_factory.mktemp("log"))
    log, model = opened(name, fsync=fsync), dict[str, bytes]()
    for step in steps:
        if step == "reopen":
            log.close()
            log = opened(name, fsync=fsync)
        elif step == "compact":
            log.compact()
        else:
            assert isinstance(step, list)
            log.apply(step)
            for operation in step:
                if isinstance(operation, Put):
                    model[operation.key] = operation.value
                else:
                    model.pop(operation.key, None)
        assert contents(log) == model
        assert files(Path(name)) == log.disk_bytes
    log.close()


def test_a_queue_passing_through_leaves_no_files_behind(opened: Open, tmp_path: Path) -> None:
    log = opened()
    for number in range(200):
        log.apply([Put(str(number), b"x" * 50)])
        if number >= 3:
            log.apply([Delete(str(number - 3))])
    assert log.disk_bytes < 1200
    assert files(tmp_path / "log") == log.disk_bytes


def test_a_value_that_stays_does_not_hold_up_the_space_of_those_that_went(opened: Open) -> None:
    log = opened()
    log.apply([Put("stays", b"here")])
    for number in range(200):
        log.apply([Put(str(number), b"x" * 50), Delete(str(number))])
    assert log.get("stays") == b"here"
    assert log.disk_bytes < 1200


def test_every_start_leaving_a_file_does_not_fill_the_folder_with_files(opened: Open, tmp_path: Path) -> None:
    for number in range(150):
        log = opened(segment_bytes=10_000)
        log.apply([Put(str(number), b"x")])
        log.close()
    assert len(opened(segment_bytes=10_000).keys()) == 150
    assert len(list((tmp_path / "log").iterdir())) <= 66


def test_a_full_storage_refuses_and_counts_but_deletes(opened: Open) -> None:
    log = opened(limit=500)
    log.apply([Put("a", b"x" * 400)])
    with pytest.raises(StorageFullError, match="max_size_mib"):
        log.apply([Put("b", b"x" * 100)])
    assert contents(log) == {"a": b"x" * 400}
    log.apply([Delete("a")])
    log.apply([Put("b", b"x" * 20)])
    assert contents(log) == {"b": b"x" * 20}


def test_a_damaged_record_is_reported_and_the_others_kept(opened: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    log = opened(segment_bytes=10_000)
    log.apply([Put("a", b"first value")])
    log.apply([Put("b", b"second value")])
    log.close()
    path = next((tmp_path / "log").iterdir())
    path.write_bytes(path.read_bytes().replace(b"first", b"fi?st"))
    assert contents(opened(segment_bytes=10_000)) == {"b": b"second value"}
    assert "Storage is damaged" in caplog.text


def test_a_disk_that_takes_part_of_a_record_leaves_the_log_as_it_was(opened: Open, tmp_path: Path) -> None:
    log = opened(segment_bytes=100_000)
    log.apply([Put("a", b"x" * 300)])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, before[1]))
    try:
        with pytest.raises(StorageFullError, match="File too large"):
            log.apply([Put("b", b"y" * 1000)])
        assert files(tmp_path / "log") == log.disk_bytes
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    log.apply([Put("c", b"z")])
    assert contents(log) == {"a": b"x" * 300, "c": b"z"}
    log.close()
    assert contents(opened()) == {"a": b"x" * 300, "c": b"z"}


def test_a_file_that_vanished_is_an_error_of_its_keys_only(opened: Open, tmp_path: Path) -> None:
    log = opened(segment_bytes=100)
    log.apply([Put("a", b"x" * 100)])
    log.apply([Put("b", b"y" * 100)])
    min((tmp_path / "log").iterdir()).unlink()
    with pytest.raises(StorageError, match="No such file"):
        log.get("a")
    assert log.get("b") == b"y" * 100
