"""The size that all files of one storage may have together."""

from otel_agent.pipeline.storage import StorageFullError
from otel_agent.telemetry.instruments import Counter


class DiskBudget:
    """Counts bytes on disk; the counters are what the metrics show."""

    def __init__(self, limit: int, refused: Counter, damaged: Counter) -> None:
        self.limit = limit
        """Bytes; 0 is no limit."""
        self.used = 0
        self.refused = refused
        self.damaged = damaged

    def admit(self, size: int) -> None:
        """Raise `StorageFullError` when so many bytes more are too many."""
        if self.limit and self.used + size > self.limit:
            self.refused.add()
            raise StorageFullError(f"storage is full: {self.used} of {self.limit} bytes (max_size_mib) are used")
