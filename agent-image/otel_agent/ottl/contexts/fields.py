"""Ready-made accessors for the fields of messages. `slot` is where in an Item the message is: resource, scope, item or part."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from otel_agent.ottl.function import Accessor
from otel_agent.ottl.values import EvaluationError, Messages, Time, Value, WrongType, type_name

_UINT64 = 2**64


def expect(value: Value, kind: type, name: str) -> Any:
    """Return the value; WrongType where it is not of the type."""
    if value.__class__ is not kind:
        raise WrongType(f"expected {name} but got {type_name(value)}")
    return value


def owner(slot: str, field: str) -> tuple[Callable[[Any], Any], str]:
    """Return a function of the item that gives the message with the field, and the field's own name."""
    path, _, name = f"{slot}.message.{field}".rpartition(".")
    return attrgetter(path), name


def text(slot: str, field: str) -> Accessor:
    """Access a string field; `field` may have dots."""
    parent, name = owner(slot, field)

    def assign(item: Any, value: Value) -> None:
        setattr(parent(item), name, expect(value, str, "string"))

    return Accessor(attrgetter(f"{slot}.message.{field}"), assign)


def boolean(slot: str, field: str) -> Accessor:
    """Access a bool field."""
    parent, name = owner(slot, field)

    def assign(item: Any, value: Value) -> None:
        setattr(parent(item), name, expect(value, bool, "bool"))

    return Accessor(attrgetter(f"{slot}.message.{field}"), assign)


def double(slot: str, field: str) -> Accessor:
    """Access a double field."""
    parent, name = owner(slot, field)

    def assign(item: Any, value: Value) -> None:
        setattr(parent(item), name, expect(value, float, "float"))

    return Accessor(attrgetter(f"{slot}.message.{field}"), assign)


def signed32(value: int) -> int:
    """Cut to 32 bits with a sign, as Go's conversion does."""
    return (value + 2**31) % 2**32 - 2**31


def unsigned32(value: int) -> int:
    """Cut to 32 bits, as Go's conversion does."""
    return value % 2**32


def unsigned64(value: int) -> int:
    """Return the same 64 bits without a sign."""
    return value % _UINT64


def signed64(value: int) -> int:
    """Return the same 64 bits with a sign."""
    return value - _UINT64 if value >= 2**63 else value


def integer(slot: str, field: str, cut: Callable[[int], int], *, wide: bool = False) -> Accessor:
    """Access an integer field; `cut` fits what is assigned to it, `wide` says that it is unsigned with 64 bits."""
    parent, name = owner(slot, field)
    get = attrgetter(f"{slot}.message.{field}")

    def assign(item: Any, value: Value) -> None:
        setattr(parent(item), name, cut(expect(value, int, "int")))

    return Accessor((lambda item: signed64(get(item))) if wide else get, assign)


def time_fields(slot: str, name: str) -> dict[str, Accessor]:
    """Both forms of a time: `name` is a time, `name_unix_nano` an integer."""
    field = f"{name}_unix_nano"
    parent, last = owner(slot, field)
    get = attrgetter(f"{slot}.message.{field}")

    def assign(item: Any, value: Value) -> None:
        setattr(parent(item), last, unsigned64(expect(value, Time, "time").unix_nano))

    return {
        field: integer(slot, field, unsigned64, wide=True),
        name: Accessor(lambda item: Time(signed64(get(item))), assign),
    }


def id_fields(slot: str, name: str, size: int) -> dict[str, Accessor]:
    """Both forms of an id: `name` is bytes (zeros where there is none), `name.string` hex."""
    parent, _ = owner(slot, name)
    get = attrgetter(f"{slot}.message.{name}")
    nothing = bytes(size)

    def read(item: Any) -> bytes:
        found: bytes = get(item)
        return found if len(found) == size else nothing

    def assign(item: Any, value: Value) -> None:
        if len(expect(value, bytes, "an id")) != size:
            raise EvaluationError(f"{name} has {size} bytes, not {len(value)}")
        setattr(parent(item), name, value if value != nothing else b"")

    def assign_text(item: Any, value: Value) -> None:
        digits = expect(value, str, "string")
        try:
            found = bytes.fromhex(digits) if len(digits) == 2 * size and digits.isalnum() else b""
        except ValueError:
            found = b""
        if len(found) != size:
            raise EvaluationError(f"{name} is written with {2 * size} hex digits, not {digits!r}")
        assign(item, found)

    return {name: Accessor(read, assign), f"{name}.string": Accessor(lambda item: read(item).hex(), assign_text)}


def messages(slot: str, field: str) -> Accessor:
    """Access a repeated field of messages; to be counted, or assigned from another of the kind."""
    get = attrgetter(f"{slot}.message.{field}")

    def read(item: Any) -> Messages:
        found = get(item)
        return Messages(field, tuple(found))

    def assign(item: Any, value: Value) -> None:
        if not isinstance(value, Messages) or value.kind != field:
            raise WrongType(f"expected {field} but got {type_name(value)}")
        copies = [type(message).FromString(message.SerializeToString()) for message in value.messages]
        found = get(item)
        del found[:]
        found.extend(copies)

    return Accessor(read, assign)


def message(slot: str, field: str) -> Accessor:
    """Access a field that holds one message; to be assigned from another of the kind."""
    get = attrgetter(f"{slot}.message.{field}")

    def assign(item: Any, value: Value) -> None:
        if not isinstance(value, Messages) or value.kind != field:
            raise WrongType(f"expected {field} but got {type_name(value)}")
        get(item).CopyFrom(value.messages[0])

    return Accessor(lambda item: Messages(field, (get(item),)), assign)


def holder_text(slot: str, field: str) -> Accessor:
    """Access a string field of what holds the message, as the schema URL of a resource."""
    get = attrgetter(f"{slot}.holder.{field}")
    holder = attrgetter(f"{slot}.holder")

    def assign(item: Any, value: Value) -> None:
        setattr(holder(item), field, expect(value, str, "string"))

    return Accessor(get, assign)


def nothing_assigned(item: Any, value: Value) -> None:
    """Take no notice of what is assigned: for what can only be read."""
