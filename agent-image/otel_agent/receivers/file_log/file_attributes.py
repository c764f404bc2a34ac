"""What the attributes of records tell about their file."""

import os
import stat

from otel_agent.receivers.file_log.config import FileLogConfig
from otel_agent.stanza.entry import Value

RECORD_NUMBER = "log.file.record_number"
RECORD_OFFSET = "log.file.record_offset"


def file_attributes(path: str, config: FileLogConfig) -> dict[str, Value]:
    """Return the attributes that the configuration asks for; OSError when the file is gone."""
    found: dict[str, Value] = {}
    if config.include_file_name:
        found["log.file.name"] = os.path.basename(path)
    if config.include_file_path:
        found["log.file.path"] = path
    if config.include_file_name_resolved or config.include_file_path_resolved:
        resolved = os.path.realpath(path)
        if config.include_file_name_resolved:
            found["log.file.name_resolved"] = os.path.basename(resolved)
        if config.include_file_path_resolved:
            found["log.file.path_resolved"] = resolved
    if config.include_file_owner_name or config.include_file_owner_group_name or config.include_file_permissions:
        status = os.stat(path)
        if config.include_file_owner_name:
            found["log.file.owner.name"] = _user(status.st_uid)
        if config.include_file_owner_group_name:
            found["log.file.owner.group.name"] = _group(status.st_gid)
        if config.include_file_permissions:
            found["log.file.permissions"] = f"{stat.S_IMODE(status.st_mode) & 0o777:03o}"
    return found


def _user(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    import grp

    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
