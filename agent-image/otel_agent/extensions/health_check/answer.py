"""What a probe is told (collector specification, 1.8)."""

from datetime import UTC, datetime

import orjson

from otel_agent.config.model import format_duration
from otel_agent.extensions.health_check.config import ResponseBody
from otel_agent.telemetry.admin import Reply

_ZERO_TIME = "0001-01-01T00:00:00Z"
"""Go's zero time, which the Go collector shows while it is unhealthy."""


def answer(ready_since: datetime | None, now: datetime, body: ResponseBody | None) -> Reply:
    """200 since `ready_since`, 503 without; JSON unless bodies are configured."""
    status = 200 if ready_since is not None else 503
    if body is not None:
        return Reply(body.healthy if ready_since is not None else body.unhealthy, "text/plain", status)
    if ready_since is None:
        content = {"status": "Server not available", "upSince": _ZERO_TIME, "uptime": ""}
    else:
        up_since = ready_since.astimezone(UTC).isoformat().replace("+00:00", "Z")
        uptime = format_duration((now - ready_since).total_seconds())
        content = {"status": "Server available", "upSince": up_since, "uptime": uptime}
    return Reply(orjson.dumps(content).decode(), "application/json", status)
