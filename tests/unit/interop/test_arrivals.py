"""Files of requests are read as they grow."""

from __future__ import annotations

from pathlib import Path

from tests.interop import payload
from tests.interop.arrivals import SIGNALS, Arrivals


def test_requests_come_once_each_and_only_when_whole(tmp_path: Path) -> None:
    arrivals = Arrivals(tmp_path)
    requests = [payload.full("logs", name) for name in ("one", "two", "three")]
    messages = [len(data).to_bytes(4) + data for data in (request.SerializeToString() for request in requests)]
    for signal in SIGNALS:
        (tmp_path / f"{signal}.bin").write_bytes(b"")
    file = tmp_path / "logs.bin"
    file.write_bytes(messages[0] + messages[1] + messages[2][:-1])
    assert arrivals.take("logs") == requests[:2]
    assert arrivals.take("logs") == []
    file.write_bytes(b"".join(messages))
    assert arrivals.take_all() == {"traces": [], "metrics": [], "logs": requests[2:]}
