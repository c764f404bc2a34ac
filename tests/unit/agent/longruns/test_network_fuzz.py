"""The network fuzzing itself: its rules, its bookkeeping, and a short run against real collectors."""

import gzip
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from otel_agent.receivers.otlp.front_end import native_module
from tests.fuzz.h2spec.__main__ import Failure, failures
from tests.fuzz.network.bodies import Corpus
from tests.fuzz.network.campaign import Progress, Report
from tests.fuzz.network.grpc_mutants import GrpcMutants
from tests.fuzz.network.http_mutants import HttpMutants
from tests.fuzz.network.mutant import Mutant
from tests.fuzz.network.oracle import Refused, TooLarge, items_of, json_items_of, unpack


@pytest.mark.parametrize("protocol", ["grpc", "http-protobuf", "http-json"])
@pytest.mark.parametrize("front_end", ["native", "portable"])
def test_a_collector_answers_hostile_requests_by_the_rules(tmp_path: Path, protocol: str, front_end: str) -> None:
    if front_end == "native" and native_module() is None:
        pytest.skip("the native extension is not built")
    command = [sys.executable, "-m", "tests.fuzz.network", "--requests", "1500", "--seconds", "60", "--seed", "7"]
    command += ["--protocol", protocol, "--front-end", front_end, "--directory", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


def test_a_wrong_answer_is_a_failure_and_its_items_are_not_expected_to_arrive(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    report.note("here", Mutant("valid", frozenset({200}), items=3), 200)
    report.note("there", Mutant("mutated", frozenset({400}), items=0, wire=b"sent"), 200)
    assert (report.requests, report.accepted) == (2, 3)
    assert report.failures == ["there mutated: answered 200, not one of [400]; sent b'sent'"]
    assert "FAILED there" in capsys.readouterr().err


def test_a_run_goes_on_where_it_was(tmp_path: Path) -> None:
    Progress(seed=5, batch=9, requests=576).save(tmp_path / "state")
    assert Progress.load(tmp_path / "state", seed=1) == Progress(5, 9, 576)
    assert Progress.load(tmp_path / "none", seed=1) == Progress(1)


@pytest.mark.parametrize("json", [True, False])
def test_a_seed_makes_the_same_http_requests_again(json: bool) -> None:
    one, other = (HttpMutants(Corpus(Random(1)), json).batch(Random(2), 64) for _ in range(2))
    assert [mutant.expected for mutant in one] == [mutant.expected for mutant in other]
    assert len({mutant.kind for mutant in one}) > 5


def test_kinds_that_are_left_out_are_not_made() -> None:
    maker = GrpcMutants(Corpus(Random(1)), ("gzip",), frozenset({"valid", "no message", "noise"}))
    kinds = {mutant.kind for number in range(40) for mutant in maker.batch(Random(number), 64)}
    assert "mutated" in kinds
    assert not kinds & {"valid", "no message", "noise"}


def test_the_rules_tell_requests_from_others() -> None:
    assert items_of("logs", b"\x0a\x06\x12\x04\x12\x00\x12\x00") == 2
    with pytest.raises(Refused):
        items_of("logs", b"\x0a\x06\x12")
    assert json_items_of("traces", b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"' + b"0a" * 16 + b'"}]}]}]}') == 1
    assert json_items_of("traces", b'{"[unknown]":1,"resourceSpans":[{"scopeSpans":[{"spans":[{"[x]":[]}]}]}]}') == 1
    for text in (
        b"[]",
        b'{"a":"\\ud800"}',
        b'{"resourceSpans":""}',
        b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":true}]}]}]}',
    ):
        with pytest.raises(Refused):
            json_items_of("traces", text)


def test_what_unpacks_to_too_much_is_told_from_what_is_broken() -> None:
    packed = gzip.compress(b"ab" * 1000)[:-1] + b"\xff"
    with pytest.raises(TooLarge):
        unpack("gzip", packed, 1)
    with pytest.raises(Refused):
        unpack("gzip", packed, 5000)


def test_h2spec_failures_are_known_by_name_or_because_the_answer_came_first() -> None:
    case = '<testcase package="http2/6.7" classname="{}"><error>{}</error></testcase>'
    early = case.format("Sends something", "GOAWAY Frame\nDATA Frame (length:18, flags:0x01, stream_id:1)")
    known = case.format("Sends invalid connection preface", "Timeout")
    new = case.format("Sends a PING frame", "Timeout")
    report = f"<testsuites><testsuite><testcase classname='good'/>{early}{known}{new}</testsuite></testsuites>"
    assert failures(report) == (4, 2, {"Sends a PING frame": Failure("http2/6.7", "Timeout")})
