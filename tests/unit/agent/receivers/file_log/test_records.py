"""What becomes of the bytes: records, encodings, attributes, limits."""

import os
import stat
from typing import Any

import pytest

START = {"line_start_pattern": r"^\d{4}"}


def attributes(record: Any) -> dict[str, Any]:
    return {item.key: getattr(item.value, item.value.WhichOneof("value")) for item in record.attributes}


def test_a_record_that_begins_with_a_pattern_ends_where_the_next_begins(follow: Any) -> None:
    files = follow(multiline=START)
    files.write("a.log", "before\n2026 one\n  more\n2026 two\n")
    assert files.bodies() == ["before", "2026 one\n  more"]
    files.write("a.log", "  rest\n2026 three\n")
    assert files.bodies() == ["2026 two\n  rest"]
    files.now += 1
    assert files.bodies() == ["2026 three"]


def test_a_record_that_ends_with_a_pattern_ends_there(follow: Any) -> None:
    files = follow(multiline={"line_end_pattern": ";", "omit_pattern": True})
    files.write("a.log", "one\nmore;two;thr")
    assert files.bodies() == ["one\nmore", "two"]
    files.write("a.log", "ee;x")
    assert files.bodies() == ["three"]
    files.now += 1
    assert files.bodies() == ["x"]


def test_a_pattern_can_be_left_out(follow: Any) -> None:
    files = follow(multiline={"line_start_pattern": "LOGSTART ", "omit_pattern": True})
    files.write("a.log", "LOGSTART one\nLOGSTART two\nLOGSTART")
    assert files.bodies() == ["one"]


@pytest.mark.parametrize("encoding", ["utf-16le", "utf-16be", "utf-32le", "big5", "shift_jis", "gb18030", "utf-8"])
@pytest.mark.parametrize("multiline", [{}, {"line_start_pattern": "^L"}])
def test_files_of_other_encodings_are_read(follow: Any, encoding: str, multiline: dict[str, str]) -> None:
    codec = {"utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "utf-32le": "utf-32-le"}.get(encoding, encoding)
    files = follow(encoding=encoding, multiline=multiline)
    data = "L 中文\nL 日本\nL 中".encode(codec)
    cut = len(data) // 2 | 1
    files.write("a.log", data[:cut])
    found = files.bodies()
    files.write("a.log", data[cut:])
    found += files.bodies()
    files.now += 1
    assert found + files.bodies() == ["L 中文", "L 日本", "L 中"]


def test_nop_keeps_bytes_and_what_is_no_text_is_replaced(follow: Any) -> None:
    files = follow(encoding="nop")
    files.write("a.log", b"\xff\x00\xfe\n \n")
    assert [record.body.bytes_value for record in files.poll()] == [b"\xff\x00\xfe\n \n"]
    (files.folder / "a.log").write_bytes(b"\xff\x00\xfe\n")
    for settings in ({}, {"operators": [{"type": "noop"}]}, {"encoding": "ascii"}):
        files = follow(**settings)
        assert files.bodies() == ["�\0�"], settings


@pytest.mark.parametrize(
    ("leading", "trailing", "expected"), [(True, False, "\t a"), (False, True, "a \t"), (True, True, "\t a \t")]
)
def test_white_space_is_kept_where_asked(follow: Any, leading: bool, trailing: bool, expected: str) -> None:
    for more in ({}, {"operators": [{"type": "noop"}]}):
        files = follow(preserve_leading_whitespaces=leading, preserve_trailing_whitespaces=trailing, **more)
        (files.folder / "a.log").write_text("\t a \t\n")
        assert files.bodies() == [expected]


def test_attributes_tell_about_the_file(follow: Any) -> None:
    names = (
        "name_resolved",
        "path",
        "path_resolved",
        "owner_name",
        "owner_group_name",
        "permissions",
        "record_number",
        "record_offset",
    )
    files = follow(
        **{f"include_file_{name}": True for name in names},
        attributes={"fixed": "x", "computed": 'EXPR(attributes["log.file.name"] + "!")'},
        resource={"host": "EXPR('h' + '1')", "zone": "z"},
    )
    real = files.write("real.txt", "one\n\ntwo\n")
    real.chmod(0o640)
    os.symlink(real, files.folder / "a.log")
    first, second = files.poll()
    found = attributes(second)
    assert found["log.file.owner.name"]
    assert found["log.file.owner.group.name"]
    assert (
        found.items()
        >= {
            "log.file.name": "a.log",
            "log.file.path": str(files.folder / "a.log"),
            "log.file.name_resolved": "real.txt",
            "log.file.path_resolved": str(real),
            "log.file.permissions": f"{stat.S_IMODE(0o640):o}",
            "log.file.record_number": 3,
            "log.file.record_offset": 5,
            "fixed": "x",
            "computed": "a.log!",
        }.items()
    )
    assert attributes(first)["log.file.record_offset"] == 0


def test_a_header_gives_attributes_to_all_records_also_after_a_restart(follow: Any) -> None:
    header = {"pattern": "^#", "metadata_operators": [{"type": "key_value_parser", "parse_from": "body", "delimiter": ":"}]}
    files = follow(header=header, include_file_name=False)
    files.write("a.log", "#version:2 host:h\n#more:x\none\n")
    (record,) = files.poll()
    assert attributes(record) == {"#version": "2", "host": "h", "#more": "x"}
    files.crash()
    files.write("a.log", "#two:2\n")
    (record,) = files.poll()
    assert (record.body.string_value, attributes(record)["host"]) == ("#two:2", "h")


@pytest.mark.parametrize(("behaviour", "sizes"), [("split", [1000, 1000, 500, 3]), ("truncate", [1000, 3])])
def test_long_lines_are_cut(follow: Any, behaviour: str, sizes: list[int], caplog: pytest.LogCaptureFixture) -> None:
    files = follow(max_log_size=1000, max_log_size_behavior=behaviour)
    files.write("a.log", "x" * 2500 + "\nend\n")
    assert [len(body) for body in files.bodies()] == sizes
    assert files.oversized.value == 1
    files.write("a.log", "x" * 2500 + "\n")
    files.poll()
    assert files.oversized.value == 2
    lines = [(record.path, record.max_log_size) for record in caplog.records if "were cut" in record.message]  # type: ignore[attr-defined]
    assert lines == [(str(files.folder / "a.log"), 1000)], "one line, not one for each record"


@pytest.mark.parametrize("behaviour", ["split", "truncate"])
def test_a_line_of_100_mb_is_read_in_bounded_memory(follow: Any, behaviour: str) -> None:
    import resource

    files = follow(max_log_size_behavior=behaviour)
    with (files.folder / "a.log").open("wb") as file:
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b"\nend\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    batch = files.tailer.begin_poll()
    sizes: list[int] = []
    while batch is not None:
        if batch.telemetry is not None:
            sizes.append(len(batch.telemetry.data))
        batch = files.tailer.next_batch()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < 40_000_000
    assert max(sizes) < 4 * 1024 * 1024
    assert sum(sizes) > (100_000_000 if behaviour == "split" else 1_000_000)
    assert files.oversized.value >= 1


def test_a_binary_file_becomes_bounded_records_and_is_told(follow: Any, caplog: pytest.LogCaptureFixture) -> None:
    files = follow(max_log_size=1000)
    files.write("a.log", bytes(range(256)).replace(b"\n", b"") * 100)
    files.now += 1
    files.poll()
    files.now += 1
    found = files.bodies()
    files.write("b.log", "text\n")
    assert files.bodies() == ["text"]
    assert all(len(body) <= 1000 for body in found)
    assert files.binary.value == 1
    assert [record.path for record in caplog.records if "not to be text" in record.message] == [str(files.folder / "a.log")]


@pytest.mark.parametrize(
    ("encoding", "text"), [("utf-16le", "é1\n".encode("utf-16le")), ("nop", b"\0\1"), ("utf-8", "é1\n".encode())]
)
def test_text_in_its_encoding_is_not_taken_for_binary(follow: Any, encoding: str, text: bytes) -> None:
    files = follow(encoding=encoding)
    files.write("a.log", text)
    assert len(files.poll()) == 1
    assert files.binary.value == 0


def test_one_busy_file_does_not_keep_others_waiting(follow: Any) -> None:
    files = follow()
    files.write("a.log", ("x" * 99 + "\n") * 100_000)
    files.write("b.log", "small\n")
    batch = files.tailer.begin_poll()
    assert batch is not None
    assert batch.telemetry is not None
    assert b"small" in batch.telemetry.data


def test_record_numbers_count_records_of_a_file(follow: Any) -> None:
    files = follow(include_file_record_number=True)
    files.write("a.log", "one\n")
    files.poll()
    files.crash()
    files.write("a.log", "two\n")
    assert [attributes(record)["log.file.record_number"] for record in files.poll()] == [2]
