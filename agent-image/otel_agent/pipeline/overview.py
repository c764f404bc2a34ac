"""What a running collector can tell about itself: its configuration, the health of its parts, the last reload."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from otel_agent.pipeline.specs import ConfigSpec
from otel_agent.pipeline.status import StatusBoard


class Outcome(StrEnum):
    """What came of a reload."""

    TAKEN = "success"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Reload:
    """The last reload; `error` says why it was refused."""

    outcome: Outcome
    at: datetime
    error: str = ""


@dataclass(slots=True)
class Overview:
    """Read by diagnostic extensions, kept current by the collector."""

    board: StatusBoard = field(default_factory=StatusBoard)
    config: ConfigSpec | None = None
    """The configuration that runs."""
    last_reload: Reload | None = None
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When the collector was started."""
