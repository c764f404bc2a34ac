"""The verdict on an Instrumentation at admission (spec: instrumentation §1.3). Pure.

Every finding is one line (kubectl shows a warning of several lines as one), with path, problem and remedy.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from otel_operator.api.endpoint_protocol import endpoint_warnings
from otel_operator.api.image_upgrade import blocked_because, breaking_release
from otel_operator.api.languages import LANGUAGES
from otel_operator.api.restart_policy import restart_policy
from otel_operator.api.samplers import SAMPLERS
from otel_operator.json_types import JsonObject

_RATIO_SAMPLERS = ("traceidratio", "parentbased_traceidratio")
_REMOTE_SAMPLERS = ("jaeger_remote", "parentbased_jaeger_remote")


def validate_instrumentation(obj: JsonObject, images: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return errors, which refuse the object, and warnings; `images` are the operator's default images by feature.

    Values of a wrong type are passed over: the schema's check tells of them.
    """
    spec = _map(obj, "spec")
    errors = [_one_line(text) for text in (*_sampler_errors(_map(spec, "sampler")), *_volume_errors(spec))]
    warnings = (
        *_sampler_warnings(_map(spec, "sampler")),
        *_tls_warnings(_map(spec, "exporter")),
        *endpoint_warnings(spec, images),
        *_volume_warnings(spec),
        *_image_warnings(spec, images),
        *_restart_warnings(obj),
    )
    return errors, [_one_line(text) for text in warnings]


def _sampler_errors(sampler: JsonObject) -> Iterator[str]:
    kind, argument = sampler.get("type") or "", str(sampler.get("argument") or "")
    if kind and kind not in SAMPLERS:
        yield f"spec.sampler.type: {kind!r} is no sampler; use one of {', '.join(SAMPLERS)}"
    elif kind in _RATIO_SAMPLERS and argument and not _is_ratio(argument):
        yield f"spec.sampler.argument: {kind} takes a number from 0 to 1, got {argument!r}"
    elif kind in _REMOTE_SAMPLERS and (problem := _remote_problem(argument)):
        yield f"spec.sampler.argument: {problem}"


def _sampler_warnings(sampler: JsonObject) -> Iterator[str]:
    if not sampler.get("type"):
        yield "spec.sampler.type is not set; the SDK's default applies"


def _tls_warnings(exporter: JsonObject) -> Iterator[str]:
    tls, endpoint = _map(exporter, "tls"), str(exporter.get("endpoint") or "")
    if bool(tls.get("cert_file")) != bool(tls.get("key_file")):
        yield "spec.exporter.tls: cert_file and key_file belong together; give both or neither"
    if tls and endpoint and not endpoint.startswith("https://"):
        yield f"spec.exporter.tls is set but spec.exporter.endpoint {endpoint} is not https; TLS will not be used"
    if endpoint.startswith("https://") and not tls:
        yield "spec.exporter.endpoint is https and spec.exporter.tls is not set; the system's authorities will be used"


def _volume_errors(spec: JsonObject) -> Iterator[str]:
    for language in LANGUAGES:
        settings = _map(spec, language.spec_field)
        if settings.get("volumeLimitSize") and settings.get("volumeClaimTemplate"):
            yield f"spec.{language.spec_field}: volumeClaimTemplate and volumeLimitSize exclude each other; drop volumeLimitSize"


def _volume_warnings(spec: JsonObject) -> Iterator[str]:
    for language in LANGUAGES:
        if _map(spec, language.spec_field).get("volumeLimitSize"):
            path = f"spec.{language.spec_field}"
            yield f"{path}.volumeLimitSize is deprecated; use {path}.volumeClaimTemplate"


def _image_warnings(spec: JsonObject, images: Mapping[str, str]) -> Iterator[str]:
    for language in LANGUAGES:
        image = _map(spec, language.spec_field).get("image")
        if isinstance(image, str) and (release := breaking_release(language.feature, image, images.get(language.feature, ""))):
            said = blocked_because(language.feature, release)
            yield f"spec.{language.spec_field}.image {image} cannot be automatically upgraded: {said}"


def _restart_warnings(obj: JsonObject) -> Iterator[str]:
    if not isinstance(_map(obj, "metadata").get("annotations") or {}, dict):
        return
    try:
        restart_policy(obj)
    except ValueError as error:
        yield f"{error}; until then no workload is restarted"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _map(holder: JsonObject, name: str) -> JsonObject:
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def _is_ratio(text: Any) -> bool:
    try:
        return 0 <= float(text) <= 1
    except (TypeError, ValueError):
        return False


def _remote_problem(argument: str) -> str | None:
    """Check `endpoint=URL,pollingIntervalMs=N,initialSamplingRate=R`; other keys are the SDK's affair."""
    for pair in argument.split(",") if argument else ():
        key, equals, value = pair.strip().partition("=")
        if not equals or "=" in value:
            return f"expected key=value pairs joined by commas, got {pair!r}"
        if key == "endpoint" and not value:
            return "endpoint is empty"
        if key == "pollingIntervalMs" and not value.removeprefix("-").isdecimal():
            return f"pollingIntervalMs takes whole milliseconds, got {value!r}"
        if key == "initialSamplingRate" and not _is_ratio(value):
            return f"initialSamplingRate takes a number from 0 to 1, got {value!r}"
    return None
