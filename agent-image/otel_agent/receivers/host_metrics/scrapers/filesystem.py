"""Scraper filesystem: the mounts of the host's first process, and what statvfs says of each."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from otel_agent.receivers.host_metrics.config import FilesystemConfig
from otel_agent.receivers.host_metrics.host import HostFiles, lines_of
from otel_agent.receivers.host_metrics.precision import ratio
from otel_agent.receivers.host_metrics.scrapers.base import HostScraper
from otel_agent.scraping.names import compile_names
from otel_agent.scraping.scraper import Scrape

MAX_MOUNTS = 5000
"""Mounts looked at; a host with many pods has hundreds."""
_ESCAPE = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of mountinfo."""

    device: str
    mount_point: str
    type: str
    mode: str


class FilesystemScraper(HostScraper):
    """Space and inodes of each mount."""

    name = "filesystem"
    metric_count = 2

    def __init__(self, config: FilesystemConfig, host: HostFiles, version: str) -> None:
        super().__init__(config, host, version)
        self._virtual = config.include_virtual_filesystems
        self._device = compile_names(config.include_devices, config.exclude_devices)
        self._type = compile_names(config.include_fs_types, config.exclude_fs_types)
        self._mount_point = compile_names(config.include_mount_points, config.exclude_mount_points)

    def collect(self, scrape: Scrape) -> None:
        """Record every mount that is chosen; one that cannot be asked is an error of its own."""
        seen: set[tuple[str, str]] = set()
        mounts = [mount for mount in self._mounts() if self._is_chosen(mount)]
        if len(mounts) > MAX_MOUNTS:
            scrape.fail(f"only {MAX_MOUNTS} of {len(mounts)} mounts are read; exclude some", len(mounts) - MAX_MOUNTS)
        for mount in mounts[:MAX_MOUNTS]:
            if (mount.device, mount.mount_point) in seen:
                continue
            seen.add((mount.device, mount.mount_point))
            path = self._host.mounted(mount.mount_point)
            try:
                found = os.statvfs(path)
            except OSError as error:
                scrape.fail(f"failed to read usage at {path}: {error.strerror}", 0)
                continue
            self._record(mount, found)
        if scrape.error_count and not self._recorded:
            scrape.failed_points += self.metric_count
        self._recorded = False

    _recorded = False

    def _record(self, mount: Mount, found: os.statvfs_result) -> None:
        self._recorded = True
        where = (mount.device, mount.mode, mount.mount_point, mount.type)
        size = found.f_frsize or found.f_bsize
        used, free = (found.f_blocks - found.f_bfree) * size, found.f_bavail * size
        add = self.metrics.add
        add("system.filesystem.usage", used, *where, "used")
        add("system.filesystem.usage", free, *where, "free")
        add("system.filesystem.usage", found.f_blocks * size - used - free, *where, "reserved")
        add("system.filesystem.utilization", ratio(used, used + free), *where)
        add("system.filesystem.inodes.usage", found.f_files - found.f_ffree, *where, "used")
        add("system.filesystem.inodes.usage", found.f_ffree, *where, "free")

    def _is_chosen(self, mount: Mount) -> bool:
        return self._device(mount.device) and self._type(mount.type) and self._mount_point(mount.mount_point)

    def _mounts(self) -> Iterator[Mount]:
        """Yield mounts as the Go collector names them: where nothing virtual is wanted, those of a path that are no bind mounts.

        Other mounts of one device have the name that the first has.
        """
        devices: dict[str, str] = {}
        for line in self._mount_lines():
            left, _, right = line.partition(" - ")
            fields, (kind, source, *_) = left.split(), [*right.split(), "", ""]
            if len(fields) < 6 or not kind:
                continue
            number, root, point = fields[2:5]
            is_path = source.startswith("/")
            if not (self._virtual or is_path or kind == "zfs"):  # pools have no path; Go leaves them out
                continue
            device = devices.setdefault(number, source if is_path or root == "/" else root)
            if is_path and root != "/" and not self._virtual:
                continue
            options = fields[5].split(",")
            mode = "rw" if "rw" in options else "ro" if "ro" in options else "unknown"
            yield Mount(_unescaped(device), _unescaped(point), kind, mode)

    def _mount_lines(self) -> Iterator[str]:
        try:
            return lines_of(self._host.proc("1", "mountinfo"))
        except OSError:  # of another user's process it may be closed to us
            return lines_of(self._host.proc("self", "mountinfo"))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 8)), text)
