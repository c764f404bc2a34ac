"""Numbers in protobuf's wire format, for writers of requests without message objects. Pure."""

_SMALL = 2_048


def _encoded(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


_VARINTS = tuple(_encoded(number) for number in range(_SMALL))
"""Lengths and keys are nearly always among them."""


def varint(number: int) -> bytes:
    """Encode a number from 0 to 2**64 - 1."""
    return _VARINTS[number] if number < _SMALL else _encoded(number)
