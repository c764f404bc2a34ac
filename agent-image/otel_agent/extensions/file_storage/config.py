"""Configuration of the file_storage extension."""

from typing import Self

from pydantic import Field, model_validator

from otel_agent.config.model import ConfigModel, Duration

_MIB = 1024 * 1024


class CompactionConfig(ConfigModel):
    """Settings of the Go collector's compaction; only `on_start` has an effect, because the files here compact themselves."""

    on_start: bool = False
    on_rebound: bool = False
    directory: str = ""
    rebound_needed_threshold_mib: int = Field(default=100, ge=0)
    rebound_trigger_threshold_mib: int = Field(default=10, ge=0)
    max_transaction_size: int = Field(default=65536, ge=0)
    check_interval: Duration = 5.0
    cleanup_on_start: bool = False


class FileStorageConfig(ConfigModel):
    """One directory, used by one collector at a time."""

    directory: str = "/var/lib/otelcol/file_storage"
    create_directory: bool = True
    directory_permissions: str = "0750"
    """Octal, less the umask; for directories that the extension creates."""
    timeout: Duration = 1.0
    """Seconds to wait for another collector to release the directory."""
    fsync: bool = False
    """Whether what was stored must survive a power failure, too."""
    recreate: bool = False
    """Begin empty when the files of a component cannot be read."""
    max_size_mib: int = Field(default=10 * 1024, ge=0)
    """MiB of all files together; 0 leaves it to the disk. Not a key of the Go collector."""
    compaction: CompactionConfig = Field(default_factory=CompactionConfig)

    @property
    def mode(self) -> int:
        """`directory_permissions` as a number."""
        return int(self.directory_permissions, 8)

    @property
    def max_bytes(self) -> int:
        """Bytes of all files together; 0 is no limit."""
        return self.max_size_mib * _MIB

    @model_validator(mode="after")
    def check_file_storage(self) -> Self:
        """Permissions are octal, a directory is named, times are positive."""
        if not self.directory:
            raise ValueError("directory must not be empty: name a directory that survives restarts")
        try:
            mode = int(self.directory_permissions, 8)
        except ValueError:
            mode = -1
        if not 0 <= mode <= 0o777:
            raise ValueError(f'directory_permissions "{self.directory_permissions}" is not an octal number such as "0750"')
        if self.timeout < 0:
            raise ValueError("timeout must not be negative")
        if self.compaction.on_rebound and self.compaction.check_interval <= 0:
            raise ValueError("compaction check interval must be positive when rebound compaction is set")
        return self
