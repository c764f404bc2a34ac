"""Where configuration text comes from: files, environment variables, inline YAML and HTTP."""

import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path

from otel_agent.config.expansion import Provider
from otel_agent.config.yaml_document import MAX_TEXT

_ENV_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_logger = logging.getLogger("otel_agent.config")


def read_file(location: str) -> str:
    """Text of a file; a relative path counts from the working directory."""
    path = Path(location)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_TEXT + 1)
    except OSError as error:
        raise OSError(f'unable to read the file "{location}": {error.strerror or error}') from error
    return _decode(data, f'the file "{location}"')


def read_environment(location: str) -> str | None:
    """Value of `NAME`, or of `NAME:-default` its default when it is unset; None when there is neither."""
    name, separator, default = location.partition(":-")
    if not _ENV_NAME.fullmatch(name):
        raise ValueError(f'environment variable "{name}" has invalid name: must match regex ^[a-zA-Z_][a-zA-Z0-9_]*$')
    value = os.environ.get(name)
    if value is None and separator:
        return default
    if value is None:
        _logger.warning("configuration references unset environment variable %s: its value is empty", name)
    elif not value:
        _logger.info("configuration references empty environment variable %s", name)
    elif not _is_text(value):
        raise ValueError(f'environment variable "{name}" is not UTF-8 text')
    return value


def read_inline(location: str) -> str:
    """Text that stands in the location itself."""
    return location


def _is_text(value: str) -> bool:
    """Whether a string from the operating system was UTF-8 there."""
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def read_http(location: str) -> str:
    """Body of `http:` + location."""
    return _read_url(f"http:{location}")


def read_https(location: str) -> str:
    """Body of `https:` + location, verified with the system's certificate authorities (or SSL_CERT_FILE)."""
    return _read_url(f"https:{location}")


def _read_url(url: str) -> str:
    # Only here, because most collectors never fetch their configuration and the import brings in http, email and ssl.
    from otel_agent.config.http_source import fetch

    return _decode(fetch(url), f'"{url}"')


def _decode(data: bytes, origin: str) -> str:
    if len(data) > MAX_TEXT:
        raise ValueError(f"{origin} is larger than {MAX_TEXT} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{origin} is not UTF-8 text: byte {error.start} is {data[error.start]:#04x}") from None


def default_providers() -> Mapping[str, Provider]:
    """Return the provider of every supported scheme."""
    return {
        "file": read_file,
        "env": read_environment,
        "yaml": read_inline,
        "http": read_http,
        "https": read_https,
    }
