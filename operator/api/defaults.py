"""Defaults of the resources' own fields (not of the collector configuration), and the checks of Instrumentation. Pure.

Returned objects share unchanged parts with the given ones; only real changes are made, so that GitOps tools see no drift.
"""

from collections.abc import Mapping
from typing import Any

from otel_operator.json_types import JsonObject

_LANGUAGES = ("java", "nodejs", "python", "dotnet", "go", "apacheHttpd", "nginx")
_RATIO_SAMPLERS = ("traceidratio", "parentbased_traceidratio")
_REMOTE_SAMPLERS = ("jaeger_remote", "parentbased_jaeger_remote")


def default_collector_spec(obj: JsonObject) -> JsonObject:
    """Return the collector (v1beta1) with the defaults that the Go operator's webhook sets; NetworkPolicy is left off."""
    spec = dict(obj.get("spec") or {})
    for name, value in (("mode", "deployment"), ("upgradeStrategy", "automatic"), ("managementState", "managed")):
        if spec.get(name) in (None, ""):
            spec[name] = value
    if spec.get("replicas") is None:
        spec["replicas"] = 1
    _default_allocator(spec)
    _default_autoscaler(spec)
    _default_ingress(spec)
    return obj if spec == obj.get("spec") else {**obj, "spec": spec}


def _default_allocator(spec: JsonObject) -> None:
    allocator = spec.get("targetAllocator")
    if isinstance(allocator, dict) and allocator.get("enabled") and allocator.get("replicas") is None:
        spec["targetAllocator"] = {**allocator, "replicas": 1}


def _default_autoscaler(spec: JsonObject) -> None:
    scaler = spec.get("autoscaler")
    if not isinstance(scaler, dict) or scaler.get("maxReplicas") is None:
        return
    scaler = dict(scaler)
    if scaler.get("minReplicas") is None:
        scaler["minReplicas"] = spec["replicas"]
    if scaler.get("targetCPUUtilization") is None and scaler.get("targetMemoryUtilization") is None:
        scaler["targetCPUUtilization"] = 90
    spec["autoscaler"] = scaler


def _default_ingress(spec: JsonObject) -> None:
    ingress = spec.get("ingress")
    if not isinstance(ingress, dict):
        return
    route = {} if ingress.get("route") is None else ingress["route"]
    if ingress.get("type") == "route" and isinstance(route, dict) and not route.get("termination"):
        spec["ingress"] = {**ingress, "route": {**route, "termination": "edge"}}
    elif ingress.get("type") == "ingress" and not ingress.get("ruleType"):
        spec["ingress"] = {**ingress, "ruleType": "path"}


_REQUESTS = {
    "java": ("resources", "50m", "64Mi"),
    "nodejs": ("resourceRequirements", "50m", "128Mi"),
    "python": ("resourceRequirements", "50m", "64Mi"),
    "dotnet": ("resourceRequirements", "50m", "128Mi"),
    "go": ("resourceRequirements", "50m", "64Mi"),
    "apacheHttpd": ("resourceRequirements", "1m", "128Mi"),
    "nginx": ("resourceRequirements", "1m", "128Mi"),
}
_FIELDS = {
    "apacheHttpd": {"version": "2.4", "configPath": "/usr/local/apache2/conf"},
    "nginx": {"configFile": "/etc/nginx/nginx.conf"},
}


def default_instrumentation(obj: JsonObject, images: Mapping[str, str] | None = None) -> JsonObject:
    """Return the Instrumentation with resources, paths and images (from `images`) of the languages that it names.

    The Go operator completes all languages; here the others are completed when a pod asks, so that the stored object stays
    what its author wrote.

    The annotations `instrumentation.opentelemetry.io/default-auto-instrumentation-<language>-image` record the defaults given,
    so that a later version can tell them from a user's choice.
    """
    spec = dict(obj.get("spec") or {})
    annotations = dict((obj.get("metadata") or {}).get("annotations") or {})
    for language in _LANGUAGES:
        if not isinstance(spec.get(language), dict):
            continue
        spec[language] = _defaulted_language(language, dict(spec[language]), (images or {}).get(language, ""))
        if image := (images or {}).get(language):
            name = "apache-httpd" if language == "apacheHttpd" else language
            annotations.setdefault(f"instrumentation.opentelemetry.io/default-auto-instrumentation-{name}-image", image)
    result = obj if spec == obj.get("spec") else {**obj, "spec": spec}
    if annotations != ((obj.get("metadata") or {}).get("annotations") or {}):
        result = {**result, "metadata": {**(obj.get("metadata") or {}), "annotations": annotations}}
    return result


def _defaulted_language(language: str, settings: JsonObject, image: str) -> JsonObject:
    field, cpu, memory = _REQUESTS[language]
    if image and not settings.get("image"):
        settings["image"] = image
    resources = settings.get(field) or {}
    if not isinstance(resources, dict):
        return settings  # the API server's check of the schema comes after this and says what is wrong
    resources = dict(resources)
    if not resources.get("limits"):
        resources["limits"] = {"cpu": "500m", "memory": "256Mi"}
    if not resources.get("requests"):
        resources["requests"] = {"cpu": cpu, "memory": memory}
    settings[field] = resources
    for name, value in _FIELDS.get(language, {}).items():
        if not settings.get(name):
            settings[name] = value
    return settings


def validate_instrumentation(obj: JsonObject) -> tuple[list[str], list[str]]:
    """Return errors and warnings, each naming the field and the remedy."""
    spec = obj.get("spec") or {}
    errors, warnings = _check_sampler(_map(spec, "sampler"))
    exporter = _map(spec, "exporter")
    tls, endpoint = _map(exporter, "tls"), str(exporter.get("endpoint") or "")
    if bool(tls.get("cert_file")) != bool(tls.get("key_file")):
        warnings.append("spec.exporter.tls: cert_file and key_file belong together; give both or neither")
    if tls and endpoint and not endpoint.startswith("https://"):
        warnings.append(f"spec.exporter.tls is set but spec.exporter.endpoint {endpoint} is not https; TLS will not be used")
    if endpoint.startswith("https://") and not tls:
        warnings.append("spec.exporter.endpoint is https and spec.exporter.tls is not set; the system's authorities will be used")
    for language in _LANGUAGES:
        settings = _map(spec, language)
        if settings.get("volumeLimitSize"):
            warnings.append(f"spec.{language}.volumeLimitSize is deprecated; use spec.{language}.volumeClaimTemplate")
            if _map(settings, "volumeClaimTemplate").get("spec"):
                errors.append(
                    f"spec.{language}: volumeClaimTemplate and volumeLimitSize exclude each other; remove volumeLimitSize"
                )
    return errors, warnings


def _check_sampler(sampler: JsonObject) -> tuple[list[str], list[str]]:
    kind, argument = sampler.get("type") or "", str(sampler.get("argument") or "")
    if not kind:
        return [], ["spec.sampler.type is not set; the SDK's default applies"]
    if kind in _RATIO_SAMPLERS and argument and not _is_ratio(argument):
        return [f"spec.sampler.argument: {kind} takes a number from 0 to 1, got {argument!r}"], []
    if kind in _REMOTE_SAMPLERS and (problem := _remote_problem(argument)):
        return [f"spec.sampler.argument: {problem}"], []
    return [], []


def _map(holder: JsonObject, name: str) -> JsonObject:
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def _is_ratio(text: Any) -> bool:
    try:
        return 0 <= float(text) <= 1
    except (TypeError, ValueError):
        return False


def _remote_problem(argument: str) -> str | None:
    """Check `endpoint=URL,pollingIntervalMs=N,initialSamplingRate=R`."""
    for pair in argument.split(",") if argument else ():
        key, equals, value = pair.strip().partition("=")
        if not equals:
            return f"expected key=value pairs joined by commas, got {pair!r}"
        if key == "endpoint" and not value:
            return "endpoint is empty"
        if key == "pollingIntervalMs" and not value.lstrip("-").isdigit():
            return f"pollingIntervalMs takes whole milliseconds, got {value!r}"
        if key == "initialSamplingRate" and not _is_ratio(value):
            return f"initialSamplingRate takes a number from 0 to 1, got {value!r}"
    return None
