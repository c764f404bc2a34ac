"""What goes wrong between the collector and the Kubernetes API."""


class KubeError(Exception):
    """The API server refused, gave an answer that is none, or could not be reached."""

    def __init__(self, path: str, reason: str, *, status: int = 0, retry_after: float | None = None, lost: bool = False) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.status = status
        """HTTP status; 0 when there was no answer, or none that can be read."""
        self.retry_after = retry_after
        """Seconds that the API server asked us to wait."""
        self.lost = lost
        """Whether the connection failed, which says nothing of what was asked for."""
        self.remedy = ""
        """What would help, where that is known."""
