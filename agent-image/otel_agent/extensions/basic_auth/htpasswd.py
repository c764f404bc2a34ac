"""Users and password hashes as Apache's htpasswd writes them: bcrypt, {SHA}, or plain text."""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping

import bcrypt

_BCRYPT = ("$2a$", "$2b$", "$2y$")
_UNSUPPORTED = ("$apr1$", "$1$", "$5$", "$6$")
_SHA = "{SHA}"


def parse_htpasswd(text: str) -> dict[str, str]:
    """User to hash, the later line winning; ValueError names the line that is not understood."""
    return dict(_lines(text))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        user, colon, hashed = line.partition(":")
        if not colon or not user or not hashed:
            raise ValueError(f"line {number} is not user:hash")
        if hashed.startswith(_UNSUPPORTED):
            raise ValueError(f'line {number}: the hash of "{user}" is of a kind not supported here, make it with htpasswd -B')
        yield user, hashed


def is_slow(hashed: str) -> bool:
    """Whether checking against this hash takes so long that it belongs into a thread."""
    return hashed.startswith(_BCRYPT)


def matches(users: Mapping[str, str], user: str, password: str) -> bool:
    """Whether the user exists and this is the password."""
    hashed = users.get(user)
    if hashed is None:
        return False
    if is_slow(hashed):
        try:
            return bcrypt.checkpw(password.encode(), hashed.encode())
        except ValueError:  # malformed hash, or a password longer than bcrypt takes
            return False
    if hashed.startswith(_SHA):
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
        return hmac.compare_digest(hashed.removeprefix(_SHA).encode(), base64.b64encode(digest))
    return hmac.compare_digest(hashed.encode(), password.encode())
