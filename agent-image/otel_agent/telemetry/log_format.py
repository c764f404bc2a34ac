"""Writes log records the way the Go collector does: tab-separated for people, JSON for machines.

Fields are whatever the caller passed as `extra={...}`: `logger.warning("Sender failed", extra={"error": str(error)})`.
"""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

LEVEL_NAMES = {
    logging.DEBUG: "debug",
    logging.INFO: "info",
    logging.WARNING: "warn",
    logging.ERROR: "error",
    logging.CRITICAL: "fatal",
}
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "color_message"}


def record_fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return what the caller and the filters added to a record."""
    return {key: value for key, value in record.__dict__.items() if key not in _STANDARD}


class _Formatter(logging.Formatter):
    def __init__(self, constant: Mapping[str, Any], *, caller: bool = True, stacktrace: bool = True) -> None:
        super().__init__()
        self._constant = dict(constant)
        self._caller = caller
        self._stacktrace = stacktrace

    def _fields(self, record: logging.LogRecord) -> dict[str, Any]:
        fields = dict(self._constant)
        fields.update(record_fields(record))
        if record.exc_info and record.exc_info[1] is not None and "error" not in fields:
            fields["error"] = str(record.exc_info[1]) or type(record.exc_info[1]).__name__
        return fields

    def _trace(self, record: logging.LogRecord) -> str:
        return self.formatException(record.exc_info) if self._stacktrace and record.exc_info else ""


class ConsoleFormatter(_Formatter):
    """Time, level, caller, message and fields as JSON, separated by tabs; a traceback follows on its own lines."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one entry."""
        parts = [_timestamp(record), LEVEL_NAMES.get(record.levelno, record.levelname.lower())]
        if self._caller:
            parts.append(_location(record))
        parts.append(record.getMessage())
        fields = self._fields(record)
        if fields:
            parts.append(_dump(fields))
        trace = self._trace(record)
        return "\t".join(parts) + (f"\n{trace}" if trace else "")


class JsonFormatter(_Formatter):
    """One JSON object a line, with the keys level, ts, caller, msg."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one entry."""
        entry: dict[str, Any] = {"level": LEVEL_NAMES.get(record.levelno, record.levelname.lower()), "ts": _timestamp(record)}
        if self._caller:
            entry["caller"] = _location(record)
        entry["msg"] = record.getMessage()
        entry.update(self._fields(record))
        if trace := self._trace(record):
            entry["stacktrace"] = trace
        return _dump(entry)


def _timestamp(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _location(record: logging.LogRecord) -> str:
    """Return the last folder and file of the call site, as zap's short caller."""
    return f"{'/'.join(record.pathname.split('/')[-2:])}:{record.lineno}"


def _dump(fields: Mapping[str, Any]) -> str:
    try:
        return orjson.dumps(fields, default=str, option=orjson.OPT_NON_STR_KEYS).decode("utf-8", "replace")
    except orjson.JSONEncodeError:
        # Integers beyond 64 bits and text that is not UTF-8 (file names): slower, but the line is not lost.
        return json.dumps({str(key): value for key, value in fields.items()}, default=repr, skipkeys=True)
