import contextlib
import gzip
import time
import tracemalloc
import zlib

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_agent.transport.content_encoding import BodyTooLarge, MalformedBody, compress, decompress, unpack_grpc_message

MIB = 1024 * 1024
PACKED = ["gzip", "zlib", "deflate", "zstd", "lz4", "snappy", "x-snappy-framed"]


@pytest.mark.parametrize("encoding", ["", *PACKED])
@given(data=st.binary(max_size=3000), level=st.sampled_from([-1, 0, 1, 6]))
def test_what_is_packed_is_unpacked(encoding: str, data: bytes, level: int) -> None:
    assert decompress(encoding, compress(encoding, data, level), len(data)) == data


@pytest.mark.parametrize("encoding", PACKED)
def test_a_bomb_is_stopped_at_the_limit(encoding: str) -> None:
    bomb = compress(encoding, bytes(64 * MIB))
    tracemalloc.start()
    try:
        with pytest.raises(BodyTooLarge, match="larger than the 1048576 bytes allowed"):
            decompress(encoding, bomb, MIB)
        assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", PACKED)
@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_body_that_ends_too_soon_is_refused(encoding: str, cut: int) -> None:
    packed = compress(encoding, bytes(range(256)) * 400)
    with pytest.raises(MalformedBody):
        decompress(encoding, packed[:-cut], MIB)


@pytest.mark.parametrize("encoding", PACKED)
@given(data=st.binary(min_size=1, max_size=200))
def test_garbage_is_refused_or_unpacked_but_never_crashes(encoding: str, data: bytes) -> None:
    with contextlib.suppress(MalformedBody, BodyTooLarge):
        assert len(decompress(encoding, data, 1000)) <= 1000


def test_the_limit_itself_is_allowed() -> None:
    for encoding in PACKED:
        assert len(decompress(encoding, compress(encoding, bytes(MIB)), MIB)) == MIB


def test_gzip_members_are_joined() -> None:
    assert decompress("gzip", gzip.compress(b"one") + gzip.compress(b"two"), 100) == b"onetwo"


@pytest.mark.parametrize("flag", [0x20, 0x40, 0x80])
def test_reserved_flags_in_a_gzip_header_are_refused(flag: int) -> None:
    """RFC 1952 demands it, and so do zlib and the native front end."""
    packed = bytearray(gzip.compress(b"data"))
    packed[3] |= flag
    with pytest.raises(MalformedBody, match="reserved"):
        decompress("gzip", bytes(packed), MIB)


def test_many_gzip_members_share_one_limit() -> None:
    with pytest.raises(BodyTooLarge):
        decompress("gzip", gzip.compress(bytes(600)) * 3, 1000)


def test_a_body_of_very_many_gzip_members_is_unpacked_in_linear_time() -> None:
    members = gzip.compress(b"") * 500_000
    began = time.process_time()
    assert decompress("gzip", gzip.compress(b"one") + members + gzip.compress(b"two"), 100) == b"onetwo"
    assert time.process_time() - began < 20  # with a copy of the rest for each member it takes minutes


@pytest.mark.parametrize("rest", [b"garbage", b"\x1f\x8b", gzip.compress(b"two")[:-3]])
def test_what_is_no_gzip_member_behind_the_first_is_refused(rest: bytes) -> None:
    with pytest.raises(MalformedBody):
        decompress("gzip", gzip.compress(b"one") + rest, 100)


def test_a_snappy_block_that_claims_gigabytes_is_refused_before_memory_is_taken() -> None:
    with pytest.raises(BodyTooLarge):
        decompress("snappy", b"\xff\xff\xff\xff\x0fabc", MIB)


def test_a_zstd_frame_with_a_giant_window_is_refused() -> None:
    with pytest.raises(MalformedBody):
        decompress("zstd", bytes.fromhex("28b52ffd00a8190000616263"), MIB)


def test_unknown_encodings_are_a_lookup_error() -> None:
    with pytest.raises(LookupError):
        decompress("br", b"", 10)


def test_an_explicit_level_is_honoured() -> None:
    data = b"".join(f"span {number} of service {number % 7};".encode() for number in range(5000))
    assert len(compress("gzip", data, 9)) < len(compress("gzip", data))


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, lambda data: data])
def test_grpc_messages_are_known_by_their_first_bytes(pack: object) -> None:
    data = b"\x0a\x02\x12\x00" * 10
    assert unpack_grpc_message(pack(data), 100) == data  # type: ignore[operator]


def test_empty_and_oversized_grpc_messages() -> None:
    assert unpack_grpc_message(b"", 0) == b""
    with pytest.raises(BodyTooLarge):
        unpack_grpc_message(b"\x0a" * 11, 10)


def test_snappy_takes_both_formats() -> None:
    for pack in (cramjam.snappy.compress, cramjam.snappy.compress_raw):
        assert decompress("snappy", bytes(pack(b"x" * 100)), 100) == b"x" * 100
