"""Operator-wide settings that decision code reads; parsed from flags and environment by the command line."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from otel_operator.version import VERSION

REGISTRY = "ghcr.io/otel-operator-py"


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
