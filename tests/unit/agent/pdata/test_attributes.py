"""Attributes read and written all at once are those that protobuf's own objects show."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from otel_agent.pdata.attributes import append_attributes, entries_of, read_attributes
from otel_agent.pdata.telemetry import Signal
from otel_agent.pdata.values import read_map
from tests.fuzz import requests


def with_attributes(message: Any) -> Iterator[Any]:
    if message.DESCRIPTOR.name == "Metric" or "attributes" in message.DESCRIPTOR.fields_by_name:
        yield message
    for field, value in message.ListFields():
        if field.message_type is not None:
            for inner in value if field.is_repeated else [value]:
                yield from with_attributes(inner)


@pytest.mark.parametrize("signal", list(Signal))
def test_attributes_of_any_message_are_read_as_from_its_entries(signal: Signal) -> None:
    seen = 0
    for seed in range(40):
        for message in with_attributes(requests.request(Random(seed), signal)):
            assert repr(read_attributes(message)) == repr(read_map(entries_of(message))), f"seed {seed}"  # repr: NaN is itself
            seen += 1
    assert seen > 200


@pytest.mark.parametrize("signal", list(Signal))
def test_what_is_appended_stands_behind_what_is_there(signal: Signal) -> None:
    added = {"new": [1, {"a": None, "b": [b"\0", 1.5, True]}, "ä"], "": -1}
    for message in with_attributes(requests.request(Random(3), signal)):
        before = [entry.SerializeToString() for entry in entries_of(message)]
        append_attributes(message, added)
        entries = entries_of(message)
        assert [entry.SerializeToString() for entry in entries[: len(before)]] == before
        assert read_map(entries[len(before) :]) == added


def test_nothing_appended_leaves_a_message_that_is_not_there_away() -> None:
    spans = requests.REQUESTS[Signal.TRACES]().resource_spans.add()
    append_attributes(spans.resource, {})
    assert not spans.HasField("resource")
    append_attributes(spans.resource, {"a": 1})
    assert read_attributes(spans.resource) == {"a": 1}
