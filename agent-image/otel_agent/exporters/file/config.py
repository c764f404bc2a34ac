"""Configuration of the file exporter."""

from typing import Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.model import ConfigModel, Duration, NoneBlock


class RotationConfig(ConfigModel):
    """When a file is put aside, and how long such backups are kept."""

    max_megabytes: int = Field(default=100, gt=0)
    max_days: int = Field(default=0, ge=0)
    """0 keeps backups of any age."""
    max_backups: int = Field(default=100, ge=0)
    """0 keeps any number of backups."""
    localtime: bool = False
    """Name backups by local time instead of UTC."""


class GroupByConfig(ConfigModel):
    """One file for each value of a resource attribute, which takes the place of `*` in the path."""

    enabled: bool = False
    resource_attribute: str = Field(default="fileexporter.path_segment", min_length=1)
    max_open_files: int = Field(default=100, gt=0)


class FileExporterConfig(ConfigModel):
    """Where and how telemetry is written."""

    path: str = Field(min_length=1)
    append: bool = False
    """Continue an existing file instead of emptying it."""
    rotation: NoneBlock[RotationConfig] = None
    format: Literal["json", "proto"] = "json"
    compression: Literal["", "zstd"] = ""
    flush_interval: Duration = 1.0
    """Seconds between writes of buffered data to the file."""
    group_by: GroupByConfig = Field(default_factory=GroupByConfig)
    create_directory: bool = False
    directory_permissions: str = Field(default="0755", pattern=r"^0?[0-7]{3}$")

    @model_validator(mode="after")
    def check_file(self) -> Self:
        """Refuse combinations that would corrupt the file, and group_by paths that could escape their folder."""
        if self.append and self.compression:
            raise ValueError("append and compression enabled at the same time is not supported")
        if self.append and self.rotation is not None:
            raise ValueError("append and rotation enabled at the same time is not supported")
        if self.flush_interval < 0:
            raise ValueError("flush_interval must be larger than zero")
        if self.group_by.enabled:
            self._check_pattern()
        return self

    def _check_pattern(self) -> None:
        if self.path.count("*") != 1:
            raise ValueError("path must contain exactly one * when group_by is enabled")
        if not self.path.partition("*")[0].strip("/"):
            raise ValueError("path must not start with * when group_by is enabled: put the * into a folder of its own")
