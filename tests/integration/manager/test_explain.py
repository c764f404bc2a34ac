"""`otel-operator explain pod` reads a real cluster."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from otel_operator.inject.record import INJECTED

Eventually = Callable[..., None]
JsonObject = dict[str, Any]


def explain(cluster: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "otel_operator", "explain", "pod", *arguments]
    where = [f"--kubeconfig={cluster.server.kubeconfig}", "-n", cluster.namespace]
    return subprocess.run([*command, *where], capture_output=True, text=True, check=False, timeout=60)


def workload(annotations: JsonObject, template: JsonObject) -> JsonObject:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "annotations": annotations},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}, "annotations": template},
                "spec": {"containers": [{"name": "app", "image": "app"}]},
            },
        },
    }


ASKS = {"instrumentation.opentelemetry.io/inject-python": "true"}
INSTRUMENTATION = {
    "apiVersion": "opentelemetry.io/v1alpha1",
    "kind": "Instrumentation",
    "metadata": {"name": "sdk"},
    "spec": {"sampler": {"type": "always_on"}},
}


def pod_of(cluster: Any, eventually: Eventually) -> str:
    eventually(lambda: cluster.get("pod", "-l", "app=web"))
    return str(cluster.get("pod", "-l", "app=web")[0]["metadata"]["name"])


def test_annotation_on_the_deployment_is_explained_with_its_remedy(cluster: Any, eventually: Eventually) -> None:
    cluster.apply(INSTRUMENTATION, workload(ASKS, {}))
    done = explain(cluster, pod_of(cluster, eventually))
    assert done.returncode == 0, done.stderr
    assert "of Deployment web" in done.stdout.splitlines()[0]
    assert "move it to spec.template.metadata.annotations of the Deployment web" in done.stdout


def test_record_and_outdated_injection_are_explained_as_json(cluster: Any, eventually: Eventually) -> None:
    record = json.dumps({"python": {"resource": f"{cluster.namespace}/sdk", "spec": "older"}})
    cluster.apply(INSTRUMENTATION, workload({}, {**ASKS, INJECTED: record}))
    done = explain(cluster, pod_of(cluster, eventually), "-o", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert f"run: kubectl rollout restart deployment/web -n {cluster.namespace}" in found["changes"]
    (chosen,) = [step for step in found["steps"] if step["step"] == "chosen"]
    assert f"Instrumentation {cluster.namespace}/sdk" in chosen["text"]
    # The install manifest is not applied here, so no webhook is called.
    assert any(step["step"] == "reached" and step["finding"] == "problem" for step in found["steps"])


def test_pod_that_is_not_there_is_an_error_with_the_remedy(cluster: Any) -> None:
    done = explain(cluster, "nobody")
    assert done.returncode == 1
    assert f"there is no pod {cluster.namespace}/nobody; give its namespace with -n" in done.stderr


@pytest.fixture
def released(cluster: Any) -> Iterator[None]:
    """The operator as the chart's release `mine` has it, here; its registration has no rules, so nothing is called."""
    labels = {"app.kubernetes.io/name": "otel-operator", "app.kubernetes.io/component": "webhook"}
    service = {"namespace": cluster.namespace, "name": "mine-otel-operator-webhook", "path": "/mutate-v1-pod"}
    hook = {
        "name": "mpod.kb.io",
        "clientConfig": {"service": service},
        "sideEffects": "NoneOnDryRun",
        "admissionReviewVersions": ["v1"],
    }
    container = {"name": "webhook", "image": "operator", "args": ["webhook", "--enable-go-instrumentation"]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    name = f"{cluster.namespace}-mine-otel-operator-mutating"
    cluster.apply(
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": service["name"], "labels": labels}, "spec": spec},
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": name, "labels": labels},
            "webhooks": [hook],
        },
    )
    yield
    cluster.kubectl("delete", "mutatingwebhookconfiguration", name)


def test_an_operator_that_is_installed_under_another_name_is_found(cluster: Any, released: None, eventually: Eventually) -> None:
    cluster.apply(INSTRUMENTATION, workload({}, {"instrumentation.opentelemetry.io/inject-go": "true"}))
    done = explain(cluster, pod_of(cluster, eventually))
    assert "the webhook is registered for pods like this one" in done.stdout, done.stderr
    assert "go: switched off" not in done.stdout
