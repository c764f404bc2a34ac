"""What is known of one file: where it is, how it begins, and how far it has been read."""

import base64
from dataclasses import dataclass, field
from typing import Any

import orjson

from otel_agent.receivers.file_log.sources import GzipSource, PlainSource
from otel_agent.stanza.entry import Value

Inode = tuple[int, int]
"""Device and number."""


@dataclass(slots=True, eq=False)
class Position:
    """How far a file has been read: what is kept across restarts, and of files that are no longer seen."""

    key: str
    """Its name in the storage."""
    fingerprint: bytes
    offset: int = 0
    record_number: int = 0
    header_done: bool = False
    header_attributes: dict[str, Value] = field(default_factory=dict)
    skipping: bool = False
    """Whether a record is under way whose beginning was too long and whose rest is not wanted."""
    unseen_polls: int = 0
    held: dict[int, int] = field(default_factory=dict)
    """Starts of records that an operator keeps, with how many do."""
    changed: bool = True
    """Whether the storage does not have it as it is."""

    def hold(self, position: int) -> None:
        """Note that an operator keeps the record that begins here."""
        self.held[position] = self.held.get(position, 0) + 1

    def release(self, position: int) -> None:
        """Note that the operator has passed it on."""
        left = self.held.get(position, 0) - 1
        if left > 0:
            self.held[position] = left
        else:
            self.held.pop(position, None)
        self.changed = True

    def stored(self) -> bytes:
        """Return what is written to the storage. What operators keep counts as not read."""
        return orjson.dumps(
            {
                "fingerprint": base64.b64encode(self.fingerprint).decode(),
                "offset": min(self.held, default=self.offset),
                "record_number": self.record_number - sum(self.held.values()),
                "header_done": self.header_done,
                "header_attributes": self.header_attributes,
                "skipping": self.skipping,
            },
            default=str,
        )


def restored(key: str, data: bytes) -> Position:
    """Read what `stored` wrote; ValueError for anything else."""
    found: Any = orjson.loads(data)
    if not isinstance(found, dict) or not isinstance(found.get("offset"), int) or not isinstance(found.get("fingerprint"), str):
        raise ValueError("not a position in a file")
    header = found.get("header_attributes")
    return Position(
        key=key,
        fingerprint=base64.b64decode(found["fingerprint"], validate=True),
        offset=max(found["offset"], 0),
        record_number=int(found.get("record_number", 0)),
        header_done=bool(found.get("header_done")),
        header_attributes=header if isinstance(header, dict) else {},
        skipping=bool(found.get("skipping")),
        changed=False,
    )


@dataclass(slots=True, eq=False)
class TrackedFile:
    """A file that is there, or that was there a moment ago and is still open."""

    path: str
    inode: Inode
    position: Position
    source: PlainSource | GzipSource | None = None
    size: int = -1
    modified: int = -1
    """Of the last look: bytes, and nanoseconds since 1970."""
    grew_at: float = 0.0
    """Monotonic time of the last growth."""
    seen_poll: int = 0
    lost_polls: int = 0
    """Polls since its path shows another file, or none."""
    queued: bool = False
    has_rest: bool = False
    """Whether bytes are left that are no complete record yet."""
    attributes: dict[str, Value] | None = None
    encoded_attributes: bytes = b""

    @property
    def fingerprint(self) -> bytes:
        """How the file begins."""
        return self.position.fingerprint
