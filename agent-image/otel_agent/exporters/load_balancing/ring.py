"""The hash ring (collector specification, 6.6): bit for bit that of the Go exporter, so that mixed fleets agree. Pure.

Each endpoint has 100 points among 36,000 positions. A key belongs to the endpoint of the first point at or behind its own
position, going round. A point that an endpoint before it in the order of their names already has is left out.
"""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

POSITIONS = 36_000
MAX_ENDPOINTS = 10_000
"""More cannot share the positions sensibly; the table of owners has room for 65,536."""
_POINTS = 100
_SUFFIXES = tuple(bytes((number,)) for number in range(_POINTS))


def position_of(key: bytes) -> int:
    """Return where a key stands."""
    return zlib.crc32(key) % POSITIONS


def points_of(endpoint: str) -> tuple[int, ...]:
    """Return the positions that an endpoint asks for."""
    start = zlib.crc32(endpoint.encode())
    return tuple(zlib.crc32(suffix, start) % POSITIONS for suffix in _SUFFIXES)


@dataclass(frozen=True, slots=True)
class Ring:
    """Who owns which position. Owners are indices into `endpoints`."""

    endpoints: tuple[str, ...]
    """Sorted, each once."""
    table: bytes
    """The owner of each position as a little-endian 16-bit number, as `kernel.route_by_trace` reads it."""
    points: Mapping[str, tuple[int, ...]] = field(repr=False, compare=False)
    """What each endpoint asked for, to be used again for the next ring."""
    without_share: int
    """Endpoints whose positions all belong to others."""

    def owner(self, key: bytes) -> int:
        """Return the owner of a key."""
        at = 2 * position_of(key)
        return int.from_bytes(self.table[at : at + 2], "little")


def make_ring(endpoints: Iterable[str], before: Ring | None = None) -> Ring:
    """Return the ring of some endpoints, at least one and at most `MAX_ENDPOINTS`; ValueError otherwise."""
    ordered = tuple(sorted(set(endpoints), key=str.encode))  # Go sorts by bytes
    if not 0 < len(ordered) <= MAX_ENDPOINTS:
        raise ValueError(f"a ring cannot have {len(ordered)} endpoints")
    known = before.points if before is not None else {}
    points = {endpoint: known.get(endpoint) or points_of(endpoint) for endpoint in ordered}
    owners: dict[int, int] = {}
    for owner, endpoint in enumerate(ordered):
        for position in points[endpoint]:
            owners.setdefault(position, owner)
    return Ring(ordered, _table(owners), points, len(ordered) - len(set(owners.values())))


def _table(owners: Mapping[int, int]) -> bytes:
    """Return the owner of every position: that of the next point."""
    parts: list[bytes] = []
    done = 0
    for position in sorted(owners):
        parts.append(owners[position].to_bytes(2, "little") * (position + 1 - done))
        done = position + 1
    parts.append(owners[min(owners)].to_bytes(2, "little") * (POSITIONS - done))
    return b"".join(parts)
