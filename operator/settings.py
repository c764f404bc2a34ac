"""Operator-wide settings that decision code reads; parsed from flags and environment by the command line."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from otel_operator.json_types import JsonObject
from otel_operator.version import VERSION

REGISTRY = "ghcr.io/otel-operator-py"


_UPSTREAM_IMAGES = "ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation"


def default_agent_images() -> dict[str, str]:
    """Return the agents' images by language, as in annotations: the public ones, at the versions of the Go operator 0.158."""
    return {
        "java": f"{_UPSTREAM_IMAGES}-java:2.30.0",
        "nodejs": f"{_UPSTREAM_IMAGES}-nodejs:0.78.0",
        "python": f"{_UPSTREAM_IMAGES}-python:0.64b0",
        "dotnet": f"{_UPSTREAM_IMAGES}-dotnet:1.16.0",
        "go": "ghcr.io/open-telemetry/opentelemetry-go-instrumentation/autoinstrumentation-go:v0.24.0",
        "apache-httpd": f"{_UPSTREAM_IMAGES}-apache-httpd:1.0.4",
        "nginx": f"{_UPSTREAM_IMAGES}-apache-httpd:1.0.4",
    }


@dataclass(frozen=True, slots=True)
class InjectionSettings:
    """What auto-instrumentation may do (spec: instrumentation §1.5). Languages are called as in annotations."""

    enabled_languages: frozenset[str] = frozenset({"java", "nodejs", "python", "dotnet", "apache-httpd"})
    """Languages that are switched on (--enable-<language>-instrumentation). SDK-only has no switch."""
    multi_instrumentation: bool = True
    """Whether a pod may ask for several languages, each with containers of its own (--enable-multi-instrumentation)."""
    images: Mapping[str, str] = field(default_factory=default_agent_images)
    """Image of each language where an Instrumentation names none (--auto-instrumentation-<language>-image)."""
    static: JsonObject | None = None
    """Spec of the one Instrumentation of an operator without their CRD (key `instrumentations` of the configuration file)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Names as the Go operator's flags where they mean the same (spec: operator process, configuration)."""

    collector_image: str = f"{REGISTRY}/collector:{VERSION}"
    """Image of collectors whose `spec.image` is unset (--collector-image, RELATED_IMAGE_COLLECTOR)."""
    alias_service: bool = True
    """Make a Service named like the CR (--alias-service); the annotation `operator.opentelemetry.io/alias-service` overrides."""
    labels_filter: tuple[str, ...] = ()
    """Regular expressions; CR labels that match are not copied to children (--labels-filter, repeatable)."""
    annotations_filter: tuple[str, ...] = (r"^kubectl\.kubernetes\.io/last-applied-configuration$",)
    """The same for annotations."""
    watch_namespaces: tuple[str, ...] = ()
    """Namespaces to watch; empty means all (--watch-namespace, WATCH_NAMESPACE)."""
    proxy_env: Mapping[str, str] = field(default_factory=dict)
    """HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the operator's own environment, handed to collectors."""
    instrumentation_crd: bool = True
    """Look after Instrumentations (key `enable-instrumentation-crds` of the configuration file)."""
    injection: InjectionSettings = field(default_factory=InjectionSettings)
    """Auto-instrumentation."""
