"""What a token endpoint answers (RFC 6749, section 5). Pure."""

from dataclasses import dataclass

import orjson

_DEFAULT_TYPE = "Bearer"


class TokenRefusedError(Exception):
    """The endpoint gave no token; `rejected` when it refused the client, perhaps for how it presented itself."""

    def __init__(self, message: str, *, rejected: bool = False) -> None:
        super().__init__(message)
        self.rejected = rejected


@dataclass(frozen=True, slots=True)
class Token:
    """A token with the monotonic time of its end; None when it has none."""

    value: str
    kind: str
    expires: float | None

    def usable(self, now: float, buffer: float) -> bool:
        """Whether it need not be renewed yet."""
        return self.expires is None or now < self.expires - buffer

    @property
    def header(self) -> str:
        """Value of the Authorization header."""
        return f"{self.kind} {self.value}"


def parse_token(status: int, body: bytes, now: float) -> Token:
    """Read an answer; `TokenRefusedError` says why it holds no token (never what the body holds, which may be secret)."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = None
    if status != 200:
        reason = answer.get("error") if isinstance(answer, dict) else None
        raise TokenRefusedError(
            f"the token endpoint answered {status}" + (f" {reason}" if reason else ""), rejected=status in (400, 401)
        )
    if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str) or not answer["access_token"]:
        raise TokenRefusedError("the token endpoint answered without an access_token")
    try:
        lifetime = float(answer.get("expires_in") or 0)
    except (TypeError, ValueError):
        lifetime = 0.0
    kind = str(answer.get("token_type") or _DEFAULT_TYPE)
    return Token(
        answer["access_token"],
        _DEFAULT_TYPE if kind.lower() == "bearer" else kind,
        now + lifetime if lifetime > 0 else None,
    )
