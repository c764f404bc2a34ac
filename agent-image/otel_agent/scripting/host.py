"""The process that runs a script: `python -m otel_agent.scripting.host`, frames on standard input and output.

What the script prints goes to standard error. The process ends when its standard input does.
"""

import json
import os
import resource
import signal
import sys
from typing import BinaryIO

from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.telemetry import Signal
from otel_agent.scripting.frames import HEADER, MAX_BYTES, Kind, frame
from otel_agent.scripting.script import Script, ScriptError, Source

_SIGNALS = tuple(Signal)


def main() -> int:
    """Serve until the collector has gone; 1 when the script could not be loaded."""
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)  # they go to the whole group, and the collector says when to end
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        script = _load(sys.stdin.buffer)
    except ScriptError as error:
        _send(answers, Kind.FAILED, 0, str(error).encode())
        return 1
    _send(answers, Kind.DONE, 0, b"")
    while (received := _read(sys.stdin.buffer)) is not None:
        _, number, data = received
        try:
            result, items = script.run(_SIGNALS[number], data)
        except (ScriptError, InvalidTelemetry) as error:
            _send(answers, Kind.FAILED, 0, str(error).encode())
        else:
            _send(answers, Kind.DONE, items, result)
    return 0


def _load(stream: BinaryIO) -> Script:
    received = _read(stream)
    if received is None:
        raise ScriptError("the collector has gone")
    _, limit, data = received
    source = Source(**json.loads(data))
    if limit:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    return Script(source)


def _read(stream: BinaryIO) -> tuple[Kind, int, bytes] | None:
    head = stream.read(HEADER.size)
    if len(head) < HEADER.size:
        return None
    kind, number, length = HEADER.unpack(head)
    if length > MAX_BYTES:
        return None
    data = stream.read(length)
    return (Kind(kind), number, data) if len(data) == length else None


def _send(stream: BinaryIO, kind: Kind, number: int, data: bytes) -> None:
    stream.write(frame(kind, number, data))
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
