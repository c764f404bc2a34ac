"""The worked examples of the specification (instrumentation §8), to the letter."""

from __future__ import annotations

from typing import Any

from otel_operator.inject.subject import Owner
from tests.injection.subjects import TOKEN, asking, container, env_of, env_pairs, instrumentation, mutate, named, pod

NODE_IP = ("OTEL_NODE_IP", "field:status.hostIP")
POD_IP = ("OTEL_POD_IP", "field:status.podIP")
POD_NAME = ("OTEL_RESOURCE_ATTRIBUTES_POD_NAME", "field:metadata.name")
NODE_NAME = ("OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", "field:spec.nodeName")
RESOURCES = {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "50m", "memory": "64Mi"}}
IMAGES = "ghcr.io/open-telemetry/opentelemetry-operator"


def env(**variables: str) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in variables.items()]


def owned_by(deployment: str) -> tuple[Owner, ...]:
    return (
        Owner("apps/v1", "ReplicaSet", f"{deployment}-abc12", "rs-uid"),
        Owner("apps/v1", "Deployment", deployment, "dep-uid"),
    )


def attributes(deployment: str) -> str:
    return (
        f"k8s.container.name=myapp,k8s.deployment.name={deployment},k8s.namespace.name=ns1,"
        "k8s.node.name=$(OTEL_RESOURCE_ATTRIBUTES_NODE_NAME),k8s.pod.name=$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME),"
        f"k8s.replicaset.name={deployment}-abc12,service.instance.id=ns1.$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME).myapp,"
        "service.namespace=ns1,service.version=main"
    )


PYTHON = instrumentation(
    env=env(OTEL_EXPORTER_OTLP_TIMEOUT="20000", OTEL_TRACES_SAMPLER="always_on", SPLUNK_TRACE_RESPONSE_HEADER_ENABLED="true"),
    exporter={"endpoint": "http://deployment-collector:4317"},
    propagators=["jaeger", "b3"],
    sampler={"type": "parentbased_traceidratio", "argument": "0.25"},
    python={
        "env": env(
            OTEL_LOG_LEVEL="debug",
            OTEL_TRACES_EXPORTER="otlp",
            OTEL_EXPORTER_OTLP_ENDPOINT="http://deployment-collector:4318",
            OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="system_metrics",
        )
    },
)
JAVA = instrumentation(
    env=env(OTEL_TRACES_SAMPLER="always_on", OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf", OTEL_LOGS_EXPORTER="none"),
    exporter={"endpoint": "http://deployment-collector:4318"},
    propagators=["jaeger", "b3"],
    java={"env": env(OTEL_JAVAAGENT_DEBUG="true", OTEL_INSTRUMENTATION_JDBC_ENABLED="false")},
)


def app(language: str, **fields: Any) -> dict[str, Any]:
    image = f"{IMAGES}/e2e-test-app-{language}:main"
    return container("myapp", image=image, **{"env": [], "volumeMounts": [TOKEN]} | fields)


def test_python() -> None:
    context = {"runAsNonRoot": True, "allowPrivilegeEscalation": False}
    given = pod(app("python", securityContext=context), annotations=asking(python="true"))
    outcome = mutate(given, PYTHON, owners=owned_by("my-python"))
    spec, directory = outcome.pod["spec"], "/otel-auto-instrumentation-python"
    assert env_pairs(named(outcome.pod, "myapp")) == [
        NODE_IP,
        POD_IP,
        ("OTEL_LOG_LEVEL", "debug"),
        ("OTEL_TRACES_EXPORTER", "otlp"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://deployment-collector:4318"),
        ("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "system_metrics"),
        ("PYTHONPATH", f"{directory}/opentelemetry/instrumentation/auto_instrumentation:{directory}"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "20000"),
        ("OTEL_TRACES_SAMPLER", "always_on"),
        ("SPLUNK_TRACE_RESPONSE_HEADER_ENABLED", "true"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_METRICS_EXPORTER", "otlp"),
        ("OTEL_LOGS_EXPORTER", "otlp"),
        ("OTEL_SERVICE_NAME", "my-python"),
        POD_NAME,
        NODE_NAME,
        ("OTEL_PROPAGATORS", "jaeger,b3"),
        ("OTEL_RESOURCE_ATTRIBUTES", attributes("my-python")),
    ]
    mount = {"name": "opentelemetry-auto-instrumentation-python", "mountPath": directory}
    assert spec["containers"][0]["volumeMounts"] == [TOKEN, mount]
    assert spec["initContainers"] == [
        {
            "name": "opentelemetry-auto-instrumentation-python",
            "image": f"{IMAGES}/autoinstrumentation-python:0.64b0",
            "command": ["cp", "-r", "/autoinstrumentation/.", directory],
            "resources": RESOURCES,
            "securityContext": context,
            "volumeMounts": [mount],
        }
    ]
    assert spec["volumes"] == [{"name": "opentelemetry-auto-instrumentation-python", "emptyDir": {"sizeLimit": "200Mi"}}]
    assert not outcome.refusals
    assert [(done.feature, done.resource, done.containers) for done in outcome.injections] == [
        ("python", ("ns1", "inst"), ("myapp",))
    ]


def test_python_path_of_the_container_stays_in_the_middle_and_in_its_place() -> None:
    given = pod(app("python", env=env(A="1", PYTHONPATH="/app", B="2")), annotations=asking(python="true"))
    pairs = env_pairs(named(mutate(given, PYTHON).pod, "myapp"))
    directory = "/otel-auto-instrumentation-python"
    path = f"{directory}/opentelemetry/instrumentation/auto_instrumentation:/app:{directory}"
    assert pairs[:5] == [NODE_IP, POD_IP, ("A", "1"), ("PYTHONPATH", path), ("B", "2")]


JAVA_ENV = [
    NODE_IP,
    POD_IP,
    ("OTEL_JAVAAGENT_DEBUG", "true"),
    ("OTEL_INSTRUMENTATION_JDBC_ENABLED", "false"),
    ("OTEL_TRACES_SAMPLER", "always_on"),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
    ("OTEL_LOGS_EXPORTER", "none"),
    ("JAVA_TOOL_OPTIONS", " -javaagent:/otel-auto-instrumentation-java-myapp/javaagent.jar"),
    ("OTEL_SERVICE_NAME", "my-java"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://deployment-collector:4318"),
    POD_NAME,
    NODE_NAME,
    ("OTEL_PROPAGATORS", "jaeger,b3"),
    ("OTEL_RESOURCE_ATTRIBUTES", attributes("my-java")),
]


def test_java() -> None:
    outcome = mutate(pod(app("java"), annotations=asking(java="true")), JAVA, owners=owned_by("my-java"))
    spec = outcome.pod["spec"]
    assert env_pairs(spec["containers"][0]) == JAVA_ENV
    assert spec["containers"][0]["volumeMounts"] == [
        TOKEN,
        {"name": "opentelemetry-auto-instrumentation-java", "mountPath": "/otel-auto-instrumentation-java-myapp"},
    ]
    assert spec["initContainers"] == [
        {
            "name": "opentelemetry-auto-instrumentation-java",
            "image": f"{IMAGES}/autoinstrumentation-java:2.30.0",
            "command": ["cp", "/javaagent.jar", "/otel-auto-instrumentation-java/javaagent.jar"],
            "resources": RESOURCES,
            "volumeMounts": [{"name": "opentelemetry-auto-instrumentation-java", "mountPath": "/otel-auto-instrumentation-java"}],
        }
    ]
    assert spec["volumes"] == [{"name": "opentelemetry-auto-instrumentation-java", "emptyDir": {"sizeLimit": "200Mi"}}]


def test_java_options_of_a_container_come_first_in_their_place() -> None:
    second = container("b", env=env(JAVA_TOOL_OPTIONS="-Xmx1g", B="2"))
    names = {"instrumentation.opentelemetry.io/container-names": "myapp,b"}
    outcome = mutate(pod(app("java"), second, annotations=asking(java="true") | names), JAVA)
    options = "-Xmx1g -javaagent:/otel-auto-instrumentation-java-b/javaagent.jar"
    assert env_pairs(named(outcome.pod, "b"))[:4] == [NODE_IP, POD_IP, ("JAVA_TOOL_OPTIONS", options), ("B", "2")]


def test_certificates_come_after_the_endpoint_and_the_sampler_after_the_propagators() -> None:
    tls = {"secretName": "client", "configMapName": "ca", "ca_file": "ca.crt", "cert_file": "tls.crt", "key_file": "tls.key"}
    mutual = instrumentation(
        **JAVA["spec"]
        | {
            "env": env(OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf", OTEL_LOGS_EXPORTER="none"),
            "exporter": {"endpoint": "https://deployment-collector:4318", "tls": tls},
            "sampler": {"type": "parentbased_traceidratio", "argument": "1"},
        }
    )
    outcome = mutate(pod(app("java"), annotations=asking(java="true")), mutual, owners=owned_by("my-java"))
    expected = [pair for pair in JAVA_ENV if pair[0] != "OTEL_TRACES_SAMPLER"]
    expected[8] = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://deployment-collector:4318")
    expected[9:9] = [
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/otel-auto-instrumentation-configmap-ca/ca.crt"),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/otel-auto-instrumentation-secret-client/tls.crt"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/otel-auto-instrumentation-secret-client/tls.key"),
    ]
    expected[-1:-1] = [("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "1")]
    spec = outcome.pod["spec"]
    assert env_pairs(spec["containers"][0]) == expected
    assert spec["containers"][0]["volumeMounts"] == [
        TOKEN,
        {"name": "opentelemetry-auto-instrumentation-java", "mountPath": "/otel-auto-instrumentation-java-myapp"},
        {"name": "otel-auto-secret-client", "mountPath": "/otel-auto-instrumentation-secret-client", "readOnly": True},
        {"name": "otel-auto-configmap-ca", "mountPath": "/otel-auto-instrumentation-configmap-ca", "readOnly": True},
    ]
    assert spec["volumes"] == [
        {"name": "otel-auto-secret-client", "secret": {"secretName": "client"}},
        {"name": "otel-auto-configmap-ca", "configMap": {"name": "ca"}},
        {"name": "opentelemetry-auto-instrumentation-java", "emptyDir": {"sizeLimit": "200Mi"}},
    ]


def test_variables_that_exist_stay_and_attributes_are_completed() -> None:
    text = (
        "foo=bar,k8s.container.name=other,service.version=explicit-version,"
        "service.namespace=explicit-ns,service.instance.id=explicit-id,"
    )
    given = {
        "OTEL_SERVICE_NAME": "explicit-name",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "explicit-endpoint",
        "OTEL_PROPAGATORS": "b3",
        "OTEL_TRACES_SAMPLER": "always_on",
        "OTEL_RESOURCE_ATTRIBUTES": text,
    }
    existing = instrumentation(
        exporter={"endpoint": "https://collector:4317"},
        resource={"resourceAttributes": {"fromcr": "val"}},
        propagators=["jaeger"],
        sampler={"type": "parentbased_traceidratio", "argument": "0.25"},
    )
    outcome = mutate(pod(container(env=env(**given)), annotations=asking(sdk="true")), existing)
    expected = dict(given) | {
        "OTEL_RESOURCE_ATTRIBUTES": text
        + "fromcr=val,k8s.namespace.name=ns1,k8s.node.name=$(OTEL_RESOURCE_ATTRIBUTES_NODE_NAME),"
        + "k8s.pod.name=$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME)"
    }
    assert env_of(outcome) == dict([NODE_IP, POD_IP, POD_NAME, NODE_NAME]) | expected
    assert [name for name, _ in env_pairs(named(outcome.pod, "app"))] == [
        "OTEL_NODE_IP",
        "OTEL_POD_IP",
        "OTEL_SERVICE_NAME",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_PROPAGATORS",
        "OTEL_TRACES_SAMPLER",
        "OTEL_RESOURCE_ATTRIBUTES_POD_NAME",
        "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME",
        "OTEL_RESOURCE_ATTRIBUTES",
    ]
