"""MD5, SHA1, SHA256, SHA512, FNV, Murmur3Hash, Murmur3Hash128, XXH3, XXH128: digests of a text, in hex (FNV as an integer).

None of them protects anything here: they make keys. mmh3 and xxhash are loaded at the first call.
"""

import hashlib
from collections.abc import Callable

from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import Value, wrap_int64

_FNV_OFFSET = 0xCBF29CE484222325
_FNV_PRIME = 0x100000001B3
_MASK = 2**64 - 1


def fnv(target: str) -> int:
    """Return FNV-1a of 64 bits as a signed integer."""
    number = _FNV_OFFSET
    for byte in target.encode():
        number = (number ^ byte) * _FNV_PRIME & _MASK
    return wrap_int64(number)


def murmur3(target: str) -> str:
    """Return MurmurHash3 of 32 bits, its bytes in little-endian order."""
    import mmh3

    return mmh3.hash(target.encode(), signed=False).to_bytes(4, "little").hex()


def murmur3_128(target: str) -> str:
    """Return MurmurHash3 of 128 bits for 64-bit machines, the bytes of each half in little-endian order."""
    import mmh3

    return mmh3.hash_bytes(target.encode(), x64arch=True).hex()


def xxh3(target: str) -> str:
    """Return XXH3 of 64 bits."""
    import xxhash

    return xxhash.xxh3_64_hexdigest(target.encode())


def xxh128(target: str) -> str:
    """Return XXH3 of 128 bits."""
    import xxhash

    return xxhash.xxh3_128_hexdigest(target.encode())


def _digest(algorithm: str) -> Callable[[str], Value]:
    return lambda target: hashlib.new(algorithm, target.encode(), usedforsecurity=False).hexdigest()


_CALLS: dict[str, Callable[[str], Value]] = {
    "MD5": _digest("md5"),
    "SHA1": _digest("sha1"),
    "SHA256": _digest("sha256"),
    "SHA512": _digest("sha512"),
    "FNV": fnv,
    "Murmur3Hash": murmur3,
    "Murmur3Hash128": murmur3_128,
    "XXH3": xxh3,
    "XXH128": xxh128,
}

FUNCTIONS: tuple[Function, ...] = tuple(
    Function(name, (Parameter("target", Kind.STRING),), call) for name, call in _CALLS.items()
)
