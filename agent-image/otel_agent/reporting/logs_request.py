"""Writes own log records as one OTLP request."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from otel_agent.reporting.metrics_request import add_attributes
from otel_agent.telemetry.log_format import LEVEL_NAMES, record_fields

_SEVERITIES = {logging.DEBUG: 5, logging.INFO: 9, logging.WARNING: 13, logging.ERROR: 17, logging.CRITICAL: 21}
"""OTLP severity number by level."""
_DEFAULT_SEVERITY = 9


def logs_request(records: Sequence[logging.LogRecord], resource: Mapping[str, str]) -> bytes:
    """Return a request with the records: message as body, fields and traceback as attributes."""
    request: Any = ExportLogsServiceRequest()
    block = request.resource_logs.add()
    add_attributes(block.resource.attributes, resource)
    scope = block.scope_logs.add()
    scope.scope.name = "otel_agent"
    for record in records:
        added = scope.log_records.add(
            time_unix_nano=int(record.created * 1e9),
            severity_number=_SEVERITIES.get(record.levelno, _DEFAULT_SEVERITY),
            severity_text=LEVEL_NAMES.get(record.levelno, record.levelname.lower()),
        )
        added.body.string_value = record.getMessage().encode("utf-8", "replace").decode()
        add_attributes(added.attributes, record_fields(record))
        if record.exc_info and record.exc_info[1] is not None:
            trace = logging.Formatter().formatException(record.exc_info)
            add_attributes(added.attributes, {"exception.type": type(record.exc_info[1]).__name__, "exception.stacktrace": trace})
    data: bytes = request.SerializeToString()
    return data
