"""Keeps what strangers send to an HTTP port from filling the log.

aiohttp logs each request that it cannot parse as an error with a traceback: port scans and TLS probes would write pages.
"""

import logging
from typing import Any

from aiohttp.http_exceptions import HttpProcessingError


class HttpLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger for aiohttp's server: malformed requests go to debug without a traceback, all else stays what it is."""

    def exception(self, msg: object, *args: object, exc_info: Any = True, **keywords: Any) -> None:
        """Log at error, or at debug when the client's bytes are to blame; the client has got its 400 either way."""
        if isinstance(exc_info, HttpProcessingError):
            self.debug(f"{msg}: %s", *args, exc_info.message)
        else:
            super().exception(msg, *args, exc_info=exc_info, **keywords)
