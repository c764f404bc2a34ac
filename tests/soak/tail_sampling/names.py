"""A name whose addresses change while collectors run: the hosts file of a mount namespace of their own.

The system's resolver reads it at each question, so that a collector in there asks as it does anywhere, and nothing outside
notices. Needs Linux and either root or user namespaces.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

HOSTNAME = "gateways.test"


class NoNamespace(Exception):
    """This machine lets nobody have a mount namespace; the text says why."""


class Hosts:
    """The addresses of `HOSTNAME`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._system = Path("/etc/hosts").read_text()
        path.write_text(self._system)
        root = () if os.geteuid() == 0 else ("--map-root-user",)
        self.within: Sequence[str | Path] = (
            *("unshare", "--mount", *root, "--", "/bin/sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"'),
            path,
        )
        """Runs the command that follows where the name has these addresses."""

    def demand(self) -> None:
        """Raise `NoNamespace` where it cannot be."""
        try:
            subprocess.run([*self.within, "true"], check=True, capture_output=True, text=True, timeout=30)
        except FileNotFoundError as error:
            raise NoNamespace(f"{error.filename} is not there") from error
        except subprocess.CalledProcessError as error:
            raise NoNamespace(f"it needs root or user namespaces: {error.stderr.strip()}") from error

    def become(self, addresses: Sequence[str]) -> None:
        """Change them, in place: the file itself is what the collectors have mounted."""
        self._path.write_text(self._system + "".join(f"{address} {HOSTNAME}\n" for address in addresses))
