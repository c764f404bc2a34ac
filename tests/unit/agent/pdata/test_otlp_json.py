import json
import struct
from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.messages import REQUESTS
from otel_agent.pdata.otlp_json import json_to_request, request_to_json
from otel_agent.pdata.telemetry import Signal

ID_LENGTHS = {"trace_id": 16, "span_id": 8, "parent_span_id": 8}
INTEGERS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
    FieldDescriptor.CPPTYPE_ENUM: (0, 6),
}


def fill(draw: Any, message: Any, depth: int = 0) -> Any:
    """Set a drawn selection of fields, at all levels."""
    for field in message.DESCRIPTOR.fields:
        if depth > 9 or not draw(st.booleans() if depth > 3 else st.just(True)):
            continue
        amount = draw(st.integers(0, 2)) if field.is_repeated else 1
        for _ in range(amount):
            if field.message_type is not None:
                target = getattr(message, field.name)
                child = target.add() if field.is_repeated else target
                child.SetInParent()
                fill(draw, child, depth + 1)
            elif field.is_repeated:
                getattr(message, field.name).append(draw(scalar(field)))
            else:
                setattr(message, field.name, draw(scalar(field)))
    return message


def scalar(field: Any) -> st.SearchStrategy[Any]:
    if field.cpp_type in INTEGERS:
        return st.integers(*INTEGERS[field.cpp_type])
    if field.type == FieldDescriptor.TYPE_BYTES:
        length = ID_LENGTHS.get(field.name)
        return st.binary(max_size=5) if length is None else st.sampled_from([b"", bytes(range(length))])
    return {
        FieldDescriptor.CPPTYPE_STRING: st.text(max_size=4),
        FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
        FieldDescriptor.CPPTYPE_DOUBLE: st.floats(allow_nan=False),
    }[field.cpp_type]


@pytest.mark.parametrize("signal", Signal)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_json_round_trip_gives_an_equal_message(signal: Signal, data: Any) -> None:
    request = fill(data.draw, REQUESTS[signal]())
    text = request_to_json(signal, request.SerializeToString())
    assert REQUESTS[signal].FromString(json_to_request(signal, text)) == request


@pytest.mark.parametrize("signal", Signal)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_json_of_the_protobuf_library_is_read_equally_once_ids_are_hex(signal: Signal, data: Any) -> None:
    request = fill(data.draw, REQUESTS[signal]())
    for original_names in (False, True):
        made = json_format.MessageToDict(request, preserving_proto_field_name=original_names)
        text = json.dumps(hex_ids(made)).encode()
        assert REQUESTS[signal].FromString(json_to_request(signal, text)) == request


def hex_ids(value: Any) -> Any:
    import base64

    if isinstance(value, list):
        return [hex_ids(item) for item in value]
    if not isinstance(value, dict):
        return value
    ids = {"traceId", "spanId", "parentSpanId", *ID_LENGTHS}
    return {k: base64.b64decode(v).hex() if k in ids else hex_ids(v) for k, v in value.items()}


def span(fields: str) -> Any:
    text = f'{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{fields}}}]}}]}}]}}'
    return (
        REQUESTS[Signal.TRACES]
        .FromString(json_to_request(Signal.TRACES, text.encode()))
        .resource_spans[0]
        .scope_spans[0]
        .spans[0]
    )


def test_ids_are_hexadecimal_in_any_case() -> None:
    assert span('"traceId":"0AF7651916CD43DD8448EB211C80319c"').trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"


def test_numbers_may_be_strings_and_enums_names() -> None:
    read = span('"startTimeUnixNano":"1544712660000000000","endTimeUnixNano":1544712661000000000,"kind":"SPAN_KIND_SERVER"')
    assert (read.start_time_unix_nano, read.end_time_unix_nano, read.kind) == (1544712660000000000, 1544712661000000000, 2)
    assert span('"kind":3').kind == 3


def test_unknown_fields_and_nulls_are_ignored() -> None:
    assert span('"name":"a","new":{"x":[1]},"attributes":null').name == "a"


def test_special_floats_are_strings() -> None:
    text = '"attributes":[{"key":"a","value":{"doubleValue":"NaN"}},{"key":"b","value":{"doubleValue":"-Infinity"}}]'
    values = [attribute.value.double_value for attribute in span(text).attributes]
    assert str(values[0]) == "nan"
    assert values[1] == -float("inf")


def test_a_nan_is_written_as_string() -> None:
    request = REQUESTS[Signal.METRICS]()
    request.resource_metrics.add().scope_metrics.add().metrics.add().gauge.data_points.add(
        as_double=struct.unpack(">d", b"\x7f\xf8" + bytes(6))[0]
    )
    assert b'"asDouble":"NaN"' in request_to_json(Signal.METRICS, request.SerializeToString())


def test_bytes_are_base64_of_either_alphabet_with_or_without_padding() -> None:
    for text in ("-_8=", "+/8=", "-_8"):
        assert (
            span(f'"attributes":[{{"key":"a","value":{{"bytesValue":"{text}"}}}}]').attributes[0].value.bytes_value == b"\xfb\xff"
        )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ('"traceId":"0af7"', "traceId: expected 32 hexadecimal digits"),
        ('"spanId":"zzzzzzzzzzzzzzzz"', "spanId: .* is not hexadecimal"),
        ('"name":5', "name: expected a string, got 5"),
        ('"kind":"SERVER"', "kind: unknown value 'SERVER'"),
        ('"startTimeUnixNano":-1', "malformed traces request"),
        ('"startTimeUnixNano":"1.5"', "is not an integer"),
        ('"startTimeUnixNano":" 1"', "is not an integer"),
        ('"startTimeUnixNano":"1e 3"', "is not an integer"),
        ('"startTimeUnixNano":"\u0663"', "is not an integer"),
        ('"startTimeUnixNano":"1_000e0"', "is not an integer"),
        ('"kind":"\u0663"', "kind: unknown value"),
        ('"attributes":[{"key":"a","value":{"doubleValue":"1_0"}}]', "is not a number"),
        ('"attributes":[{"key":"a","value":{"doubleValue":" 1"}}]', "is not a number"),
        ('"attributes":[{"key":"a","value":{"doubleValue":"nan"}}]', "is not a number"),
        ('"attributes":{}', "attributes: expected an array"),
        ('"attributes":[null]', "attributes: expected an object"),
        ('"attributes":[{"key":"a","value":{"boolValue":1}}]', "boolValue: expected true or false"),
        ('"attributes":[{"key":"a","value":{"bytesValue":"*"}}]', "bytesValue: .* is not base64"),
    ],
)
def test_wrong_values_are_refused_with_their_field(fields: str, message: str) -> None:
    with pytest.raises(InvalidTelemetry, match=message):
        span(fields)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_what_is_not_a_json_object_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidTelemetry):
        json_to_request(Signal.LOGS, text)


@pytest.mark.parametrize("levels", [60, 300])
def test_nesting_beyond_what_protobuf_reads_is_refused(levels: int) -> None:
    value = '{"arrayValue":{"values":[' * levels + "{}" + "]}}" * levels
    with pytest.raises(InvalidTelemetry):
        span(f'"attributes":[{{"key":"a","value":{value}}}]')
