"""A short digest of JSON values, to tell whether one is what it was without keeping it. Pure."""

import json
from hashlib import blake2b
from typing import Any


def digest(value: Any) -> str:
    """Digest of a JSON value, independent of key order: 24 hexadecimal digits."""
    encoded = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return blake2b(encoded.encode(), digest_size=12).hexdigest()
