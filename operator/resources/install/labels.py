"""Labels of the operator's own objects; the collectors' are in `otel_operator.labels`."""

from otel_operator.json_types import JsonObject
from otel_operator.version import VERSION


def selector(component: str) -> dict[str, str]:
    """Return the labels that never change: Deployments, Services and budgets select by them."""
    return {"app.kubernetes.io/name": "otel-operator", "app.kubernetes.io/component": component}


def metadata(name: str, component: str, namespace: str | None = None) -> JsonObject:
    """Return `metadata` of an object of the operator."""
    place = {"namespace": namespace} if namespace else {}
    labels = {**selector(component), "app.kubernetes.io/part-of": "otel-operator", "app.kubernetes.io/version": VERSION}
    return {"name": name, **place, "labels": labels}
