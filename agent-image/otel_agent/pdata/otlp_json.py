"""OTLP/JSON in both directions."""

from otel_agent.pdata.json_reader import json_to_request
from otel_agent.pdata.json_writer import request_to_json

__all__ = ["json_to_request", "request_to_json"]
