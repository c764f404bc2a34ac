"""Operators that hold entries: recombine and container; and syslog."""

from typing import Any

import pytest

from otel_agent.stanza.entry import Entry

POD = "/var/log/pods/shop_cart-7d9_0ea7f1c2-11aa-4f00-9d1e-6a0b7a1b2c3d/app/3.log"
TIME = "2026-01-02T03:04:05.123456789Z"
RECOMBINE = {
    "type": "recombine",
    "combine_field": "body",
    "is_first_entry": 'body matches "^\\\\S"',
    "source_identifier": "attributes.file",
}


class Positions:
    """An origin that shows what is held."""

    def __init__(self) -> None:
        self.held: list[int] = []

    def hold(self, position: int) -> None:
        self.held.append(position)

    def release(self, position: int) -> None:
        self.held.remove(position)


def lines(*texts: str, origin: Any = None, file: str = "f") -> list[Entry]:
    return [Entry(text, {"file": file}, 1, origin=origin, position=number) for number, text in enumerate(texts)]


def bodies(entries: list[Entry]) -> list[Any]:
    return [entry.body for entry in entries]


def test_entries_are_joined_until_the_next_first_one(operators: Any) -> None:
    chain = operators.chain(RECOMBINE)
    assert bodies(chain.process(lines("one", " a", " b", "two"))) == ["one\n a\n b"]
    assert bodies(chain.process(lines(" c"))) == []
    assert bodies(chain.drain()) == ["two\n c"]


def test_a_last_entry_ends_the_batch_and_sources_are_kept_apart(operators: Any) -> None:
    recombine = {**RECOMBINE, "is_first_entry": "", "is_last_entry": 'body endsWith "."', "combine_with": " "}
    chain = operators.chain(recombine)
    found = chain.process([*lines("a", file="x"), *lines("b", "c.", file="y"), *lines("d.", file="x")])
    assert bodies(found) == ["b c.", "a d."]


def test_what_waits_too_long_is_passed_on(operators: Any) -> None:
    chain = operators.chain({**RECOMBINE, "force_flush_period": "5s"})
    chain.tick(100.0)
    chain.process(lines("one"))
    assert bodies(chain.tick(104.9)) == []
    assert bodies(chain.tick(105.0)) == ["one"]


def test_batches_are_bounded(operators: Any) -> None:
    assert len(operators.chain({**RECOMBINE, "max_batch_size": 3}).process(lines("one", *[" x"] * 8))) == 3
    assert len(operators.chain({**RECOMBINE, "max_unmatched_batch_size": 2}).process(lines(*[" x"] * 4))) == 2
    assert bodies(operators.chain({**RECOMBINE, "max_log_size": 5}).process(lines("one", " 23", " 4"))) == ["one\n 23"]
    assert len(operators.chain({**RECOMBINE, "max_sources": 1}).process([*lines("a", file="x"), *lines("b", file="y")])) == 1


def test_what_is_held_counts_as_unread_until_it_is_passed_on(operators: Any) -> None:
    origin = Positions()
    chain = operators.chain(RECOMBINE)
    chain.process(lines("one", " a", "two", " b", origin=origin))
    assert origin.held == [2]
    chain.drain()
    assert origin.held == []


@pytest.mark.parametrize(("overwrite", "expected"), [("newest", 1), ("oldest", 0)])
def test_the_base_is_the_newest_or_the_oldest_entry(operators: Any, overwrite: str, expected: int) -> None:
    chain = operators.chain({**RECOMBINE, "overwrite_with": overwrite})
    chain.process(lines("one", " a"))
    (entry,) = chain.drain()
    assert entry.position == expected


@pytest.mark.parametrize("format_name", ["", "containerd", "crio", "docker"])
def test_a_container_line_becomes_a_record(operators: Any, format_name: str) -> None:
    line = {
        "": f"{TIME} stdout F hello  world",
        "containerd": f"{TIME} stdout F hello  world",
        "crio": f"{TIME[:-1]}+00:00 stdout F hello  world",
        "docker": f'{{"log": "hello  world\\n", "stream": "stdout", "time": "{TIME}"}}',
    }[format_name]
    entry = operators.one(Entry(line, {"log.file.path": POD}, 1), {"type": "container", "format": format_name})
    assert (entry.body, entry.timestamp) == ("hello  world", 1_767_323_045_123_456_789)
    tag = {} if format_name == "docker" else {"logtag": "F"}
    assert entry.attributes == {"log.file.path": POD, "log.iostream": "stdout", **tag}
    assert entry.resource == {
        "k8s.namespace.name": "shop",
        "k8s.pod.name": "cart-7d9",
        "k8s.pod.uid": "0ea7f1c2-11aa-4f00-9d1e-6a0b7a1b2c3d",
        "k8s.container.name": "app",
        "k8s.container.restart_count": "3",
    }


def test_partial_lines_are_joined_by_file(operators: Any) -> None:
    other = POD.replace("3.log", "4.log")
    chain = operators.chain({"type": "container"})
    found = chain.process(
        [
            Entry(f"{TIME} stdout P one ", {"log.file.path": POD}, 1),
            Entry(f"{TIME} stdout F whole", {"log.file.path": other}, 1),
            Entry(f"{TIME} stdout P two ", {"log.file.path": POD}, 1),
            Entry(f"{TIME} stdout F three", {"log.file.path": POD}, 1),
            Entry(f"{TIME} stdout F after", {"log.file.path": POD}, 1),
        ]
    )
    assert bodies(found) == ["whole", "one two three", "after"]


def test_without_a_path_the_pod_is_not_known(operators: Any) -> None:
    line = f"{TIME} stderr F x"
    operators.one(line, {"type": "container"})
    assert operators.failed() == 1
    assert operators.one(line, {"type": "container", "add_metadata_from_filepath": False}).attributes["log.iostream"] == "stderr"
    assert operators.failed() == 1


def test_a_message_of_rfc_5424_is_taken_apart(operators: Any) -> None:
    text = r'<165>1 2026-01-02T03:04:05.003Z host app 12 ID47 [ex@32473 iut="3" q="a\"b\]"][other x="y"] the message'
    entry = operators.one(text, {"type": "syslog_parser", "protocol": "rfc5424"})
    assert entry.attributes == {
        "priority": 165,
        "facility": 20,
        "facility_text": "local4",
        "version": 1,
        "hostname": "host",
        "appname": "app",
        "proc_id": "12",
        "msg_id": "ID47",
        "structured_data": {"ex@32473": {"iut": "3", "q": 'a"b]'}, "other": {"x": "y"}},
        "message": "the message",
    }
    assert (entry.timestamp, entry.severity, entry.severity_text) == (1_767_323_045_003_000_000, 10, "notice")


def test_octets_are_counted_and_trailers_removed(operators: Any) -> None:
    message = "<34>1 - - - - - - é"
    framed = f"{len(message.encode())} {message}"
    counted = {"type": "syslog_parser", "protocol": "rfc5424", "enable_octet_counting": True}
    assert operators.one(framed + "junk", counted).attributes["message"] == "é"
    assert (
        operators.one(
            message + "\n", {**counted, "enable_octet_counting": False, "non_transparent_framing_trailer": "LF"}
        ).attributes["message"]
        == "é"
    )
    assert operators.failed() == 0
    operators.one("999 " + message, counted)
    operators.one(framed, {**counted, "max_octets": 5})
    assert operators.failed() == 2


def test_a_message_of_rfc_3164_is_taken_apart(operators: Any) -> None:
    parser = {"type": "syslog_parser", "protocol": "rfc3164", "location": "UTC", "allow_skip_pri_header": True}
    entry = operators.one("<34>Jan  2 03:04:05 host su[42]: failed for root", parser)
    assert {key: entry.attributes[key] for key in ("hostname", "appname", "proc_id", "message", "facility_text")} == {
        "hostname": "host",
        "appname": "su",
        "proc_id": "42",
        "message": "failed for root",
        "facility_text": "auth",
    }
    assert (entry.severity, entry.severity_text) == (18, "crit")
    without = operators.one("Jan  2 03:04:05 host no tag here", parser)
    assert without.attributes == {"hostname": "host", "message": "no tag here"}
    assert operators.failed() == 0
