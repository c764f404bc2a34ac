"""The ring, held to an implementation written from the specification's words alone, and to figures fixed for ever."""

import bisect
import random

import pytest

from otel_agent.exporters.load_balancing.ring import MAX_ENDPOINTS, POSITIONS, make_ring


def crc32_ieee(data: bytes) -> int:
    """Bit by bit, polynomial 0xEDB88320 reflected."""
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ (0xEDB88320 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


def independent(endpoints: list[str]) -> list[tuple[int, str]]:
    """Occupied positions with their endpoints, sorted."""
    taken: dict[int, str] = {}
    for endpoint in sorted(endpoints):
        for number in range(100):
            position = crc32_ieee(endpoint.encode() + bytes([number])) % 36000
            if position not in taken:
                taken[position] = endpoint
    return sorted(taken.items())


def look_up(ring: list[tuple[int, str]], key: bytes) -> str:
    at = bisect.bisect_left(ring, (crc32_ieee(key) % 36000, ""))
    return ring[at % len(ring)][1]


@pytest.mark.parametrize(
    "endpoints",
    [
        ["only:4317"],
        ["endpoint-1", "endpoint-2"],
        ["10.0.0.1:4317", "10.0.0.2:4317", "10.0.0.3:4317", "10.0.0.10:4317"],
        [f"gateway-{number}.gateway.observability:4317" for number in range(40)],
        ["[::1]:4317", "[2001:db8::7]:4317", "ünïcode:1"],
        [f"{number}" for number in range(500)],
    ],
)
def test_every_position_belongs_to_whom_the_specification_says(endpoints: list[str]) -> None:
    shuffled = list(endpoints)
    random.Random(1).shuffle(shuffled)
    ring, expected = make_ring(shuffled), independent(endpoints)
    positions = [position for position, _ in expected]
    for position in range(POSITIONS):
        owner = int.from_bytes(ring.table[2 * position : 2 * position + 2], "little")
        at = bisect.bisect_left(positions, position)
        assert ring.endpoints[owner] == expected[at % len(expected)][1], position


def test_keys_go_where_the_specification_says() -> None:
    endpoints = ["10.0.0.1:4317", "10.0.0.2:4317", "10.0.0.3:4317"]
    ring, expected = make_ring(endpoints), independent(endpoints)
    chance = random.Random(7)
    for key in [bytes(16), b"", b"checkout", *(chance.randbytes(16) for _ in range(500))]:
        assert ring.endpoints[ring.owner(key)] == look_up(expected, key)


def test_the_check_value_of_crc32_ieee() -> None:
    assert crc32_ieee(b"123456789") == 0xCBF43926


def test_only_the_share_of_a_new_endpoint_moves() -> None:
    before = make_ring([f"gateway-{number}:4317" for number in range(4)])
    after = make_ring([*before.endpoints, "gateway-new:4317"], before)
    keys = [number.to_bytes(16) for number in range(20_000)]
    moved = [
        (before.endpoints[before.owner(key)], after.endpoints[after.owner(key)])
        for key in keys
        if before.endpoints[before.owner(key)] != after.endpoints[after.owner(key)]
    ]
    assert {new for _, new in moved} == {"gateway-new:4317"}
    assert 0.1 < len(moved) / len(keys) < 0.3


def test_thousands_of_endpoints_make_a_ring_and_say_how_many_get_nothing() -> None:
    ring = make_ring(f"10.1.{number // 256}.{number % 256}:4317" for number in range(3000))
    owners = {ring.table[at : at + 2] for at in range(0, len(ring.table), 2)}
    assert len(ring.table) == 2 * POSITIONS
    assert ring.without_share == 3000 - len(owners)
    assert ring.without_share > 0


def test_a_ring_of_none_or_of_too_many_is_refused() -> None:
    for number in (0, MAX_ENDPOINTS + 1):
        with pytest.raises(ValueError, match=f"{number} endpoints"):
            make_ring(f"e{at}" for at in range(number))
