"""Runs h2spec, built once from its Go module, against the native front end: exit code 1 at a failure that is not known.

Without Go it says so and is left out.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from e2e.cluster import binaries
from e2e.cluster.binaries import Module
from e2e.cluster.errors import ClusterError
from tests.fuzz.network.target import started

CATALOGUE = (Module("h2spec", {"h2spec": "github.com/summerwind/h2spec/cmd/h2spec"}, folder=Path(__file__).parent),)
KNOWN = {
    "Sends invalid connection preface": "what is no HTTP/2 is HTTP/1 on the same port: answered 400, then closed",
    "Sends a large size HEADERS frame that exceeds the SETTINGS_MAX_FRAME_SIZE": "16 KiB, where we allow a MiB: 431",
}
"""Tests that do not fit a port with both protocols, or our settings, and why."""
_SECONDS = "2"
_TRIES = 20
"""Runs of its section, some ms each, that a new failure has to appear in. Requests are answered 404 before they are read, so what
h2spec sees of a fault in the rest of one depends on timing: the reset that the fault calls for, or the one that ends an answered
stream. Of "WINDOW_UPDATE frames … above 2^31-1 on a stream" 14 of 60 runs saw the second."""


_ANSWERED = "DATA Frame (length:18, flags:0x01, stream_id:1)"
"""The whole answer 404, which h2spec's requests get without being read: a fault in the rest of one may come after it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What came instead, and the section of h2spec that has the test."""

    section: str
    text: str


def failures(report: str) -> tuple[int, int, dict[str, Failure]]:
    """Return the number of tests in a JUnit report, of failures that are known, and the others by test."""
    cases = ElementTree.fromstring(report).findall(".//testcase")
    bad = {
        case.get("classname", ""): Failure(case.get("package", ""), text)
        for case in cases
        for text in (case.findtext("error"), case.findtext("failure"))
        if text
    }
    new = {name: failure for name, failure in bad.items() if name not in KNOWN and not failure.text.endswith(_ANSWERED)}
    return len(cases), len(bad) - len(new), new


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    cache = Path(os.environ.get("OTEL_OPERATOR_CACHE") or Path.home() / ".cache" / "otel-operator")
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.h2spec", description=__doc__)
    parser.add_argument("--directory", type=Path, default=cache / "fuzz" / "h2spec", help="for logs and reports")
    options = parser.parse_args(argv)
    try:
        program = binaries.ensure(["h2spec"], CATALOGUE)["h2spec"]
    except ClusterError as error:
        print(f"h2spec: left out, it cannot be built: {error}")
        return 0
    failed = False
    options.directory.mkdir(parents=True, exist_ok=True)
    with started(options.directory, "native") as target:
        for name, port in (("gRPC port", target.grpc), ("HTTP port", target.http)):
            report = options.directory / f"{port}.xml"
            count, known, found = _run(program, port, report)
            new = {
                test: failure.text
                for test, failure in found.items()
                if all(test in _run(program, port, report, failure.section)[2] for _ in range(_TRIES))
            }
            target.collector.check_alive()
            failed |= bool(new)
            print(f"h2spec, {name}: {count} tests, {known} known failures, {len(new)} new ones {new}", flush=True)
    return failed


def _run(program: Path, port: int, report: Path, *sections: str) -> tuple[int, int, dict[str, Failure]]:
    command: list[str | Path] = [
        program,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--timeout",
        _SECONDS,
        "--junit-report",
        report,
    ]
    subprocess.run([*command, "--strict", *sections], stdout=subprocess.DEVNULL, check=False)
    found = failures(report.read_text())
    report.unlink()
    return found


if __name__ == "__main__":
    sys.exit(main())
