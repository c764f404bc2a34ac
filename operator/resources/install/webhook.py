"""The webhook program: all replicas serve, and one of them always stays up."""

from otel_operator.json_types import JsonObject
from otel_operator.resources.install.labels import metadata, selector
from otel_operator.resources.install.names import COLLECTOR_CRD, METRICS_PORT, PROBE_PORT, WEBHOOK_PORT, Installation
from otel_operator.resources.install.workload import deployment


def webhook(install: Installation) -> list[JsonObject]:
    """Build the webhook's Deployment, Service and disruption budget."""
    return [_deployment(install), _service(install), _disruption_budget(install)]


def _deployment(install: Installation) -> JsonObject:
    args = [
        "webhook",
        f"--webhook-port={WEBHOOK_PORT}",
        f"--health-probe-addr=:{PROBE_PORT}",
        f"--metrics-addr=:{METRICS_PORT}",
        f"--service-name={install.webhook}",
        f"--certificate-secret={install.certificate_secret}",
        f"--mutating-configuration={install.mutating_configuration}",
        f"--validating-configuration={install.validating_configuration}",
        f"--conversion-crd={COLLECTOR_CRD}",
    ]
    return deployment(
        install,
        install.webhook,
        "webhook",
        args,
        ports=[{"name": "webhook", "containerPort": WEBHOOK_PORT}],
        resources={"requests": {"cpu": "50m", "memory": "80Mi"}, "limits": {"memory": "256Mi"}},
    )


def _service(install: Installation) -> JsonObject:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(install.webhook, "webhook", install.namespace),
        "spec": {"selector": selector("webhook"), "ports": [{"name": "https", "port": 443, "targetPort": "webhook"}]},
    }


def _disruption_budget(install: Installation) -> JsonObject:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(install.webhook, "webhook", install.namespace),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": selector("webhook")}},
    }
