"""set_semconv_span_name: the name that the semantic conventions give a span, from its kind and attributes.

Rules: https://opentelemetry.io/docs/specs/semconv/, "Span name" of HTTP, RPC, database and messaging; older names of attributes
are taken where the current ones are missing.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.json_forms import as_string
from otel_agent.ottl.values import Value

_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")
_OLDEST, _NEWEST = (1, 37, 0), (1, 40, 0)
_SERVER, _CLIENT, _PRODUCER, _CONSUMER = 2, 3, 4, 5

Attributes = Mapping[str, Value]
Name = Callable[[Attributes], str | None]


def _first(attributes: Attributes, *keys: str) -> str | None:
    return next((as_string(attributes[key]) for key in keys if key in attributes), None)


def _http(subject: str) -> Name:
    def name(attributes: Attributes) -> str | None:
        method, about = _first(attributes, "http.request.method", "http.method"), _first(attributes, subject)
        return method if method is None or about is None else f"{method} {about}"

    return name


def _rpc(attributes: Attributes) -> str | None:
    system = _first(attributes, "rpc.system.name", "rpc.system")
    if system is None:
        return None
    method = _first(attributes, "rpc.method", "rpc.grpc.method")
    service = _first(attributes, "rpc.service", "rpc.grpc.service")
    if service is None:
        return system if method is None else method
    return f"{service}/{'*' if method is None else method}"


def _server(attributes: Attributes) -> str | None:
    address, port = _first(attributes, "server.address"), _first(attributes, "server.port")
    return address if address is None or port is None else f"{address}:{port}"


def _database(attributes: Attributes) -> str | None:
    system = _first(attributes, "db.system.name", "db.system")
    if system is None:
        return None
    summary = _first(attributes, "db.query.summary")
    if summary is not None:
        return summary
    namespace = _first(attributes, "db.namespace", "db.name")
    named = _first(attributes, "db.collection.name", "db.stored_procedure.name")
    target = ".".join(part for part in (namespace, named) if part) or _server(attributes) or ""
    return " ".join(part for part in (_first(attributes, "db.operation.name", "db.operation"), target) if part) or system


def _destination(attributes: Attributes) -> str | None:
    for kind in ("temporary", "anonymous"):
        if attributes.get(f"messaging.destination.{kind}") is True:
            return f"({kind})"
    named = _first(attributes, "messaging.destination.template", "messaging.destination.name", "messaging.destination")
    return _server(attributes) if named is None else named


def _messaging(attributes: Attributes) -> str | None:
    system = _first(attributes, "messaging.system")
    if system is None:
        return None
    operation, destination = _first(attributes, "messaging.operation.name", "messaging.operation"), _destination(attributes)
    if operation is not None and destination:
        return f"{operation} {destination}"
    return destination or (system if operation is None else operation)


_NAMES: dict[int, tuple[Name, ...]] = {
    _SERVER: (_http("http.route"), _rpc, _messaging),
    _CLIENT: (_http("url.template"), _rpc, _database, _messaging),
    _PRODUCER: (_messaging,),
    _CONSUMER: (_messaging,),
}


def _set_name(item: Any, version: str, original: str | None) -> None:
    span, attributes = item.item.message, item.item.attributes()
    found = next((name for make in _NAMES.get(span.kind, ()) if (name := make(attributes))), None)
    if found is None or found == span.name:
        return
    if original is not None:
        item.item.set_attribute(original, span.name)
    span.name = found


def _check(literals: Mapping[str, Any]) -> None:
    found = _VERSION.fullmatch(literals["semconv_version"])
    if found is None:
        raise ValueError(f"{literals['semconv_version']!r} is no version of the semantic conventions, as 1.37.0 is")
    version = tuple(int(part or 0) for part in found.groups())
    if not _OLDEST <= version <= _NEWEST:
        raise ValueError(f"the version {literals['semconv_version']} is not between 1.37.0 and 1.40.0")
    if literals["original_span_name_attribute"] == "":
        raise ValueError("original_span_name_attribute is empty")


FUNCTIONS: tuple[Function, ...] = (
    Function(
        "set_semconv_span_name",
        (
            Parameter("semconv_version", Kind.STRING, literal=True),
            Parameter("original_span_name_attribute", Kind.STRING, optional=True, literal=True),
        ),
        _set_name,
        takes_item=True,
        contexts=frozenset({"span"}),
        check=_check,
    ),
)
