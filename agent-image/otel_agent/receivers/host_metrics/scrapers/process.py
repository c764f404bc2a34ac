"""Scraper process: every process, a resource of its own."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from otel_agent.receivers.host_metrics.config import ProcessConfig
from otel_agent.receivers.host_metrics.definitions import PROCESS_ATTRIBUTES
from otel_agent.receivers.host_metrics.host import HostFiles, entries_of, lines_of
from otel_agent.receivers.host_metrics.owners import Owners
from otel_agent.receivers.host_metrics.process_files import ProcessFiles, Stat
from otel_agent.receivers.host_metrics.scrapers.base import SCOPE
from otel_agent.receivers.host_metrics.scrapers.memory import meminfo
from otel_agent.scraping.names import compile_names, compile_resources
from otel_agent.scraping.recorder import AttributeValue, Recorder
from otel_agent.scraping.scraper import Scrape

MAX_PROCESSES = 10_000
"""Processes reported; of those beyond there is an error. One costs about 150 microseconds and 1.5 KB of the request."""
_SHORT_NAME = 15
"""Bytes that the kernel keeps of a name."""
T = TypeVar("T")
_IO = (("read", "rchar", "syscr"), ("write", "wchar", "syscw"))
"""Columns of bytes and calls. As in the Go collector, the bytes are those of all reads and writes, on disks or not."""
_Times = tuple[float, float, float]


@dataclass(slots=True)
class _Before:
    """What shares of CPU time are computed from."""

    started: float
    at: int
    times: _Times


class _Problems:
    """Errors of reading one process, noted in the scrape; that it has ended is none."""

    def __init__(self, scrape: Scrape, process: str) -> None:
        self._scrape = scrape
        self._process = process

    def tried(self, what: str, read: Callable[[], T], points: int, *, muted: bool = False) -> T | None:
        """Return what is read; None when it cannot be, with `points` metrics missing because of it."""
        try:
            return read()
        except (OSError, ValueError, KeyError) as error:
            if not muted and not _has_ended(error):
                self._scrape.fail(f"error reading {what} for {self._process}: {error}", points)
            return None


def _has_ended(error: Exception) -> bool:
    return isinstance(error, FileNotFoundError | ProcessLookupError)


def _full_name(name: str, command: list[str]) -> str:
    """Return a name that the kernel has cut as the command has it, if that begins with it."""
    if len(name) < _SHORT_NAME or not command:
        return name
    full = os.path.basename(command[0])
    return full if full.startswith(name) else name


class ProcessScraper:
    """Reads what is enabled of each process; a process that ends meanwhile is left out without an error."""

    name = "process"
    metric_count = 4

    def __init__(self, config: ProcessConfig, host: HostFiles, version: str) -> None:
        self._config = config
        self._host = host
        self._version = version
        self._metrics = Recorder(config)
        self._chosen = compile_names(config.include, config.exclude)
        self._reported = compile_resources(config.resource_attributes)
        self._attributes = {name for name in PROCESS_ATTRIBUTES if config.resource_attribute(name)}
        self._owners = Owners(host.etc("passwd"))
        self._before: dict[str, _Before] = {}
        self._boot = 0
        self._total_memory = 0
        self._cpus = 1

    def scrape(self, now: int) -> Scrape:
        """Read all processes once. OSError and ValueError when there is nothing to read."""
        self._boot = self._boot or self._host.boot_time() * 1_000_000_000
        self._owners.refresh()
        if self._metrics.wants("process.memory.utilization"):
            self._total_memory = meminfo(self._host.proc("meminfo")).get("MemTotal", 0)
        if self._metrics.wants("process.cpu.utilization"):
            names = (line.partition(" ")[0] for line in lines_of(self._host.proc("stat")))
            self._cpus = sum(name.startswith("cpu") and name != "cpu" for name in names) or 1
        scrape = Scrape()
        pids = [entry for entry in entries_of(self._host.proc()) if entry.isdigit()]
        if len(pids) > MAX_PROCESSES:
            missing = len(pids) - MAX_PROCESSES
            scrape.fail(f"only {MAX_PROCESSES} of {len(pids)} processes are read; include or exclude some by name", missing)
        before, self._before = self._before, {}
        for pid in pids[:MAX_PROCESSES]:
            self._process(pid, now, before.get(pid), scrape)
        if self._config.mute_process_all_errors:
            return Scrape(scrape.resources)
        return scrape

    def _process(self, pid: str, now: int, before: _Before | None, scrape: Scrape) -> None:
        files = ProcessFiles(self._host, pid)
        try:
            stat = files.stat()
        except (OSError, ValueError) as error:
            if not _has_ended(error) and not self._config.mute_process_name_error:
                scrape.fail(f"error reading process name for pid {pid}: {error}", 1)
            return
        started = self._boot + int(stat.started * 1e9)
        delay = self._config.scrape_process_delay
        if delay and now - started < delay * 1e9:
            return
        problems = _Problems(scrape, f'process "{stat.name}" (pid {pid})')
        command = problems.tried("command", files.command, 0) or []
        name = _full_name(stat.name, command)
        if not self._chosen(name):
            return
        resource = self._resource(pid, name, stat, command, files, problems)
        if not self._reported(resource):
            return
        self._record(stat, files, problems, now, started)
        times = (stat.user, stat.system, stat.wait)
        if before is not None and before.started == stat.started and now > before.at:
            seconds = (now - before.at) / 1e9 * self._cpus
            for state, value, then in zip(("user", "system", "wait"), times, before.times, strict=True):
                self._metrics.add("process.cpu.utilization", (value - then) / seconds, state)
        self._before[pid] = _Before(stat.started, now, times)
        scope = SCOPE.format(self.name)
        made = self._metrics.take(scope, self._version, start=started, now=now, resource=resource)
        if made is not None:
            scrape.resources.append(made)

    def _resource(
        self, pid: str, name: str, stat: Stat, command: list[str], files: ProcessFiles, problems: _Problems
    ) -> dict[str, AttributeValue]:
        wanted, config = self._attributes, self._config
        found: dict[str, AttributeValue] = {"process.pid": int(pid), "process.parent_pid": stat.parent}
        found["process.executable.name"] = name
        if "process.executable.path" in wanted:
            muted = config.mute_process_exe_error
            path = problems.tried("executable", lambda: os.readlink(f"{files.folder}/exe"), 1, muted=muted)
            found["process.executable.path"] = path or ""
        # A kernel thread has neither: the attributes are there and empty, as the Go collector has them.
        found["process.command"] = command[0] if command else ""
        found["process.command_line"] = " ".join(command)
        if "process.owner" in wanted:
            owner = problems.tried("username", lambda: self._owner(files), 0, muted=config.mute_process_user_error)
            if owner:
                found["process.owner"] = owner
        if "process.cgroup" in wanted:
            cgroup = problems.tried("cgroup", files.cgroup, 0, muted=config.mute_process_cgroup_error)
            if cgroup:
                found["process.cgroup"] = cgroup
        return {key: value for key, value in found.items() if key in wanted}

    def _owner(self, files: ProcessFiles) -> str:
        number = files.user()
        try:
            return self._owners.name(number)
        except KeyError:
            raise ValueError(f"no user {number} in {self._host.etc('passwd')}") from None

    def _record(self, stat: Stat, files: ProcessFiles, problems: _Problems, now: int, started: int) -> None:
        add, wants = self._metrics.add, self._metrics.wants
        for state, value in (("user", stat.user), ("system", stat.system), ("wait", stat.wait)):
            add("process.cpu.time", value, state)
        add("process.threads", stat.threads)
        add("process.paging.faults", stat.major_faults, "major")
        add("process.paging.faults", stat.minor_faults, "minor")
        add("process.uptime", (now - started) / 1e9)
        if wants("process.memory.usage", "process.memory.virtual", "process.memory.utilization"):
            memory = problems.tried("memory info", files.memory, 2)
            if memory is not None:
                add("process.memory.usage", memory[0])
                add("process.memory.virtual", memory[1])
                if self._total_memory:
                    add("process.memory.utilization", 100 * memory[0] / self._total_memory)
        if wants("process.disk.io", "process.disk.operations"):
            io = problems.tried("disk usage", files.io, 1, muted=self._config.mute_process_io_error)
            if io is not None:
                for direction, size, calls in _IO:
                    add("process.disk.io", io.get(size, 0), direction)
                    add("process.disk.operations", io.get(calls, 0), direction)
        if wants("process.context_switches"):
            switches = problems.tried("context switch counts", files.context_switches, 1)
            if switches is not None:
                add("process.context_switches", switches[0], "involuntary")
                add("process.context_switches", switches[1], "voluntary")
        if wants("process.open_file_descriptors"):
            count = problems.tried("open file descriptor count", files.open_files, 1)
            if count is not None:
                add("process.open_file_descriptors", count)
        if wants("process.signals_pending"):
            status = problems.tried("pending signals", files.status, 1)
            if status is not None:
                add("process.signals_pending", int(status.get("SigQ", "0/0").partition("/")[0]))
