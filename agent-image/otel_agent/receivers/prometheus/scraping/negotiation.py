"""What a scrape asks for, and what it got: the Accept header and the Content-Type. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from otel_agent.receivers.prometheus.exposition.errors import ExpositionError

_ACCEPTED = {
    "PrometheusProto": "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
    "PrometheusText0.0.4": "text/plain;version=0.0.4",
    "PrometheusText1.0.0": "text/plain;version=1.0.0",
    "OpenMetricsText0.0.1": "application/openmetrics-text;version=0.0.1",
    "OpenMetricsText1.0.0": "application/openmetrics-text;version=1.0.0",
}
_ESCAPED = ("PrometheusText1.0.0", "OpenMetricsText1.0.0")
"""Protocols that say how names are escaped."""


class Format(StrEnum):
    """The formats that bodies are read in."""

    TEXT = "text"
    OPEN_METRICS = "openmetrics"
    PROTOBUF = "protobuf"


_FORMATS = {
    "PrometheusProto": Format.PROTOBUF,
    "PrometheusText0.0.4": Format.TEXT,
    "PrometheusText1.0.0": Format.TEXT,
    "OpenMetricsText0.0.1": Format.OPEN_METRICS,
    "OpenMetricsText1.0.0": Format.OPEN_METRICS,
}


def accept_header(protocols: Sequence[str], escaping: str) -> str:
    """Return the Accept header for protocols in order of preference, anything else at the end."""
    weight = len(_ACCEPTED) + 1
    parts = []
    for protocol in protocols:
        suffix = f";escaping={escaping or 'allow-utf-8'}" if protocol in _ESCAPED else ""
        parts.append(f"{_ACCEPTED[protocol]}{suffix};q=0.{weight}")
        weight -= 1
    return ",".join([*parts, f"*/*;q=0.{weight}"])


def body_format(content_type: str, fallback: str) -> Format:
    """Return the format of a body; `ExpositionError` when its type is none of ours and there is no fallback."""
    media, *rest = [part.strip() for part in content_type.split(";")]
    parameters = {name.strip().lower(): value.strip().strip('"') for name, _, value in (part.partition("=") for part in rest)}
    match media.lower():
        case "application/openmetrics-text":
            return Format.OPEN_METRICS
        case "text/plain":
            return Format.TEXT
        case "application/vnd.google.protobuf" if parameters.get("proto") == "io.prometheus.client.MetricFamily":
            if parameters.get("encoding") == "delimited":
                return Format.PROTOBUF
            raise ExpositionError(f'received unsupported Content-Type "{content_type}": only the delimited encoding is read')
    if fallback:
        return _FORMATS[fallback]
    if not content_type:
        raise ExpositionError(
            "non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target"
        )
    raise ExpositionError(
        f'received unsupported Content-Type "{content_type}" and no fallback_scrape_protocol specified for target'
    )
