import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_agent.pdata.telemetry import ClientInfo, Signal, Telemetry
from otel_agent.pipeline.sending.stored_request import UndecodableRequestError, decode, encode

TEXT = st.text(st.characters(exclude_categories=[]), max_size=9)
"""With surrogates, which stand for header bytes that are no text."""
CLIENTS = st.builds(ClientInfo, TEXT, st.dictionaries(TEXT, st.lists(TEXT).map(tuple)))
REQUESTS = st.builds(Telemetry, st.sampled_from(Signal), st.binary(max_size=50), st.integers(0, 2**40), CLIENTS)


@given(REQUESTS)
def test_a_request_is_read_as_it_was_stored(telemetry: Telemetry) -> None:
    assert decode(encode(telemetry)) == telemetry


@given(REQUESTS, st.data())
def test_a_changed_byte_is_noticed(telemetry: Telemetry, draw: st.DataObject) -> None:
    value = bytearray(encode(telemetry))
    position = draw.draw(st.integers(4, len(value) - 1))
    value[position] ^= draw.draw(st.integers(1, 255))
    with pytest.raises(UndecodableRequestError):
        decode(bytes(value))


@given(st.binary(max_size=60))
def test_hostile_bytes_are_refused(value: bytes) -> None:
    with pytest.raises(UndecodableRequestError):
        decode(value)
