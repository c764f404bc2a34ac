"""Log lines as `key=value`, one line each, so that people and programs can read them."""

import logging
import time
from typing import ClassVar

from otel_operator.cli.sources import Option
from otel_operator.errors import ConfigError

_CHOICES = ("debug", "info", "warning", "error")
LEVEL = Option("log-level", "LOG_LEVEL", "info", str, "debug, info, warning or error")
_NOISY = {"kopf": logging.WARNING, "kopf.objects": logging.WARNING, "aiohttp": logging.WARNING}


class KeyValueFormatter(logging.Formatter):
    """`time=... level=... logger=... msg="..."`; an exception follows in `error`, its newlines escaped."""

    _LEVELS: ClassVar[dict[str, str]] = {"WARNING": "warn", "CRITICAL": "fatal"}

    def format(self, record: logging.LogRecord) -> str:
        """Format one record."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        level = self._LEVELS.get(record.levelname, record.levelname.lower())
        line = f"time={moment}.{int(record.msecs):03d}Z level={level} logger={record.name} msg={_quoted(record.getMessage())}"
        return f"{line} error={_quoted(self.formatException(record.exc_info))}" if record.exc_info else line


def configure(level: str) -> None:
    """Send all logging to stderr; libraries that log every step only from warnings on. Raises ConfigError for another level."""
    if level.lower() not in _CHOICES:
        raise ConfigError(f"--log-level {level}: must be debug, info, warning or error")
    handler = logging.StreamHandler()
    handler.setFormatter(KeyValueFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    if logging.getLogger().level > logging.DEBUG:
        for name, least in _NOISY.items():
            logging.getLogger(name).setLevel(least)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
