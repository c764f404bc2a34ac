from google.protobuf.internal.encoder import _VarintBytes  # type: ignore[attr-defined]

from otel_agent.pdata.varint import varint


def test_numbers_are_written_as_protobuf_writes_them() -> None:
    for number in (0, 1, 127, 128, 300, 2047, 2048, 2**32, 2**63, 2**64 - 1):
        assert varint(number) == _VarintBytes(number)
