"""The objects of the scenario: the guide's Instrumentation with our own images, and applications annotated in either way."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Literal

from e2e.images.build import REGISTRY

Annotated = Literal["pod", "namespace"]
PREFIX = "instrumentation.opentelemetry.io"
LANGUAGES = {"storefront": "python", "catalog": "nodejs", "stock": "java", "reviews": "python"}
"""The shop's services in the order of the calls."""
PATHS = {"storefront": "/checkout", "catalog": "/price", "stock": "/stock", "reviews": "/reviews", "ledger": "/entry"}


def image(name: str) -> str:
    """Return the reference under which an image of this project is built."""
    return f"{REGISTRY}/{name}:{version('otel-operator')}"


def instrumentation(**more: dict[str, Any]) -> dict[str, Any]:
    """The guide's manifest; its three images are ours. ``more``: further languages."""
    return {
        "apiVersion": "opentelemetry.io/v1alpha1",
        "kind": "Instrumentation",
        "metadata": {"name": "otel-instrumentation"},
        "spec": {
            "exporter": {"endpoint": "http://otel-agent:4317"},
            "propagators": ["tracecontext", "baggage"],
            "sampler": {"type": "parentbased_traceidratio", "argument": "0.1"},
            "imagePullPolicy": "IfNotPresent",
            **{language: {"image": image(f"autoinstrumentation-{language}")} for language in ("nodejs", "python", "java")},
            **more,
        },
    }


def namespace_annotations(annotated: Annotated) -> dict[str, str]:
    """A namespace can ask for one language of all its pods; the shop's is the one that two of its services are written in."""
    return {f"{PREFIX}/inject-python": "true"} if annotated == "namespace" else {}


def pod_annotations(service: str, annotated: Annotated) -> dict[str, str]:
    """What a service's own pods say, given what their namespace says."""
    language = LANGUAGES[service]
    if annotated == "pod":
        return {f"{PREFIX}/inject-{language}": "true"}
    return {} if language == "python" else {f"{PREFIX}/inject-python": "false", f"{PREFIX}/inject-{language}": "true"}


def application(service: str, following: str | None, annotations: dict[str, str]) -> list[dict[str, Any]]:
    """A Deployment and a Service; the application is told which service to ask, and nothing about telemetry."""
    labels = {"app": service}
    container = {
        "name": service,
        "image": image(service),
        "imagePullPolicy": "IfNotPresent",
        "env": [{"name": "NEXT", "value": f"http://{following}:8080{PATHS[following]}"}] if following else [],
        "ports": [{"containerPort": 8080}],
        "readinessProbe": {"httpGet": {"path": "/health", "port": 8080}, "periodSeconds": 2, "timeoutSeconds": 5},
        "securityContext": {"runAsNonRoot": True, "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True},
    }
    template = {
        "metadata": {"labels": labels, "annotations": annotations},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": [container]},
    }
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": service},
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": service},
            "spec": {"selector": labels, "ports": [{"port": 8080}]},
        },
    ]


def caller(url: str, headers: dict[str, str]) -> dict[str, Any]:
    """A pod that is not instrumented: it asks a URL with these headers and prints the answer."""
    code = f"import urllib.request as u\nprint(u.urlopen(u.Request({url!r}, headers={headers!r}), timeout=60).read().decode())\n"
    container = {
        "name": "caller",
        "image": image("collector"),
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-c", code],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "caller", "annotations": {f"{PREFIX}/inject-python": "false"}},
        "spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 1, "containers": [container]},
    }
