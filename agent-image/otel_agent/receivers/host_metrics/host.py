"""Where the kernel's files of the observed host are, and facts that several scrapers need."""

import os
from collections.abc import Iterator
from pathlib import Path

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
"""Of the times in /proc/stat and /proc/<pid>/stat, in a second."""
PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")
MAX_FILE = 16 * 1024 * 1024
"""Bytes read of one file; the largest by far is /proc/net/tcp, some 150 bytes a connection."""
_PIECE = 64 * 1024


class HostFiles:
    """Reads below a root directory. Without one, HOST_PROC, HOST_SYS and HOST_ETC say where folders are elsewhere."""

    def __init__(self, root: str) -> None:
        self.root = root.rstrip("/")
        self._folders = {
            name: f"{self.root}/{name}" if root else os.environ.get(f"HOST_{name.upper()}", f"/{name}")
            for name in ("proc", "sys", "etc")
        }

    def proc(self, *parts: str) -> str:
        """Return a path below /proc."""
        return "/".join((self._folders["proc"], *parts))

    def sys(self, *parts: str) -> str:
        """Return a path below /sys."""
        return "/".join((self._folders["sys"], *parts))

    def etc(self, *parts: str) -> str:
        """Return a path below /etc."""
        return "/".join((self._folders["etc"], *parts))

    def mounted(self, mount_point: str) -> str:
        """Return where a mount point of the host is reached from here."""
        return f"{self.root}{mount_point}" or "/"

    def boot_time(self) -> int:
        """Return when the host booted, in seconds since 1970; ValueError when the kernel does not say."""
        for line in lines_of(self.proc("stat")):
            if line.startswith("btime "):
                return int(line.split()[1])
        raise ValueError(f"{self.proc('stat')} has no line btime")


def read(path: str) -> str:
    """Return a file as text; OSError when it cannot be read, ValueError when it is larger than MAX_FILE."""
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = os.read(number, _PIECE)
        if data and (more := os.read(number, _PIECE)):
            whole = bytearray(data)
            while more:
                whole += more
                if len(whole) > MAX_FILE:
                    raise ValueError(f"{path} has more than {MAX_FILE} bytes")
                more = os.read(number, _PIECE)
            return whole.decode("utf-8", "backslashreplace")
    finally:
        os.close(number)
    return data.decode("utf-8", "backslashreplace")


def lines_of(path: str) -> Iterator[str]:
    """Return the lines of a file, as `read` reads it."""
    return iter(read(path).splitlines())


def read_number(path: str) -> int:
    """Return the number in a file."""
    return int(read(path).strip())


def entries_of(folder: str) -> list[str]:
    """Return the names in a folder, sorted; none for a folder that does not exist."""
    try:
        return sorted(entry.name for entry in Path(folder).iterdir())
    except FileNotFoundError:
        return []
