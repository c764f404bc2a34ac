"""Operator-wide settings that decision code reads; parsed from flags and environment by the command line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from otel_operator.version import VERSION

REGISTRY = "ghcr.io/otel-operator-py"


_AGENTS = "ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation"
DEFAULT_IMAGES: Mapping[str, str] = MappingProxyType(
    {
        "java": f"{_AGENTS}-java:2.30.0",
        "nodejs": f"{_AGENTS}-nodejs:0.78.0",
        "python": f"{_AGENTS}-python:0.64b0",
        "dotnet": f"{_AGENTS}-dotnet:1.16.0",
        "go": "ghcr.io/open-telemetry/opentelemetry-go-instrumentation/autoinstrumentation-go:v0.24.0",
        "apache-httpd": f"{_AGENTS}-apache-httpd:1.0.4",
        "nginx": f"{_AGENTS}-apache-httpd:1.0.4",
    }
)
"""Public images of the agents, by feature; those of nginx are in Apache's."""
OFF_BY_DEFAULT = frozenset({"go", "nginx"})


@dataclass(frozen=True, slots=True)
class InjectionSettings:
    """What holds for auto-instrumentation everywhere; all names are those of the Go operator's flags."""

    images: Mapping[str, str] = field(default_factory=lambda: DEFAULT_IMAGES)
    """Image of each feature whose Instrumentation names none (--auto-instrumentation-<feature>-image)."""
    enabled: frozenset[str] = frozenset(DEFAULT_IMAGES) - OFF_BY_DEFAULT
    """Features that may be injected (--enable-<feature>-instrumentation); `sdk` always may."""
    multi: bool = True
    """Whether a pod may have several languages, each with a list of containers (--enable-multi-instrumentation)."""


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
