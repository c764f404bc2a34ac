"""Which format a scraper gets, by its Accept header (specification, 6.4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Format(StrEnum):
    """The exposition formats."""

    TEXT = "text"
    OPENMETRICS = "openmetrics"
    PROTOBUF = "protobuf"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is answered."""

    format: Format = Format.TEXT
    version: str = "0.0.4"
    utf8: bool = False
    """Whether the scraper takes names of any characters; otherwise such characters are `_`."""

    @property
    def content_type(self) -> str:
        """The Content-Type header."""
        escaping = f"escaping={'allow-utf-8' if self.utf8 else 'underscores'}"
        if self.format is Format.PROTOBUF:
            family = "proto=io.prometheus.client.MetricFamily; encoding=delimited"
            return f"application/vnd.google.protobuf; {family}; {escaping}"
        media = "text/plain" if self.format is Format.TEXT else "application/openmetrics-text"
        return f"{media}; version={self.version}; charset=utf-8; {escaping}"


def negotiate(accept: str, *, openmetrics: bool) -> Choice:
    """Choose the format that the scraper prefers among ours; text when it names none of them."""
    for media, parameters in _preferences(accept):
        version = parameters.get("version", "")
        utf8 = parameters.get("escaping", "") == "allow-utf-8"
        if media == "application/vnd.google.protobuf":
            delimited = parameters.get("encoding") == "delimited"
            if delimited and parameters.get("proto") == "io.prometheus.client.MetricFamily":
                return Choice(Format.PROTOBUF, "", utf8)
        elif media == "application/openmetrics-text" and openmetrics:
            if version in ("1.0.0", "0.0.1", ""):
                return Choice(Format.OPENMETRICS, version or "0.0.1", utf8)
        elif media == "text/plain" and version in ("0.0.4", "1.0.0", ""):
            return Choice(Format.TEXT, version or "0.0.4", utf8)
    return Choice()


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header allows gzip."""
    return any(coding in ("gzip", "*") for coding, _ in _preferences(accept_encoding))


def _preferences(header: str) -> list[tuple[str, dict[str, str]]]:
    """Return what a header lists, the preferred first; what has the weight 0 is refused by the client and left out."""
    weighted = [(_weight(parameters), media, parameters) for media, parameters in _entries(header)]
    wanted = [entry for entry in weighted if entry[0] > 0]
    return [(media, parameters) for _, media, parameters in sorted(wanted, key=lambda entry: -entry[0])]


def _entries(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    for entry in header.split(","):
        media, *rest = (part.strip() for part in entry.split(";"))
        pairs = (part.partition("=") for part in rest)
        yield media.lower(), {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}


def _weight(parameters: dict[str, str]) -> float:
    try:
        return float(parameters.get("q", "1"))
    except ValueError:
        return 0.0
