"""The verdict on an Instrumentation at admission (spec: instrumentation §1.3). Pure.

Every finding is one line (kubectl shows a warning of several lines as one), with path, problem and remedy.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from otel_operator.api.endpoint_protocol import endpoint_warnings
from otel_operator.api.finding import Finding, Rule, Verdict, at
from otel_operator.api.image_upgrade import blocked_because, breaking_release
from otel_operator.api.languages import LANGUAGES
from otel_operator.api.restart_policy import RestartPolicyError, restart_policy
from otel_operator.api.samplers import SAMPLERS
from otel_operator.json_types import JsonObject

_SAMPLER = ("spec", "sampler")
_TLS = ("spec", "exporter", "tls")
_RATIO_SAMPLERS = ("traceidratio", "parentbased_traceidratio")
_REMOTE_SAMPLERS = ("jaeger_remote", "parentbased_jaeger_remote")


def validate_instrumentation(obj: JsonObject, images: Mapping[str, str]) -> Verdict:
    """Judge an Instrumentation, defaulted; `images` are the operator's default images by feature.

    Values of a wrong type are passed over: the schema's check tells of them.
    """
    spec = _map(obj, "spec")
    errors = (*_sampler_errors(_map(spec, "sampler")), *_volume_errors(spec))
    warnings = (
        *_sampler_warnings(_map(spec, "sampler")),
        *_tls_warnings(_map(spec, "exporter")),
        *endpoint_warnings(spec, images),
        *_volume_warnings(spec),
        *_image_warnings(spec, images),
        *_restart_warnings(obj),
    )
    return Verdict(tuple(map(_on_one_line, errors)), tuple(map(_on_one_line, warnings)))


def _sampler_errors(sampler: JsonObject) -> Iterator[Finding]:
    kind, argument = sampler.get("type") or "", str(sampler.get("argument") or "")
    if kind and kind not in SAMPLERS:
        yield at(Rule.SAMPLER, (*_SAMPLER, "type"), f"{kind!r} is no sampler; use one of {', '.join(SAMPLERS)}")
    elif kind in _RATIO_SAMPLERS and argument and not _is_ratio(argument):
        yield at(Rule.SAMPLER, (*_SAMPLER, "argument"), f"{kind} takes a number from 0 to 1, got {argument!r}")
    elif kind in _REMOTE_SAMPLERS and (problem := _remote_problem(argument)):
        yield at(Rule.SAMPLER, (*_SAMPLER, "argument"), problem)


def _sampler_warnings(sampler: JsonObject) -> Iterator[Finding]:
    if not sampler.get("type"):
        yield Finding(Rule.SAMPLER, (*_SAMPLER, "type"), "spec.sampler.type is not set; the SDK's default applies")


def _tls_warnings(exporter: JsonObject) -> Iterator[Finding]:
    tls, endpoint = _map(exporter, "tls"), str(exporter.get("endpoint") or "")
    if bool(tls.get("cert_file")) != bool(tls.get("key_file")):
        yield at(Rule.EXPORTER, _TLS, "cert_file and key_file belong together; give both or neither")
    if tls and endpoint and not endpoint.startswith("https://"):
        sentence = f"spec.exporter.tls is set but spec.exporter.endpoint {endpoint} is not https; TLS will not be used"
        yield Finding(Rule.EXPORTER, _TLS, sentence)
    if endpoint.startswith("https://") and not tls:
        sentence = "spec.exporter.endpoint is https and spec.exporter.tls is not set; the system's authorities will be used"
        yield Finding(Rule.EXPORTER, ("spec", "exporter", "endpoint"), sentence)


def _volume_errors(spec: JsonObject) -> Iterator[Finding]:
    for language in LANGUAGES:
        settings = _map(spec, language.spec_field)
        if settings.get("volumeLimitSize") and settings.get("volumeClaimTemplate"):
            problem = "volumeClaimTemplate and volumeLimitSize exclude each other; drop volumeLimitSize"
            yield at(Rule.VOLUME, ("spec", language.spec_field), problem)


def _volume_warnings(spec: JsonObject) -> Iterator[Finding]:
    for language in LANGUAGES:
        if _map(spec, language.spec_field).get("volumeLimitSize"):
            path = f"spec.{language.spec_field}"
            sentence = f"{path}.volumeLimitSize is deprecated; use {path}.volumeClaimTemplate"
            yield Finding(Rule.VOLUME, ("spec", language.spec_field, "volumeLimitSize"), sentence)


def _image_warnings(spec: JsonObject, images: Mapping[str, str]) -> Iterator[Finding]:
    for language in LANGUAGES:
        image = _map(spec, language.spec_field).get("image")
        if isinstance(image, str) and (release := breaking_release(language.feature, image, images.get(language.feature, ""))):
            said = blocked_because(language.feature, release)
            sentence = f"spec.{language.spec_field}.image {image} cannot be automatically upgraded: {said}"
            yield Finding(Rule.AGENT_IMAGE, ("spec", language.spec_field, "image"), sentence)


def _restart_warnings(obj: JsonObject) -> Iterator[Finding]:
    if not isinstance(_map(obj, "metadata").get("annotations") or {}, dict):
        return
    try:
        restart_policy(obj)
    except RestartPolicyError as error:
        yield Finding(Rule.RESTARTS, error.path, f"{error}; until then no workload is restarted")


def _on_one_line(finding: Finding) -> Finding:
    return replace(finding, sentence=" ".join(finding.sentence.split()))


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
