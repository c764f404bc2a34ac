"""FNV-1a, the hash by which the Go collector's samplers decide (not for anything that an adversary must not foresee)."""


def fnv1a_64(data: bytes) -> int:
    """64 bits."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def fnv1a_32(data: bytes) -> int:
    """32 bits."""
    value = 0x811C9DC5
    for byte in data:
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value
