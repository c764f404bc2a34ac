"""The metrics of every scraper: names, units, kinds and attributes of the collector specification, section 3.4."""

from otel_agent.config.blocks.scraping import MetricDefinition as M

_DISK = ("device", "direction")
_FILESYSTEM = ("device", "mode", "mountpoint", "type")

CPU = (
    M("system.cpu.time", "s", "monotonic", float, ("cpu", "state"), description="Seconds each CPU spent in each state."),
    M(
        "system.cpu.utilization",
        "1",
        "gauge",
        float,
        ("cpu", "state"),
        False,
        "Share of each state since the last scrape, 0 to 1.",
    ),
    M("system.cpu.physical.count", "{cpu}", "sum", int, (), False, "Physical CPU cores."),
    M("system.cpu.logical.count", "{cpu}", "sum", int, (), False, "Logical CPUs."),
    M("system.cpu.frequency", "Hz", "gauge", float, ("cpu",), False, "Current frequency of each CPU."),
)
DISK = (
    M("system.disk.io", "By", "monotonic", int, _DISK, description="Bytes read and written."),
    M("system.disk.operations", "{operations}", "monotonic", int, _DISK, description="Reads and writes."),
    M("system.disk.io_time", "s", "monotonic", float, ("device",), description="Time the disk was busy."),
    M("system.disk.operation_time", "s", "monotonic", float, _DISK, description="Time spent in reads and writes."),
    M("system.disk.pending_operations", "{operations}", "sum", int, ("device",), description="Operations that are waiting."),
    M(
        "system.disk.weighted_io_time",
        "s",
        "monotonic",
        float,
        ("device",),
        description="Time busy, times the length of the queue.",
    ),
    M("system.disk.merged", "{operations}", "monotonic", int, _DISK, description="Reads and writes merged into others."),
)
FILESYSTEM = (
    M("system.filesystem.usage", "By", "sum", int, (*_FILESYSTEM, "state"), description="Bytes by state."),
    M("system.filesystem.inodes.usage", "{inodes}", "sum", int, (*_FILESYSTEM, "state"), description="Inodes by state."),
    M("system.filesystem.utilization", "1", "gauge", float, _FILESYSTEM, False, "Share of the bytes in use."),
)
LOAD = tuple(
    M(f"system.cpu.load_average.{minutes}m", "{thread}", "gauge", float, description=f"Load over {minutes} minutes.")
    for minutes in (1, 5, 15)
)
_HUGE = "system.memory.linux.hugepages"
_HUGE_STATE = (f"{_HUGE}.state",)
MEMORY = (
    M("system.memory.usage", "By", "sum", int, ("state",), description="Bytes of memory by state."),
    M("system.memory.utilization", "1", "gauge", float, ("state",), False, "Share of memory by state."),
    M("system.memory.limit", "By", "sum", int, (), False, "Bytes of memory there are."),
    M("system.memory.page_size", "By", "gauge", int, (), False, "Bytes of a page."),
    M("system.linux.memory.available", "By", "sum", int, (), False, "Bytes that programs can still get without swapping."),
    M("system.linux.memory.dirty", "By", "sum", int, (), False, "Bytes that wait to be written to disk."),
    M("system.memory.linux.shared", "By", "sum", int, (), False, "Shared memory, tmpfs included."),
    M(f"{_HUGE}.limit", "{page}", "sum", int, (), False, "Huge pages there are."),
    M(f"{_HUGE}.page_size", "By", "sum", int, (), False, "Bytes of a huge page."),
    M(f"{_HUGE}.reserved", "{page}", "sum", int, (), False, "Huge pages that are promised, and still free."),
    M(f"{_HUGE}.surplus", "{page}", "sum", int, (), False, "Huge pages beyond the pool."),
    M(f"{_HUGE}.usage", "{page}", "sum", int, _HUGE_STATE, False, "Huge pages by state."),
    M(f"{_HUGE}.utilization", "1", "gauge", float, _HUGE_STATE, False, "Share of the huge pages by state."),
)
NETWORK = (
    M("system.network.io", "By", "monotonic", int, _DISK, description="Bytes received and sent."),
    M("system.network.packets", "{packets}", "monotonic", int, _DISK, description="Packets received and sent."),
    M("system.network.errors", "{errors}", "monotonic", int, _DISK, description="Errors of receiving and sending."),
    M("system.network.dropped", "{packets}", "monotonic", int, _DISK, description="Packets dropped."),
    M("system.network.connections", "{connections}", "sum", int, ("protocol", "state"), description="TCP connections by state."),
    M("system.network.conntrack.count", "{entries}", "sum", int, (), False, "Entries of the table of tracked connections."),
    M("system.network.conntrack.max", "{entries}", "sum", int, (), False, "Entries it can have."),
)
PAGING = (
    M("system.paging.usage", "By", "sum", int, ("device", "state"), description="Bytes of swap by state."),
    M("system.paging.utilization", "1", "gauge", float, ("device", "state"), False, "Share of swap by state."),
    M("system.paging.operations", "{operations}", "monotonic", int, ("direction", "type"), description="Paging operations."),
    M("system.paging.faults", "{faults}", "monotonic", int, ("type",), description="Page faults."),
)
PROCESSES = (
    M("system.processes.count", "{processes}", "sum", int, ("status",), description="Processes by state."),
    M("system.processes.created", "{processes}", "monotonic", int, description="Processes created since boot."),
)
SYSTEM = (M("system.uptime", "s", "gauge", float, description="Time since boot."),)
PROCESS = (
    M("process.cpu.time", "s", "monotonic", float, ("state",), description="CPU seconds by state."),
    M("process.memory.usage", "By", "sum", int, description="Physical memory in use."),
    M("process.memory.virtual", "By", "sum", int, description="Virtual memory."),
    M("process.disk.io", "By", "monotonic", int, ("direction",), description="Bytes read and written by system calls."),
    M("process.cpu.utilization", "1", "gauge", float, ("state",), False, "Share of all CPUs since the last scrape, 0 to 1."),
    M("process.memory.utilization", "1", "gauge", float, (), False, "Percent of physical memory in use."),
    M("process.paging.faults", "{faults}", "monotonic", int, ("type",), False, "Page faults."),
    M("process.signals_pending", "{signals}", "sum", int, (), False, "Signals that wait."),
    M("process.threads", "{threads}", "sum", int, (), False, "Threads."),
    M("process.open_file_descriptors", "{count}", "sum", int, (), False, "Open file descriptors."),
    M("process.handles", "{count}", "sum", int, (), False, "Open handles; of Windows only."),
    M("process.context_switches", "{count}", "monotonic", int, ("type",), False, "Context switches."),
    M("process.disk.operations", "{operations}", "monotonic", int, ("direction",), False, "Reads and writes."),
    M("process.uptime", "s", "gauge", float, (), False, "Time since the process started."),
)
PROCESS_ATTRIBUTES = {
    "process.pid": True,
    "process.parent_pid": True,
    "process.executable.name": True,
    "process.executable.path": True,
    "process.command": True,
    "process.command_line": True,
    "process.owner": True,
    "process.cgroup": False,
}
