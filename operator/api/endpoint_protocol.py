"""Whether the port of an Instrumentation's endpoint fits the protocol that the agents speak (issue: endpoint sense). Pure.

4317 is OTLP/gRPC and 4318 OTLP/HTTP by convention (https://opentelemetry.io/docs/specs/otlp/). Our collector takes both
protocols on either port; most other receivers do not, and the agents only log that nothing arrives.
"""

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from otel_operator.api.finding import Finding, Rule
from otel_operator.api.languages import LANGUAGES, Language
from otel_operator.json_types import JsonObject

GRPC, HTTP = "grpc", "http/protobuf"
_BY_PORT = {4317: GRPC, 4318: HTTP}
_DEFAULT_PROTOCOL = {
    "java": HTTP,
    "nodejs": HTTP,
    "python": HTTP,
    "dotnet": HTTP,
    "go": HTTP,
    "apache-httpd": GRPC,
    "nginx": GRPC,
}
_ONE_PROTOCOL = {"python": HTTP, "apache-httpd": GRPC, "nginx": GRPC}
"""Agents that carry one exporter only, whatever the environment asks for."""
_PROTOCOL_VARIABLE = "OTEL_EXPORTER_OTLP_PROTOCOL"
_ENDPOINT_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"


def endpoint_warnings(spec: JsonObject, images: Mapping[str, str]) -> Iterator[Finding]:
    """Yield one line for each port and protocol that disagree.

    Admission has completed every language, so those count that their author has changed; where there is none, all that speak
    HTTP by default, for these are what people inject. `images` are the operator's default images by feature.
    """
    named = [language for language in LANGUAGES if _is_changed(spec, language, images.get(language.feature, ""))]
    usual = [language for language in LANGUAGES if _DEFAULT_PROTOCOL[language.feature] == HTTP]
    mismatches: dict[tuple[str, int, str], list[str]] = {}
    for language in named or usual:
        endpoint, protocol = _endpoint(spec, language), _protocol(spec, language)
        port = _port(endpoint)
        if port in _BY_PORT and _BY_PORT[port] != protocol:
            mismatches.setdefault((endpoint, port, protocol), []).append(language.feature)
    for (endpoint, port, protocol), features in mismatches.items():
        other = next(number for number, spoken in _BY_PORT.items() if spoken == protocol)
        choosing = [feature for feature in features if feature not in _ONE_PROTOCOL]
        remedy = f"use port {other}"
        if choosing:
            remedy += f", or set {_PROTOCOL_VARIABLE}={_BY_PORT[port]} in the env of {_joined(choosing)}"
        yield Finding(
            Rule.EXPORTER,
            ("spec", "exporter", "endpoint"),
            f"spec.exporter.endpoint {endpoint}: port {port} is {_BY_PORT[port]} by convention, and {_joined(features)} "
            f"will send {protocol} there; {remedy}. A collector of this operator takes both on either port",
        )


def _is_changed(spec: JsonObject, language: Language, image: str) -> bool:
    """Tell whether the author wrote anything about the language but what admission would have filled in."""
    settings = spec.get(language.spec_field)
    filled: JsonObject = {"image": image, language.resources: language.default_resources(), **language.settings}
    return isinstance(settings, dict) and any(value != filled.get(name) for name, value in settings.items())


def _endpoint(spec: JsonObject, language: Language) -> str:
    exporter = spec.get("exporter")
    own = exporter.get("endpoint") if isinstance(exporter, dict) else None
    return _variable(spec, language, _ENDPOINT_VARIABLE) or str(own or "")


def _protocol(spec: JsonObject, language: Language) -> str:
    fixed = _ONE_PROTOCOL.get(language.feature)
    return fixed or _variable(spec, language, _PROTOCOL_VARIABLE) or _DEFAULT_PROTOCOL[language.feature]


def _variable(spec: JsonObject, language: Language, name: str) -> str:
    """Return a variable's value: the language's own before that of all languages."""
    settings = spec.get(language.spec_field)
    for holder in (settings if isinstance(settings, dict) else {}, spec):
        variables = holder.get("env")
        for variable in variables if isinstance(variables, list) else ():
            if isinstance(variable, dict) and variable.get("name") == name:
                return str(variable.get("value") or "")
    return ""


def _port(endpoint: str) -> int | None:
    try:
        return urlsplit(endpoint).port
    except ValueError:
        return None


def _joined(features: Iterable[str]) -> str:
    *most, last = features
    return f"{', '.join(most)} and {last}" if most else last
