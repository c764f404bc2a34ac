import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_agent.extensions.file_storage.records import MAX_KEY, Damage, Entry, encode, scan
from otel_agent.pipeline.storage import Delete, Operation, Put

KEYS = st.text(min_size=1, max_size=8)
OPERATIONS = st.lists(st.one_of(st.builds(Put, KEYS, st.binary(max_size=40)), st.builds(Delete, KEYS)), min_size=1, max_size=4)


def written(batches: list[list[Operation]]) -> list[bytes]:
    return [b"".join(encode(batch).pieces) for batch in batches]


def operations_of(data: bytes, entries: list[Entry]) -> list[Operation]:
    return [
        Delete(entry.key) if entry.offset is None else Put(entry.key, data[entry.offset : entry.offset + entry.length])
        for entry in entries
    ]


@given(st.lists(OPERATIONS, max_size=5))
def test_what_was_encoded_is_read_again(batches: list[list[Operation]]) -> None:
    data = b"".join(written(batches))
    read = [operations_of(data, found) for found in scan(data) if not isinstance(found, Damage)]
    assert read == batches


@given(st.lists(OPERATIONS, min_size=1, max_size=5), st.data())
def test_a_file_cut_anywhere_gives_the_records_before_the_cut(batches: list[list[Operation]], draw: st.DataObject) -> None:
    records = written(batches)
    data = b"".join(records)
    cut = draw.draw(st.integers(0, len(data) - 1))
    found = list(scan(data[:cut]))
    whole = 0
    while sum(len(record) for record in records[: whole + 1]) <= cut:
        whole += 1
    assert [operations_of(data, item) for item in found if not isinstance(item, Damage)] == batches[:whole]
    damage = [item for item in found if isinstance(item, Damage)]
    assert all(item.unfinished for item in damage)
    assert sum(item.length for item in damage) == cut - sum(len(record) for record in records[:whole])


@given(st.lists(OPERATIONS, min_size=1, max_size=5), st.data())
def test_a_changed_byte_never_gives_other_operations(batches: list[list[Operation]], draw: st.DataObject) -> None:
    data = bytearray(b"".join(written(batches)))
    position = draw.draw(st.integers(0, len(data) - 1))
    data[position] ^= draw.draw(st.integers(1, 255))
    found = list(scan(bytes(data)))
    assert any(isinstance(item, Damage) for item in found)
    for item in found:
        assert isinstance(item, Damage) or operations_of(bytes(data), item) in batches


def test_a_damaged_body_does_not_hide_the_records_behind_it() -> None:
    first, second = written([[Put("a", b"one")], [Put("b", b"two")]])
    broken = first[:-1] + b"!"
    found = list(scan(broken + second))
    assert found[0] == Damage(0, len(first), unfinished=False)
    assert operations_of(broken + second, found[1]) == [Put("b", b"two")]  # type: ignore[arg-type]


def test_records_inside_a_value_are_not_taken_for_records_when_its_own_is_cut_short() -> None:
    inner = written([[Delete("innocent")]])[0]
    outer = written([[Put("a", inner * 3)]])[0]
    found = list(scan(outer[:-1]))
    assert [type(item) for item in found] == [Damage]


@pytest.mark.parametrize("key", ["", "k" * (MAX_KEY + 1)])
def test_a_key_must_be_neither_empty_nor_endless(key: str) -> None:
    with pytest.raises(ValueError, match="must have 1 to"):
        encode([Put(key, b"")])
