"""What takes the place of images that a node without a registry cannot have."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from e2e.images.build import REGISTRY

OUR_IMAGE = f"{REGISTRY}/collector:{version('otel-operator')}"
_EXAMPLES = "ghcr.io/open-telemetry/opentelemetry-operator/e2e-test-app"
REPLACED = {
    "docker.io/library/busybox:1.36.1": "the sidecar's and the SDK's example",
    "docker.io/library/httpd:2.4.62": "the example of Apache",
    "docker.io/nginxinc/nginx-unprivileged:1.25.3": "the example of nginx",
    **{f"{_EXAMPLES}-{language}:main": f"the example of {language}" for language in ("dotnet", "golang")},
}
"""The collector's image, asleep, takes their place."""
RUNNING = {"python": "storefront", "nodejs": "catalog", "java": "stock"}
"""By language, the application of e2e/injection that takes the place of its example, with our own agent's image."""


def on_this_node(obj: dict[str, Any]) -> dict[str, Any]:
    """The object with what it takes to run here; the gateway's log also says which spans it got."""
    spec = obj.get("spec", {})
    if obj["kind"] == "Deployment":
        for container in spec["template"]["spec"]["containers"]:
            _replace(container)
    elif obj["kind"] == "Instrumentation" and obj["metadata"]["name"] in RUNNING:
        language = obj["metadata"]["name"]
        spec |= {"imagePullPolicy": "IfNotPresent", language: {"image": _ours(f"autoinstrumentation-{language}")}}
    elif obj["kind"] == "OpenTelemetryCollector" and obj["metadata"]["name"] == "gateway":
        spec["config"]["exporters"]["debug"] = {"verbosity": "normal"}
    return obj


def _replace(container: dict[str, Any]) -> None:
    applications = {f"{_EXAMPLES}-{language}:main": name for language, name in RUNNING.items()}
    application = applications.get(container["image"])
    container["imagePullPolicy"] = "IfNotPresent"
    if application:
        port = container["ports"][0]["containerPort"]
        container |= {"image": _ours(application), "env": [{"name": "PORT", "value": str(port)}]}
        return
    assert container["image"] in REPLACED
    container |= {"image": OUR_IMAGE, "command": ["python3", "-c", "import time; time.sleep(1e6)"]}


def _ours(name: str) -> str:
    return f"{REGISTRY}/{name}:{version('otel-operator')}"
