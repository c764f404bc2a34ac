"""Files that grow, move, are copied, truncated and deleted."""

import gzip
import os
import shutil
from typing import Any

import pytest


def test_lines_are_read_as_they_come(follow: Any) -> None:
    files = follow()
    files.write("a.log", "one\ntwo\nthr")
    assert files.bodies() == ["one", "two"]
    assert files.bodies() == []
    files.write("a.log", "ee\r\n  four  \n\n")
    assert files.bodies() == ["three", "four"]


def test_start_at_end_holds_only_for_files_of_the_first_poll(follow: Any) -> None:
    files = follow(start_at="end")
    files.write("a.log", "old\n")
    files.write("empty.log", "")
    assert files.bodies() == []
    files.write("a.log", "new\n")
    files.write("b.log", "all\n")
    files.write("empty.log", "filled\n")
    assert sorted(files.bodies()) == ["all", "filled", "new"]


def test_a_line_without_an_end_is_taken_after_the_flush_period(follow: Any) -> None:
    files = follow(force_flush_period="500ms")
    files.write("a.log", "part")
    assert files.bodies() == []
    files.now += 0.4
    files.write("a.log", "ial")
    assert files.bodies() == []
    files.now += 0.4
    assert files.bodies() == []
    files.now += 0.2
    assert files.bodies() == ["partial"]
    files.write("a.log", " rest\n")
    assert files.bodies() == ["rest"]


def test_without_a_flush_period_it_waits_for_ever(follow: Any) -> None:
    files = follow(force_flush_period=0)
    files.write("a.log", "part")
    files.bodies()
    files.now += 1e6
    assert files.bodies() == []


def test_rotation_by_rename_out_of_sight_reads_the_tail(follow: Any) -> None:
    files = follow()
    path = files.write("a.log", "one\n")
    assert files.bodies() == ["one"]
    with path.open("a") as writer:
        writer.write("two\n")
        writer.flush()
        path.rename(path.with_suffix(".old"))
        files.write("a.log", "three\n")
        assert sorted(files.bodies()) == ["three", "two"]
        writer.write("late\n")
        writer.flush()
        assert files.bodies() == ["late"]


def test_rotation_by_rename_in_sight_goes_on_where_it_was(follow: Any) -> None:
    files = follow(include_file_name=True)
    path = files.write("a.log", "one\n")
    assert files.bodies() == ["one"]
    path.rename(path.with_name("a.1.log"))
    files.write("a.1.log", "two\n")
    files.write("a.log", "new\n")
    found = {record.body.string_value: record.attributes[0].value.string_value for record in files.poll()}
    assert found == {"two": "a.1.log", "new": "a.log"}


def test_a_chain_of_renames_loses_and_doubles_nothing(follow: Any) -> None:
    files = follow()
    seen: list[str] = []
    expected = []
    for round_ in range(20):
        for line in range(5):
            expected.append(f"{round_}-{line}")
            files.write("a.log", f"{round_}-{line}\n")
            if line % 2:
                seen += files.bodies()
        for number in range(4, 0, -1):
            older = files.folder / f"a.{number}.log"
            if older.exists():
                older.rename(files.folder / f"a.{number + 1}.log")
        (files.folder / "a.log").rename(files.folder / "a.1.log")
    seen += files.bodies()
    assert sorted(seen) == sorted(expected)


def test_copytruncate_in_sight_of_the_copy_reads_every_line_once(follow: Any) -> None:
    files = follow()
    path = files.write("a.log", "one\ntwo\n")
    assert files.bodies() == ["one", "two"]
    files.write("a.log", "three\n")
    shutil.copy(path, files.folder / "a.1.log")
    os.truncate(path, 0)
    assert files.bodies() == ["three"]
    files.write("a.log", "four\n")
    assert files.bodies() == ["four"]


def test_a_copy_that_is_there_before_the_truncation_is_not_read(follow: Any) -> None:
    files = follow()
    path = files.write("a.log", "one\ntwo\n")
    assert files.bodies() == ["one", "two"]
    shutil.copy(path, files.folder / "copy.log")
    assert files.bodies() == []
    os.truncate(path, 0)
    assert files.bodies() == []
    files.write("copy.log", "more\n")
    assert files.bodies() == ["more"]


@pytest.mark.parametrize(("on_truncate", "expected"), [("read_whole_file", ["same", "x"]), ("read_new", []), ("ignore", [])])
def test_a_file_truncated_to_its_own_beginning(follow: Any, on_truncate: str, expected: list[str]) -> None:
    files = follow(on_truncate=on_truncate, fingerprint_size=16)
    path = files.write("a.log", "same".ljust(15) + "\nx\ny\n")
    assert files.bodies() == ["same", "x", "y"]
    os.truncate(path, 18)
    assert files.bodies() == expected
    files.write("a.log", "new\n")
    assert files.bodies() == (["w"] if on_truncate == "ignore" else ["new"])


def test_a_file_truncated_and_written_anew_is_read_from_its_beginning(follow: Any) -> None:
    files = follow()
    path = files.write("a.log", "one\ntwo\n")
    assert files.bodies() == ["one", "two"]
    path.write_text("other content, longer than before\n")
    assert files.bodies() == ["other content, longer than before"]


def test_a_file_that_grows_while_it_is_read_is_not_taken_for_a_truncated_one(follow: Any) -> None:
    files = follow()
    files.write("a.log", "".join(f"{number}\n" for number in range(200_000)))
    batch = files.tailer.begin_poll()
    items = 0
    rounds = 0
    while batch is not None and rounds < 200:
        items += batch.telemetry.items if batch.telemetry is not None else 0
        rounds += 1
        if rounds == 1:
            files.write("a.log", "".join(f"{number}\n" for number in range(200_000, 300_000)))
        batch = files.tailer.next_batch()
    assert items == 300_000


def test_a_file_deleted_and_made_again_is_another_one(follow: Any) -> None:
    files = follow()
    path = files.write("a.log", "one\n")
    assert files.bodies() == ["one"]
    path.unlink()
    files.write("a.log", "two\n")
    assert files.bodies() == ["two"]


def test_files_that_begin_alike_are_told_apart_once_they_differ(follow: Any) -> None:
    files = follow()
    files.write("a.log", "banner\n")
    files.write("b.log", "banner\n")
    first = files.bodies()
    files.write("b.log", "of b\n")
    files.write("a.log", "of a\n")
    assert sorted(first + files.bodies()) == ["banner", "banner", "of a", "of b"]


def test_a_file_seen_through_two_paths_is_read_once(follow: Any) -> None:
    files = follow()
    path = files.write("a.log", "one\n")
    os.symlink(path, files.folder / "link.log")
    os.link(path, files.folder / "hard.log")
    assert files.bodies() == ["one"]


def test_a_folder_that_vanishes_is_told_once_and_read_on_when_it_comes_back(
    follow: Any, caplog: pytest.LogCaptureFixture
) -> None:
    files = follow()
    files.write("a.log", "one\n")
    assert files.bodies() == ["one"]
    away = files.folder.with_name("away")
    for times in (1, 2):
        files.folder.rename(away)
        assert files.bodies() == files.bodies() == []
        assert files.errors.value == times
        away.rename(files.folder)
        files.write("a.log", f"two {times}\n")
        assert files.bodies() == [f"two {times}"]
    told = [(record.path, record.error) for record in caplog.records if record.message == "Failed to read file"]  # type: ignore[attr-defined]
    assert told == [(str(files.folder), "there is no such folder (any more); its files are read when it comes")] * 2


def test_a_file_that_is_named_may_come_later_without_a_word(follow: Any, tmp_path: Any) -> None:
    files = follow(include=[f"{tmp_path}/none/a.log", f"{tmp_path}/none/*/b.log"])
    assert files.bodies() == []
    assert files.errors.value == 1, "the folder of the pattern is missing, the file is not"


def test_an_unreadable_file_is_counted_logged_once_and_read_when_it_can_be(follow: Any, caplog: pytest.LogCaptureFixture) -> None:
    files = follow()
    (files.folder / "dir").mkdir()
    os.symlink(files.folder / "loop.log", files.folder / "loop.log")
    files.write("a.log", "one\n")
    assert files.bodies() == ["one"]
    assert files.bodies() == []
    assert files.errors.value == 2
    assert [record.path for record in caplog.records if record.message == "Failed to read file"] == [
        str(files.folder / "loop.log")
    ]
    (files.folder / "loop.log").unlink()
    files.write("loop.log", "two\n")
    assert files.bodies() == ["two"]


def test_a_pipe_among_the_files_is_left_alone(follow: Any) -> None:
    files = follow()
    os.mkfifo(files.folder / "pipe.log")
    files.write("a.log", "one\n")
    assert files.bodies() == ["one"]


@pytest.mark.parametrize(("compression", "name"), [("gzip", "a.log"), ("auto", "a.log.gz")])
def test_compressed_files_are_read(follow: Any, compression: str, name: str, tmp_path: Any) -> None:
    files = follow(compression=compression, include=[f"{tmp_path}/logs/*"])
    files.write(name, gzip.compress(b"one\ntwo\n") + gzip.compress(b"three\n" * 20_000))
    found = files.bodies()
    assert (found[:2], len(found)) == (["one", "two"], 20_002)
    files.write(name, gzip.compress(b"four\n"))
    assert files.bodies() == ["four"]


def test_a_file_compressed_after_rotation_is_known_by_its_content(follow: Any, tmp_path: Any) -> None:
    files = follow(compression="auto", include=[f"{tmp_path}/logs/*"])
    path = files.write("a.log", "one\ntwo\n")
    assert files.bodies() == ["one", "two"]
    (files.folder / "a.log.gz").write_bytes(gzip.compress(b"one\ntwo\nthree\n"))
    path.unlink()
    assert files.bodies() == ["three"]


def test_a_damaged_compressed_file_gives_what_is_before_the_damage(follow: Any) -> None:
    files = follow(compression="gzip")
    data = bytearray(gzip.compress(os.urandom(200_000).hex().encode()))
    data[100_000:100_010] = b"\0" * 10
    files.write("bad.log", bytes(data))
    files.write("good.log", gzip.compress(b"fine\n"))
    assert "fine" in files.bodies()
    assert files.errors.value >= 1


def test_files_are_deleted_after_reading_when_that_is_allowed(follow: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from otel_agent.config.featuregates import FILE_DELETION, FeatureGates

    gates = FeatureGates()
    gates.set(FILE_DELETION, enabled=True)
    monkeypatch.setattr("otel_agent.receivers.file_log.config.process_gates", lambda: gates)
    files = follow(delete_after_read=True)
    path = files.write("a.log", "one\n")
    assert files.bodies() == ["one"]
    assert not path.exists()


def test_more_files_than_may_be_open_are_all_read_and_rotated_ones_keep_their_handles(follow: Any) -> None:
    files = follow(max_concurrent_files=4)
    for number in range(50):
        files.write(f"{number}.log", f"{number}\n")
    assert sorted(map(int, files.bodies())) == list(range(50))
    assert len(files.tailer.handles) <= 4
    for number in range(50):
        files.write(f"{number}.log", f"{number + 50}\n")
    assert sorted(map(int, files.bodies())) == list(range(50, 100))
    assert len(files.tailer.handles) <= 4


def test_max_batches_bounds_the_files_of_a_poll(follow: Any) -> None:
    files = follow(max_concurrent_files=4, max_batches=2)
    for number in range(9):
        files.write(f"{number}.log", f"{number}\n")
    assert len(files.bodies()) == 4


def test_ten_thousand_files_are_read_once(follow: Any) -> None:
    files = follow(max_concurrent_files=100)
    for number in range(10_000):
        (files.folder / f"{number}.log").write_text(f"line of {number}\n")
    assert sorted(files.bodies()) == sorted(f"line of {number}" for number in range(10_000))
    assert files.bodies() == []
    assert len(files.tailer.handles) <= 100
