"""Positions across restarts: what was taken is not read again, what was not is."""

import os
import random
from pathlib import Path
from typing import Any

import pytest

from otel_agent.receivers.file_log.known import GENERATIONS

RECOMBINE = {"type": "recombine", "combine_field": "body", "is_first_entry": 'not (body startsWith " ")'}


def test_after_a_restart_reading_goes_on_where_it_was(follow: Any) -> None:
    files = follow()
    files.write("a.log", "one\ntwo\n")
    assert files.bodies() == ["one", "two"]
    files.crash()
    files.write("a.log", "three\n")
    files.write("b.log", "new\n")
    assert sorted(files.bodies()) == ["new", "three"]


def test_what_was_not_taken_is_read_again(follow: Any) -> None:
    files = follow()
    files.write("a.log", "one\n")
    assert files.bodies() == ["one"]
    files.write("a.log", "two\n")
    assert files.bodies(save=False) == ["two"]
    files.crash()
    assert files.bodies() == ["two"]


def test_files_moved_copied_and_truncated_while_it_was_down_are_known(follow: Any) -> None:
    files = follow(start_at="end")
    files.bodies()
    files.write("a.log", "one of a\n")
    path = files.write("b.log", "one of b\n")
    assert sorted(files.bodies()) == ["one of a", "one of b"]
    (files.folder / "a.log").rename(files.folder / "a.1.log")
    files.write("a.1.log", "two of a\n")
    os.truncate(path, 0)
    files.write("b.log", "b anew\n")
    files.crash()
    # What a file is that nobody knows at the first poll is up to start_at.
    assert files.bodies() == ["two of a"]
    files.write("b.log", "more of b\n")
    assert files.bodies() == ["more of b"]


def test_entries_that_an_operator_keeps_are_read_again(follow: Any) -> None:
    files = follow(operators=[RECOMBINE], preserve_leading_whitespaces=True, include_file_path=True)
    files.write("a.log", "one\n a\ntwo\n b\n")
    assert files.bodies() == ["one\n a"]
    files.crash()
    files.write("a.log", " c\nthree\n")
    assert files.bodies() == ["two\n b\n c"]


def test_entries_that_an_operator_gave_up_waiting_for_are_done(follow: Any) -> None:
    files = follow(operators=[RECOMBINE], preserve_leading_whitespaces=True, include_file_path=True)
    files.write("a.log", "one\n a\n")
    assert files.bodies() == []
    files.now += 10
    assert files.bodies() == ["one\n a"]
    files.crash()
    assert files.bodies() == []
    files.now += 10
    assert files.bodies() == []


def test_a_line_of_which_the_end_is_not_there_is_read_whole_later(follow: Any) -> None:
    files = follow()
    files.write("a.log", "one\ntw")
    assert files.bodies() == ["one"]
    files.crash()
    files.write("a.log", "o\n")
    assert files.bodies() == ["two"]


def test_positions_of_files_that_are_gone_are_forgotten_after_some_polls(follow: Any) -> None:
    files = follow()
    path = files.write("a.log", "one\n")
    files.bodies()
    assert len(files.stored) == 1
    path.unlink()
    for _ in range(GENERATIONS + 5):
        files.bodies()
    assert files.stored == {}


def test_an_archive_keeps_them_for_longer(follow: Any) -> None:
    files = follow(polls_to_archive=100)
    path = files.write("a.log", "one\n")
    files.bodies()
    path.unlink()
    for _ in range(GENERATIONS + 50):
        files.bodies()
    files.write("back.log", "one\ntwo\n")
    assert files.bodies() == ["two"]


def test_only_what_changed_is_stored(follow: Any) -> None:
    files = follow()
    for number in range(20):
        files.write(f"{number}.log", f"line of {number}\n")
    files.bodies()
    files.write("3.log", "more\n")
    batch = files.tailer.begin_poll()
    assert batch is not None
    assert len(batch.operations) == 1


def rotate(folder: Path) -> None:
    for number in range(40, 0, -1):
        older = folder / f"app.log.{number}"
        if older.exists():
            os.replace(older, folder / f"app.log.{number + 1}")
    if (folder / "app.log").exists():
        os.replace(folder / "app.log", folder / "app.log.1")


@pytest.mark.parametrize("seed", range(30))
def test_writes_rotations_and_crashes_in_any_order_lose_nothing(follow: Any, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    files = follow(include=[f"{tmp_path}/logs/*.log*"])
    written, seen, crashes = 0, [], 0
    for _ in range(40):
        match dice.choice(["write", "write", "write", "poll", "poll", "rotate", "crash"]):
            case "write":
                for _ in range(dice.choice([1, 5, 50])):
                    files.write("app.log", f"line {written} {'x' * (written % 200)}\n")
                    written += 1
            case "poll":
                seen += files.bodies()
            case "rotate":
                rotate(files.folder)
            case "crash":
                seen += files.bodies(save=False)
                files.crash()
                crashes += 1
    seen += files.bodies() + files.bodies()
    assert {int(body.split()[1]) for body in seen} == set(range(written))
    if not crashes:
        assert len(seen) == written
