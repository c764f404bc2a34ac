"""Names of users by their number, from the host's /etc/passwd."""

import os

from otel_agent.receivers.host_metrics.host import lines_of


class Owners:
    """Reads the file anew when it has changed. KeyError for a number that it does not have."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._read_at = 0
        self._names: dict[int, str] = {}

    def refresh(self) -> None:
        """Read the file if it has changed; one that cannot be read names nobody."""
        try:
            changed = os.stat(self._path).st_mtime_ns
            if changed != self._read_at:
                self._names = dict(_entries(self._path))
                self._read_at = changed
        except (OSError, ValueError):
            self._names = {}

    def name(self, number: int) -> str:
        """Return the user's name."""
        return self._names[number]


def _entries(path: str) -> list[tuple[int, str]]:
    fields = [line.split(":") for line in lines_of(path)]
    return [(int(field[2]), field[0]) for field in reversed(fields) if len(field) > 2 and field[2].isdigit()]
