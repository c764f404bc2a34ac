"""Configuration of the host_metrics receiver."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from otel_agent.config.blocks.name_filters import NameFilter
from otel_agent.config.blocks.scraping import ScheduleConfig, ScraperConfig
from otel_agent.config.expanded import unwrapped
from otel_agent.config.model import ConfigModel, DefaultBlock, Duration
from otel_agent.receivers.host_metrics import definitions


class CpuConfig(ScraperConfig):
    """Time of each CPU."""

    METRICS = definitions.CPU


class DeviceFilter(NameFilter):
    """Of devices."""

    devices: list[str] = Field(default_factory=list)


class DiskConfig(ScraperConfig):
    """Work of each disk and partition."""

    METRICS = definitions.DISK

    include: DeviceFilter = Field(default_factory=DeviceFilter)
    exclude: DeviceFilter = Field(default_factory=DeviceFilter)


class TypeFilter(NameFilter):
    """Of kinds of filesystem."""

    fs_types: list[str] = Field(default_factory=list)


class MountPointFilter(NameFilter):
    """Of mount points, as the host sees them."""

    mount_points: list[str] = Field(default_factory=list)


class FilesystemConfig(ScraperConfig):
    """Space of each mounted filesystem."""

    METRICS = definitions.FILESYSTEM

    include_virtual_filesystems: bool = False
    """Those without a device too, such as tmpfs."""
    include_devices: DeviceFilter = Field(default_factory=DeviceFilter)
    exclude_devices: DeviceFilter = Field(default_factory=DeviceFilter)
    include_fs_types: TypeFilter = Field(default_factory=TypeFilter)
    exclude_fs_types: TypeFilter = Field(default_factory=TypeFilter)
    include_mount_points: MountPointFilter = Field(default_factory=MountPointFilter)
    exclude_mount_points: MountPointFilter = Field(default_factory=MountPointFilter)


class LoadConfig(ScraperConfig):
    """Load averages."""

    METRICS = definitions.LOAD

    cpu_average: bool = False
    """Divide by the number of CPUs."""


class MemoryConfig(ScraperConfig):
    """Use of memory."""

    METRICS = definitions.MEMORY


class InterfaceFilter(NameFilter):
    """Of network interfaces."""

    interfaces: list[str] = Field(default_factory=list)


class NetworkConfig(ScraperConfig):
    """Traffic of each interface, and TCP connections."""

    METRICS = definitions.NETWORK

    include: InterfaceFilter = Field(default_factory=InterfaceFilter)
    exclude: InterfaceFilter = Field(default_factory=InterfaceFilter)


class PagingConfig(ScraperConfig):
    """Swap and page faults."""

    METRICS = definitions.PAGING


class ProcessesConfig(ScraperConfig):
    """Numbers of processes."""

    METRICS = definitions.PROCESSES


class ExecutableFilter(NameFilter):
    """Of names of executables."""

    names: list[str] = Field(default_factory=list)


class ProcessConfig(ScraperConfig):
    """Each process, a resource of its own."""

    METRICS = definitions.PROCESS
    RESOURCE_ATTRIBUTES = definitions.PROCESS_ATTRIBUTES

    include: ExecutableFilter = Field(default_factory=ExecutableFilter)
    exclude: ExecutableFilter = Field(default_factory=ExecutableFilter)
    mute_process_all_errors: bool = False
    mute_process_name_error: bool = False
    mute_process_io_error: bool = False
    mute_process_cgroup_error: bool = False
    mute_process_exe_error: bool = False
    mute_process_user_error: bool = False
    scrape_process_delay: Duration = 0.0
    """Seconds that a process has to have run before it is reported."""


class SystemConfig(ScraperConfig):
    """Uptime."""

    METRICS = definitions.SYSTEM


class ScrapersConfig(ConfigModel):
    """Which scrapers run; `cpu:` alone is one with its defaults."""

    cpu: DefaultBlock[CpuConfig] = None
    disk: DefaultBlock[DiskConfig] = None
    filesystem: DefaultBlock[FilesystemConfig] = None
    load: DefaultBlock[LoadConfig] = None
    memory: DefaultBlock[MemoryConfig] = None
    network: DefaultBlock[NetworkConfig] = None
    paging: DefaultBlock[PagingConfig] = None
    process: DefaultBlock[ProcessConfig] = None
    processes: DefaultBlock[ProcessesConfig] = None
    system: DefaultBlock[SystemConfig] = None

    @model_validator(mode="before")
    @classmethod
    def name_what_is_left_out(cls, raw: Any) -> Any:
        """Tell that there is no nfs scraper here, rather than that it is unknown."""
        raw = unwrapped(raw)
        if isinstance(raw, Mapping) and "nfs" in raw:
            raise ValueError("the scraper nfs is not supported: remove it")
        return raw


class HostMetricsConfig(ScheduleConfig):
    """Scrapers of this host, or of the one whose root directory is mounted."""

    root_path: str = ""
    """Where the host's / is mounted in the container; empty for the collector's own host."""
    metadata_collection_interval: Duration = 300.0
    """Accepted without effect: it is for entity events, which are not sent."""
    scrapers: ScrapersConfig = Field(default_factory=ScrapersConfig)

    @field_validator("root_path")
    @classmethod
    def check_root_path(cls, path: str) -> str:
        """Refuse a relative path."""
        if path and not path.startswith("/"):
            raise ValueError(f"root_path {path!r} is not absolute: name where the host's / is mounted, such as /hostfs")
        return path

    @model_validator(mode="after")
    def check_scrapers(self) -> Self:
        """Refuse a receiver that would do nothing."""
        if not any(getattr(self.scrapers, name) for name in ScrapersConfig.model_fields):
            names = ", ".join(ScrapersConfig.model_fields)
            raise ValueError(f"must specify at least one scraper when using hostmetrics receiver; scrapers: {names}")
        return self
