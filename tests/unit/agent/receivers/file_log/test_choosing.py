"""Which files are read: globs, exclusion, age, order. And what configurations are refused."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.receivers.file_log.config import FileLogConfig
from otel_agent.receivers.file_log.globbing import Globber, GlobError


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("a.log", "b.txt", "x/a.log", "x/y/b.log", "x/y/z/c.log", "[1].log", "ä.log", ".hidden.log"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x\n")
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.log", {"a.log", "[1].log", "ä.log", ".hidden.log"}),
        ("**/*.log", {"a.log", "[1].log", "ä.log", ".hidden.log", "x/a.log", "x/y/b.log", "x/y/z/c.log"}),
        ("x/**/*.log", {"x/a.log", "x/y/b.log", "x/y/z/c.log"}),
        ("**/y/**", {"x/y/b.log", "x/y/z/c.log"}),
        ("x/*/b.log", {"x/y/b.log"}),
        ("?.{log,txt}", {"a.log", "b.txt", "ä.log"}),
        ("{a,x/{a,y/b}}.log", {"a.log", "x/a.log", "x/y/b.log"}),
        ("[a-b].*", {"a.log", "b.txt"}),
        ("[!a].txt", {"b.txt"}),
        (r"\[1\].log", {"[1].log"}),
        ("a.log", {"a.log"}),
        ("nothing/*.log", set()),
        ("*/../a.log", {"x/../a.log"}),
    ],
)
def test_a_glob_finds(tree: Path, pattern: str, expected: set[str]) -> None:
    found = Globber([f"{tree}/{pattern}"], []).find(time.time_ns())
    assert {str(Path(path).relative_to(tree)) for path in found} == expected


def test_what_is_excluded_is_left_out_and_nothing_is_found_twice(tree: Path) -> None:
    globber = Globber([f"{tree}/**/*.log", f"{tree}/a.log"], [f"{tree}/x/**", f"{tree}/[[]*", f"{tree}/.*"])
    assert [Path(path).name for path in globber.find(time.time_ns())] == ["a.log", "ä.log"]


def test_a_folder_at_rest_is_not_read_again_until_it_changes(tree: Path) -> None:
    globber = Globber([f"{tree}/*.txt"], [])
    later = time.time_ns() + 10_000_000_000
    assert len(globber.find(later)) == 1
    (tree / "new.txt").write_text("x")
    assert len(globber.find(later)) == 2


@pytest.mark.parametrize("pattern", ["{a,b", "[a", "{a,b}" * 20])
def test_globs_that_are_none_are_refused(pattern: str) -> None:
    with pytest.raises(GlobError):
        Globber([pattern], [])


def test_files_that_are_too_old_are_left_out(follow: Any) -> None:
    files = follow(exclude_older_than="1h")
    os.utime(files.write("old.log", "old\n"), (1, 1))
    files.write("new.log", "new\n")
    assert files.bodies() == ["new"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ({"sort_type": "numeric", "regex_key": "n"}, ["10", "9"]),
        ({"sort_type": "numeric", "regex_key": "n", "ascending": True}, ["2", "9"]),
        ({"sort_type": "alphabetical", "regex_key": "n", "ascending": True}, ["10", "2"]),
        ({"sort_type": "mtime"}, ["2", "9"]),
        ({"sort_type": "timestamp", "regex_key": "t", "layout": "%Y%m%d"}, ["2", "10"]),
    ],
)
def test_the_first_files_of_an_order_are_read(follow: Any, sort: dict[str, Any], expected: list[str]) -> None:
    files = follow(ordering_criteria={"regex": r"r\.(?P<n>\d+)\.(?P<t>\d{8})", "top_n": 2, "sort_by": [sort]})
    for number, (name, day) in enumerate([("10", "20260102"), ("9", "20260101"), ("2", "20260103"), ("x", "20260104")]):
        os.utime(files.write(f"r.{name}.{day}.log", f"{name}\n"), (1000 + number, 1000 + number))
    assert sorted(files.bodies()) == sorted(expected)


def test_the_order_can_be_of_each_group(follow: Any) -> None:
    sort = {"sort_type": "numeric", "regex_key": "n"}
    files = follow(ordering_criteria={"regex": r"\.(?P<n>\d+)\.log", "group_by": r"/(\w+)\.\d", "sort_by": [sort]})
    for name in ("a.1", "a.2", "b.1", "b.3", "b.2"):
        files.write(f"{name}.log", f"{name}\n")
    assert sorted(files.bodies()) == ["a.2", "b.3"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "include"),
        ({"include": []}, "include"),
        ({"start_at": "middle"}, "start_at"),
        ({"multiline": {"line_start_pattern": "a", "line_end_pattern": "b"}}, "only one of"),
        ({"encoding": "klingon"}, "unsupported encoding"),
        ({"encoding": "utf-16"}, "byte order"),
        ({"fingerprint_size": 1}, "at least 16"),
        ({"max_log_size": "1b"}, "max_log_size"),
        ({"poll_interval": "0s"}, "poll_interval"),
        ({"delete_after_read": True}, "start_at: end"),
        ({"delete_after_read": True, "start_at": "beginning"}, "filelog.allowFileDeletion"),
        ({"header": {"pattern": "#", "metadata_operators": [{"type": "noop"}]}}, "start_at: end"),
        ({"ordering_criteria": {"sort_by": [{"sort_type": "numeric", "regex_key": "n"}]}}, "regex"),
        ({"nonsense": 1}, "nonsense"),
        ({"retry_on_failure": {"enabled": True, "initial_interval": "0s"}}, "positive"),
        ({"compression": "rar"}, "compression"),
    ],
)
def test_configurations_that_cannot_work_are_refused(settings: dict[str, Any], message: str) -> None:
    include = {} if message == "include" else {"include": ["/x"]}
    with pytest.raises(ValidationError) as caught:
        FileLogConfig.model_validate({**include, **settings})
    assert message in str(caught.value)


def test_all_keys_of_the_go_receiver_are_taken() -> None:
    config = FileLogConfig.model_validate(
        {
            "include": ["/var/log/*.log"],
            "fingerprint_size": "1kb",
            "max_log_size": "1MiB",
            "force_flush_period": "1s",
            "retry_on_failure": {"enabled": True, "max_elapsed_time": "0s"},
            "operators": [{"type": "json_parser", "if": 'body matches "^{"', "output": "end"}, {"type": "noop", "id": "end"}],
            "storage": "file_storage/x",
            "acquire_fs_lock": True,
        }
    )
    assert (config.fingerprint_size, config.max_log_size, config.poll_interval, config.start_at) == (
        1000,
        1024 * 1024,
        0.2,
        "end",
    )
