"""Puts the product into a cluster as a user would: images loaded, one `kubectl apply`, wait until it is ready."""

from collections.abc import Callable
from pathlib import Path

from e2e.cluster.errors import ClusterError
from e2e.images.build import Archive, build
from e2e.kubectl import Kubectl, wait_until

INSTALL = Path(__file__).resolve().parents[1] / "manifests" / "opentelemetry-operator.yaml"
NAMESPACE = "otel-operator-system"
READY_SECONDS = 60
"""The install file promises to be ready in under a minute."""


def load_images(load: Callable[[Path], None], names: tuple[str, ...] = ("operator", "collector")) -> list[Archive]:
    """Build the images that changed and load them all into the cluster's node."""
    archives = [build(name) for name in names]
    for archive in archives:
        load(archive.path)
    return archives


def install(kubectl: Kubectl) -> None:
    """Apply the one-file install and wait until manager and webhook are ready; ClusterError with the pods' state if not."""
    operator = kubectl.within(NAMESPACE)
    operator("apply", "--filename", str(INSTALL))
    end_back_off(operator)
    try:
        operator(
            "wait", "--for=condition=Available", "deployment", "--all", f"--timeout={READY_SECONDS}s", timeout=READY_SECONDS + 30
        )
        wait_until("the webhook's certificate in the webhook configurations", lambda: webhook_trusted(kubectl), timeout=30)
    except ClusterError as error:
        raise ClusterError(f"{error}\n{explain(operator)}") from error


def pods_of(kubectl: Kubectl, collector: str) -> list[str]:
    """Return the names of a collector's pods, found by the selector in its status."""
    selector = kubectl.get("otelcol", collector)["status"]["scale"]["selector"]
    return [pod["metadata"]["name"] for pod in kubectl.items("pods", f"--selector={selector}")]


def end_back_off(kubectl: Kubectl) -> None:
    """Delete pods that wait in back-off: after a new image or a repaired cluster there is nothing to wait for."""
    for pod in kubectl.items("pods"):
        states = [status["state"].get("waiting", {}).get("reason") for status in pod["status"].get("containerStatuses", [])]
        if any(state in ("CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull") for state in states):
            kubectl("delete", "pod", pod["metadata"]["name"], "--wait=false")


def webhook_trusted(kubectl: Kubectl) -> bool:
    """Whether the webhook program has put its CA where the API server looks for it."""
    configurations = kubectl.items("validatingwebhookconfigurations", "--selector=app.kubernetes.io/part-of=otel-operator")
    hooks = [hook for configuration in configurations for hook in configuration["webhooks"]]
    return bool(hooks) and all(hook["clientConfig"].get("caBundle") for hook in hooks)


def explain(kubectl: Kubectl) -> str:
    """Say why pods of a namespace do not run: their state, warnings among the events, the last lines of their logs."""
    parts = [
        "--- pods\n" + kubectl("get", "pods", "--output=wide", check=False).strip(),
        "--- warnings\n"
        + kubectl("get", "events", "--field-selector=type=Warning", "--sort-by=.lastTimestamp", check=False).strip()[-3000:],
    ]
    for pod in kubectl.items("pods"):
        name = pod["metadata"]["name"]
        parts.append(f"--- log of {name}\n" + kubectl("logs", name, "--all-containers", "--tail=15", check=False).strip())
    return "\n".join(parts)
