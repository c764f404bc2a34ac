"""Whether a sender waits as long as it was told to. Pure."""

from dataclasses import dataclass, field


@dataclass
class Patience:
    """What requests were refused, and until when they may not come again."""

    early: int = 0
    """Requests that came again too soon."""
    told: int = 0
    """Refusals that said how long to wait."""
    again: int = 0
    """Requests that came again after that."""
    _until: dict[bytes, float] = field(default_factory=dict)

    def refused(self, request: bytes, seconds: float, now: float) -> None:
        """Note that a request was told to wait; `now` is no later than the refusal leaves."""
        self.told += 1
        self._until[request] = now + seconds

    def came(self, request: bytes, now: float) -> None:
        """Note that a request has come, perhaps again."""
        until = self._until.pop(request, None)
        if until is None:
            return
        self.again += 1
        if now < until:
            self.early += 1
