"""What the Go operator's end-to-end suites assert of mutated pods (spec: instrumentation §6), and the guide's example."""

from __future__ import annotations

from typing import Any

import pytest

from tests.injection.subjects import (
    TOKEN,
    P,
    asking,
    container,
    deployment_owners,
    env_of,
    env_pairs,
    init_names,
    instrumentation,
    mounts_of,
    mutate,
    named,
    pod,
)

AGENT = "opentelemetry-auto-instrumentation"
NODE_IP, POD_IP = ("OTEL_NODE_IP", "field:status.hostIP"), ("OTEL_POD_IP", "field:status.podIP")
POD_NAME = ("OTEL_RESOURCE_ATTRIBUTES_POD_NAME", "field:metadata.name")
NODE_NAME = ("OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", "field:spec.nodeName")
DOTNET = "/otel-auto-instrumentation-dotnet"
PYTHON = "/otel-auto-instrumentation-python"


def env(**variables: str) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in variables.items()]


def bare(*containers: dict[str, Any], annotations: dict[str, str], **spec: Any) -> dict[str, Any]:
    """Return a pod that no controller made: it has a name."""
    given = pod(*containers, annotations=annotations, **spec)
    del given["metadata"]["generateName"]
    given["metadata"]["name"] = "bare"
    return given


@pytest.mark.parametrize("language", ["java", "nodejs", "python", "dotnet"])
def test_initcontainer(language: str) -> None:
    context = {"runAsUser": 1000, "allowPrivilegeEscalation": False}
    target = container("the-init", securityContext=context, volumeMounts=[TOKEN])
    main = container("main-app", volumeMounts=[TOKEN])
    given = bare(main, annotations=asking(**{language: "true"}) | {f"{P}container-names": "the-init"}, initContainers=[target])
    outcome = mutate(given, instrumentation(env=env(OTEL_METRICS_EXPORTER="none")))
    assert init_names(outcome) == [f"{AGENT}-{language}", "the-init"]
    assert named(outcome.pod, f"{AGENT}-{language}")["securityContext"] == context
    assert env_of(outcome, "the-init")["OTEL_SERVICE_NAME"] == "bare"
    assert [name for name, _ in mounts_of(outcome, "the-init")] == [TOKEN["name"], f"{AGENT}-{language}"]
    assert named(outcome.pod, "main-app") == main
    if language == "nodejs":
        names = [name for name, _ in env_pairs(named(outcome.pod, "the-init"))]
        assert names.index("OTEL_METRICS_EXPORTER") < names.index("NODE_OPTIONS")


@pytest.mark.parametrize("language", ["java", "nodejs", "python", "dotnet"])
def test_multicontainer(language: str) -> None:
    def both(names: str) -> Any:
        annotations = asking(**{language: "true"}) | {f"{P}container-names": names}
        given = pod(
            container("myapp", volumeMounts=[TOKEN]), container("myrabbit", volumeMounts=[TOKEN]), annotations=annotations
        )
        sampled = {
            "sampler": {"type": "parentbased_traceidratio", "argument": "0.25"},
            "env": env(OTEL_TRACES_SAMPLER="always_on"),
        }
        return mutate(given, instrumentation(**sampled))

    first, second = both("myrabbit,myapp"), both("myapp")
    for name in ("myapp", "myrabbit"):
        suffix = f"-{name}" if language == "java" else ""
        assert mounts_of(first, name)[1:] == [(f"{AGENT}-{language}", f"/otel-auto-instrumentation-{language}{suffix}")]
        assert env_of(first, name)["OTEL_TRACES_SAMPLER"] == "always_on"
        assert "OTEL_TRACES_SAMPLER_ARG" not in env_of(first, name)
    assert named(second.pod, "myrabbit") == container("myrabbit", volumeMounts=[TOKEN])


def test_nodejs_volume() -> None:
    template = {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
    given = pod(annotations=asking(nodejs="true"), automountServiceAccountToken=False)
    outcome = mutate(given, instrumentation(nodejs={"volumeClaimTemplate": template}))
    assert outcome.pod["spec"]["volumes"] == [{"name": f"{AGENT}-nodejs", "ephemeral": {"volumeClaimTemplate": template}}]


def test_python_specenv() -> None:
    spec = {
        "exporter": {"endpoint": "http://localhost:4317"},
        "env": env(OTEL_LOGS_EXPORTER="none", OTEL_METRICS_EXPORTER="none", OTEL_TRACES_EXPORTER="none"),
        "python": {"env": env(OTEL_EXPORTER_OTLP_ENDPOINT="http://localhost:4318")},
    }
    outcome = mutate(bare(annotations=asking(python="true")), instrumentation(**spec))
    assert env_pairs(named(outcome.pod, "app"))[:-1] == [
        NODE_IP,
        POD_IP,
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"),
        ("PYTHONPATH", f"{PYTHON}/opentelemetry/instrumentation/auto_instrumentation:{PYTHON}"),
        ("OTEL_LOGS_EXPORTER", "none"),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_SERVICE_NAME", "bare"),
        POD_NAME,
        NODE_NAME,
    ]


LANGUAGES = {"java": "java", "nodejs": "nodejs", "python": "python", "dotnet": "dotnet", "apache-httpd": "apacheHttpd"}
SAMPLED = [("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0.85")]
ENDPOINT = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://deployment-collector:4317")
TAIL = [POD_NAME, NODE_NAME, ("OTEL_PROPAGATORS", "jaeger,b3")]


def several() -> dict[str, Any]:
    """Return an Instrumentation whose languages name their services."""
    spec: dict[str, Any] = {field: {"env": env(OTEL_SERVICE_NAME=f"{name}-app")} for name, field in LANGUAGES.items()}
    spec["python"]["env"] += env(OTEL_EXPORTER_OTLP_ENDPOINT="http://deployment-collector:4318")
    return instrumentation(
        env=env(OTEL_TRACES_SAMPLER="parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG="0.85"),
        exporter={"endpoint": "http://deployment-collector:4317"},
        propagators=["jaeger", "b3"],
        sampler={"type": "parentbased_traceidratio", "argument": "0.25"},
        go={"env": env(OTEL_SERVICE_NAME="go-app")},
        **spec,
    )


EXPECTED: dict[str, list[tuple[str, str]]] = {
    "dotnet": [
        NODE_IP,
        POD_IP,
        ("ASPNETCORE_URLS", "http://+:8083"),
        ("OTEL_SERVICE_NAME", "dotnet-app"),
        *SAMPLED,
        ("CORECLR_ENABLE_PROFILING", "1"),
        ("CORECLR_PROFILER", "{918728DD-259F-4A6A-AC2B-B85E1B658318}"),
        ("CORECLR_PROFILER_PATH", f"{DOTNET}/linux/OpenTelemetry.AutoInstrumentation.Native.so"),
        ("DOTNET_STARTUP_HOOKS", f"{DOTNET}/net/OpenTelemetry.AutoInstrumentation.StartupHook.dll"),
        ("DOTNET_ADDITIONAL_DEPS", f"{DOTNET}/AdditionalDeps"),
        ("OTEL_DOTNET_AUTO_HOME", DOTNET),
        ("DOTNET_SHARED_STORE", f"{DOTNET}/store"),
        ENDPOINT,
        *TAIL,
    ],
    "java": [
        NODE_IP,
        POD_IP,
        ("OTEL_SERVICE_NAME", "java-app"),
        *SAMPLED,
        ("JAVA_TOOL_OPTIONS", " -javaagent:/otel-auto-instrumentation-java-java/javaagent.jar"),
        ENDPOINT,
        *TAIL,
    ],
    "nodejs": [
        NODE_IP,
        POD_IP,
        ("OTEL_SERVICE_NAME", "nodejs-app"),
        *SAMPLED,
        ("NODE_OPTIONS", " --require /otel-auto-instrumentation-nodejs/autoinstrumentation.js"),
        ("OTEL_METRICS_EXPORTER", "otlp"),
        ENDPOINT,
        *TAIL,
    ],
    "python": [
        NODE_IP,
        POD_IP,
        ("OTEL_SERVICE_NAME", "python-app"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://deployment-collector:4318"),
        ("PYTHONPATH", f"{PYTHON}/opentelemetry/instrumentation/auto_instrumentation:{PYTHON}"),
        *SAMPLED,
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_TRACES_EXPORTER", "otlp"),
        ("OTEL_METRICS_EXPORTER", "otlp"),
        ("OTEL_LOGS_EXPORTER", "otlp"),
        *TAIL,
    ],
    "apache-httpd": [NODE_IP, POD_IP, ("OTEL_SERVICE_NAME", "apache-httpd-app"), *SAMPLED, ENDPOINT, *TAIL],
    "sdk": [NODE_IP, POD_IP, *SAMPLED, ("OTEL_SERVICE_NAME", "web"), ENDPOINT, *TAIL],
}


def test_multi_multicontainer() -> None:
    annotations = asking(**dict.fromkeys(EXPECTED, "true")) | {f"{P}{name}-container-names": name for name in EXPECTED}
    nginx = container("nginx", env=env(LD_LIBRARY_PATH="/opt"), volumeMounts=[TOKEN])
    apps = [
        container(name, env=env(ASPNETCORE_URLS="http://+:8083") if name == "dotnet" else [], volumeMounts=[TOKEN])
        for name in EXPECTED
    ]
    outcome = mutate(pod(*apps, nginx, annotations=annotations), several(), owners=deployment_owners())
    for name, expected in EXPECTED.items():
        pairs = env_pairs(named(outcome.pod, name))
        assert pairs[:-1] == expected
        assert pairs[-1][0] == "OTEL_RESOURCE_ATTRIBUTES"
    assert named(outcome.pod, "nginx") == nginx
    assert mounts_of(outcome, "sdk") == [(TOKEN["name"], TOKEN["mountPath"])]
    assert init_names(outcome) == [
        *(f"{AGENT}-{language}" for language in ("java", "nodejs", "python", "dotnet")),
        "otel-agent-source-container-clone",
        "otel-agent-attach-apache",
    ]
    assert env_pairs(named(outcome.pod, "otel-agent-source-container-clone")) == [("OTEL_SERVICE_NAME", "apache-httpd-app")]
    assert [name for name, _ in env_pairs(named(outcome.pod, "otel-agent-attach-apache"))] == [
        "OTEL_SERVICE_NAME",
        "OTEL_TRACES_SAMPLER",
        "OTEL_TRACES_SAMPLER_ARG",
        "OTEL_POD_IP",
        "OTEL_NODE_IP",
        "OTEL_APACHE_AGENT_CONF",
        "APACHE_SERVICE_INSTANCE_ID",
    ]


def test_multi_multicontainer_go() -> None:
    annotations = asking(go="true", python="true") | {
        f"{P}otel-go-auto-target-exe": "/rolldice",
        f"{P}go-container-names": "goapp",
        f"{P}python-container-names": "python",
    }
    goapp = container("goapp", volumeMounts=[TOKEN])
    given = pod(goapp, container("python", volumeMounts=[TOKEN]), annotations=annotations)
    outcome = mutate(given, several(), owners=deployment_owners())
    assert named(outcome.pod, "goapp") == goapp
    assert [item["name"] for item in outcome.pod["spec"]["containers"]] == ["goapp", "python", AGENT]
    assert init_names(outcome) == [f"{AGENT}-python"]
    assert env_pairs(named(outcome.pod, "python"))[:-1] == EXPECTED["python"]
    assert env_pairs(named(outcome.pod, AGENT))[:-1] == [
        NODE_IP,
        POD_IP,
        ("OTEL_GO_AUTO_TARGET_EXE", "/rolldice"),
        ("OTEL_SERVICE_NAME", "go-app"),
        *SAMPLED,
        ENDPOINT,
        *TAIL,
    ]


@pytest.mark.parametrize("on_namespace", [True, False])
@pytest.mark.parametrize("language", ["nodejs", "python", "java"])
def test_the_guides_instrumentation_works_as_printed(language: str, on_namespace: bool) -> None:
    images = "ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation"
    spec = {
        "exporter": {"endpoint": "http://otel-agent:4317"},
        "propagators": ["tracecontext", "baggage"],
        "sampler": {"type": "parentbased_traceidratio", "argument": "0.1"},
        **{name: {"image": f"{images}-{name}:latest"} for name in ("nodejs", "python", "java")},
    }
    ask = asking(**{language: "true"})
    outcome = mutate(
        pod(annotations={} if on_namespace else ask),
        instrumentation("otel-instrumentation", **spec),
        namespace_annotations=ask if on_namespace else {},
        owners=deployment_owners(),
    )
    assert named(outcome.pod, f"{AGENT}-{language}")["image"] == f"{images}-{language}:latest"
    injected = env_of(outcome)
    assert injected["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://otel-agent:4317"
    assert injected["OTEL_PROPAGATORS"] == "tracecontext,baggage"
    assert (injected["OTEL_TRACES_SAMPLER"], injected["OTEL_TRACES_SAMPLER_ARG"]) == ("parentbased_traceidratio", "0.1")
    assert injected["OTEL_SERVICE_NAME"] == "web"
    assert not outcome.refusals
