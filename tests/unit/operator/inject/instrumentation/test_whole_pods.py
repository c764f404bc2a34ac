"""Whole pods after injection, not only the parts that a language is about: nothing is added that is not written here.

Python and Java are the worked examples, the other languages have tests of their own.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.injection.subjects import TOKEN, asking, container, deployment_owners, instrumentation, mutate, pod

AGENT = "opentelemetry-auto-instrumentation"
IMAGES = "ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation"
DOTNET = "/otel-auto-instrumentation-dotnet"
VARIABLES: dict[str, dict[str, str]] = {
    "nodejs": {
        "NODE_OPTIONS": " --require /otel-auto-instrumentation-nodejs/autoinstrumentation.js",
        "OTEL_METRICS_EXPORTER": "otlp",
    },
    "dotnet": {
        "CORECLR_ENABLE_PROFILING": "1",
        "CORECLR_PROFILER": "{918728DD-259F-4A6A-AC2B-B85E1B658318}",
        "CORECLR_PROFILER_PATH": f"{DOTNET}/linux/OpenTelemetry.AutoInstrumentation.Native.so",
        "DOTNET_STARTUP_HOOKS": f"{DOTNET}/net/OpenTelemetry.AutoInstrumentation.StartupHook.dll",
        "DOTNET_ADDITIONAL_DEPS": f"{DOTNET}/AdditionalDeps",
        "OTEL_DOTNET_AUTO_HOME": DOTNET,
        "DOTNET_SHARED_STORE": f"{DOTNET}/store",
    },
    "sdk": {},
}
VERSIONS = {"nodejs": "0.78.0", "dotnet": "1.16.0"}
ATTRIBUTES = (
    "k8s.container.name=app,k8s.deployment.name=web,k8s.namespace.name=ns1,"
    "k8s.node.name=$(OTEL_RESOURCE_ATTRIBUTES_NODE_NAME),k8s.pod.name=$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME),"
    "k8s.replicaset.name=web-5d8f,service.instance.id=ns1.$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME).app,"
    "service.namespace=ns1,service.version=1.2"
)


def literal(**variables: str) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in variables.items()]


def field(name: str, path: str) -> dict[str, Any]:
    return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}


@pytest.mark.parametrize("language", VARIABLES)
def test_a_pod_has_what_is_written_here_and_nothing_else(language: str) -> None:
    app = container(env=literal(MINE="1"), volumeMounts=[TOKEN], securityContext={"runAsUser": 7}, ports=[{"containerPort": 80}])
    given = pod(app, container("other"), annotations=asking(**{language: "true"}), restartPolicy="Always")
    spec = {
        "exporter": {"endpoint": "http://collector:4318"},
        "propagators": ["tracecontext", "b3"],
        "sampler": {"type": "parentbased_traceidratio", "argument": "0.25"},
    }
    outcome = mutate(given, instrumentation(**spec), owners=deployment_owners())

    env = [
        field("OTEL_NODE_IP", "status.hostIP"),
        field("OTEL_POD_IP", "status.podIP"),
        *literal(MINE="1", **VARIABLES[language]),
        *literal(OTEL_SERVICE_NAME="web", OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4318"),
        field("OTEL_RESOURCE_ATTRIBUTES_POD_NAME", "metadata.name"),
        field("OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", "spec.nodeName"),
        *literal(OTEL_PROPAGATORS="tracecontext,b3"),
        *literal(OTEL_TRACES_SAMPLER="parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG="0.25"),
        *literal(OTEL_RESOURCE_ATTRIBUTES=ATTRIBUTES),
    ]
    expected = {"containers": [{**app, "env": env}, container("other")], "restartPolicy": "Always"}
    if language != "sdk":
        mount = {"name": f"{AGENT}-{language}", "mountPath": f"/otel-auto-instrumentation-{language}"}
        expected["containers"][0]["volumeMounts"] = [TOKEN, mount]
        expected["volumes"] = [{"name": f"{AGENT}-{language}", "emptyDir": {"sizeLimit": "200Mi"}}]
        expected["initContainers"] = [
            {
                "name": f"{AGENT}-{language}",
                "image": f"{IMAGES}-{language}:{VERSIONS[language]}",
                "command": ["cp", "-r", "/autoinstrumentation/.", f"/otel-auto-instrumentation-{language}"],
                "resources": {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "50m", "memory": "128Mi"}},
                "securityContext": {"runAsUser": 7},
                "volumeMounts": [mount],
            }
        ]
    assert outcome.pod == {**given, "spec": expected}
