"""Java, Node.js, Python and .NET."""

from __future__ import annotations

from typing import Any

import pytest

from tests.injection.subjects import (
    P,
    asking,
    container,
    env_of,
    env_pairs,
    init_names,
    instrumentation,
    mounts_of,
    mutate,
    named,
    pod,
    reasons_of,
)

AGENT = "opentelemetry-auto-instrumentation"
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
ELSEWHERE = {"valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}
BOTH = {f"{P}container-names": "app,b"}
JAVA = " -javaagent:/otel-auto-instrumentation-java-app/javaagent.jar"
NODE = " --require /otel-auto-instrumentation-nodejs/autoinstrumentation.js"
PYTHON = "/otel-auto-instrumentation-python"
ENTRY = f"{PYTHON}/opentelemetry/instrumentation/auto_instrumentation"
DOTNET = "/otel-auto-instrumentation-dotnet"
HOOK = f"{DOTNET}/net/OpenTelemetry.AutoInstrumentation.StartupHook.dll"
GUARDED = [
    # language, variable, where absent, where empty, where `old`
    ("java", "JAVA_TOOL_OPTIONS", JAVA, JAVA, f"old{JAVA}"),
    ("nodejs", "NODE_OPTIONS", NODE, NODE, f"old{NODE}"),
    ("python", "PYTHONPATH", f"{ENTRY}:{PYTHON}", f"{ENTRY}::{PYTHON}", f"{ENTRY}:old:{PYTHON}"),
    ("dotnet", "DOTNET_STARTUP_HOOKS", HOOK, f":{HOOK}", f"old:{HOOK}"),
    ("dotnet", "DOTNET_ADDITIONAL_DEPS", f"{DOTNET}/AdditionalDeps", f":{DOTNET}/AdditionalDeps", f"old:{DOTNET}/AdditionalDeps"),
    ("dotnet", "DOTNET_SHARED_STORE", f"{DOTNET}/store", f":{DOTNET}/store", f"old:{DOTNET}/store"),
]


@pytest.mark.parametrize(("language", "variable", "absent", "empty", "old"), GUARDED)
def test_what_loads_the_agent_is_added_to_what_is_there(language: str, variable: str, absent: str, empty: str, old: str) -> None:
    def value(*env: dict[str, Any]) -> Any:
        outcome = mutate(pod(container(env=list(env)), annotations=asking(**{language: "true"})), instrumentation())
        return env_of(outcome)[variable]

    assert value() == absent
    assert value({"name": variable}) == empty
    assert value({"name": variable, "value": ""}) == empty
    assert value({"name": variable, "value": "old"}) == old
    assert value({"name": variable, "value": "hidden"}, {"name": variable, "value": "old"}) == old


@pytest.mark.parametrize(("language", "variable", "absent", "empty", "old"), GUARDED)
def test_variables_of_a_whole_config_map_do_not_keep_the_agent_away(
    language: str, variable: str, absent: str, empty: str, old: str
) -> None:
    given = container(envFrom=[{"configMapRef": {"name": "c"}}])
    outcome = mutate(pod(given, annotations=asking(**{language: "true"})), instrumentation())
    assert env_of(outcome)[variable] == absent


@pytest.mark.parametrize(("language", "variable", "absent", "empty", "old"), GUARDED)
def test_a_container_with_a_guarded_variable_from_elsewhere_is_left_alone(
    language: str, variable: str, absent: str, empty: str, old: str
) -> None:
    guarded = container("b", env=[{"name": variable, **ELSEWHERE}])
    alone = pod(guarded, annotations=asking(**{language: "true"}))
    outcome = mutate(alone, instrumentation())
    assert outcome.pod is alone
    assert reasons_of(outcome) == [(language, "ValueFrom")]
    message = outcome.refusals[0].message
    assert f"container 'b' of pod ns1/web-5d8f-*: env {variable} is set by valueFrom" in message
    beside = mutate(pod(container(), guarded, annotations=asking(**{language: "true"}) | BOTH), instrumentation())
    assert beside.injections[0].containers == ("app",)
    assert named(beside.pod, "b") == guarded
    assert reasons_of(beside) == [(language, "ValueFrom")]


@pytest.mark.parametrize(
    ("language", "field", "variable"),
    [(language, field, variable) for language, variable, *_ in GUARDED for field in ("common", "own")],
)
def test_text_of_the_instrumentation_is_extended_as_well(language: str, field: str, variable: str) -> None:
    env = [{"name": variable, "value": "old"}]
    spec = {"env": env} if field == "common" else {language: {"env": env}}
    outcome = mutate(pod(annotations=asking(**{language: "true"})), instrumentation(**spec))
    old = next(expected for _, name, _, _, expected in GUARDED if name == variable)
    absent = next(expected for _, name, expected, _, _ in GUARDED if name == variable)
    # PYTHONPATH is complete before the common variables come.
    assert env_of(outcome)[variable] == (absent if (field, variable) == ("common", "PYTHONPATH") else old)


@pytest.mark.parametrize(("language", "variable"), [(language, variable) for language, variable, *_ in GUARDED])
def test_a_guarded_variable_that_the_instrumentation_takes_from_elsewhere_is_left_alone_and_reported(
    language: str, variable: str
) -> None:
    variable_from_elsewhere = {"name": variable, **ELSEWHERE}
    outcome = mutate(
        pod(annotations=asking(**{language: "true"})), instrumentation(**{language: {"env": [variable_from_elsewhere]}})
    )
    assert variable_from_elsewhere in named(outcome.pod, "app")["env"]
    assert reasons_of(outcome) == [(language, "ValueFrom")]
    assert f"Instrumentation ns1/inst sets env {variable}" in outcome.refusals[0].message


def test_variables_of_container_then_language_then_all_count() -> None:
    def named_env(value: str, *names: str) -> list[dict[str, str]]:
        return [{"name": name, "value": value} for name in names]

    spec = {
        "env": named_env("all", "A", "B", "C", "OTEL_TRACES_EXPORTER"),
        "python": {"env": named_env("language", "A", "B", "OTEL_EXPORTER_OTLP_PROTOCOL")},
    }
    given = container(env=named_env("container", "A", "OTEL_LOGS_EXPORTER"))
    env = env_of(mutate(pod(given, annotations=asking(python="true")), instrumentation(**spec)))
    assert [env[name] for name in ("A", "B", "C")] == ["container", "language", "all"]
    exporters = [
        env[f"OTEL_{name}"] for name in ("TRACES_EXPORTER", "EXPORTER_OTLP_PROTOCOL", "LOGS_EXPORTER", "METRICS_EXPORTER")
    ]
    assert exporters == ["all", "language", "container", "otlp"]


def test_java_extensions_follow_the_agent() -> None:
    extensions = [{"image": "ext:1", "dir": "/one"}, {"image": "ext:2", "dir": "/two"}]
    context = {"runAsUser": 7}
    spec = {"imagePullPolicy": "Always", "initContainerSecurityContext": context, "java": {"extensions": extensions}}
    outcome = mutate(pod(annotations=asking(java="true")), instrumentation(**spec))
    directory = "/otel-auto-instrumentation-java"
    assert env_of(outcome)["JAVA_TOOL_OPTIONS"] == f"{JAVA} -Dotel.javaagent.extensions={directory}-app/extensions"
    first, one, two = outcome.pod["spec"]["initContainers"]
    assert first["imagePullPolicy"] == "Always"
    for index, (extension, given) in enumerate(zip((one, two), extensions, strict=True)):
        assert extension == {
            "name": f"{AGENT}-extension-{index}",
            "image": given["image"],
            "command": ["cp", "-r", f"{given['dir']}/.", f"{directory}/extensions"],
            "resources": first["resources"],
            "securityContext": context,
            "volumeMounts": [{"name": f"{AGENT}-java", "mountPath": directory}],
        }


def test_every_container_has_its_own_path_to_the_java_agent() -> None:
    outcome = mutate(pod(container(), container("b"), annotations=asking(java="true") | BOTH), instrumentation())
    assert mounts_of(outcome, "b") == [(f"{AGENT}-java", "/otel-auto-instrumentation-java-b")]
    assert init_names(outcome) == [f"{AGENT}-java"]
    assert len(outcome.pod["spec"]["volumes"]) == 1


def test_nodejs_adds_the_exporter_of_metrics_after_the_options() -> None:
    outcome = mutate(
        pod(container(env=[{"name": "NODE_PATH", "value": "x"}]), annotations=asking(nodejs="true")), instrumentation()
    )
    names = [name for name, _ in env_pairs(named(outcome.pod, "app"))]
    assert names[:5] == ["OTEL_NODE_IP", "OTEL_POD_IP", "NODE_PATH", "NODE_OPTIONS", "OTEL_METRICS_EXPORTER"]
    agent = named(outcome.pod, f"{AGENT}-nodejs")
    assert agent["command"] == ["cp", "-r", "/autoinstrumentation/.", "/otel-auto-instrumentation-nodejs"]
    assert agent["resources"]["requests"] == {"cpu": "50m", "memory": "128Mi"}
    assert mounts_of(outcome) == [(f"{AGENT}-nodejs", "/otel-auto-instrumentation-nodejs")]


@pytest.mark.parametrize(
    ("platform", "source"),
    [("", "/autoinstrumentation/."), ("glibc", "/autoinstrumentation/."), ("musl", "/autoinstrumentation-musl/.")],
)
@pytest.mark.parametrize("on_namespace", [True, False])
def test_the_python_agent_fits_the_platform(platform: str, source: str, on_namespace: bool) -> None:
    platforms = {f"{P}otel-python-platform": platform}
    given = pod(annotations=asking(python="true") | ({} if on_namespace else platforms))
    outcome = mutate(given, instrumentation(), namespace_annotations=platforms if on_namespace else {})
    assert named(outcome.pod, f"{AGENT}-python")["command"] == ["cp", "-r", source, PYTHON]


@pytest.mark.parametrize(("runtime", "library"), [("", "linux"), ("linux-x64", "linux"), ("linux-musl-x64", "linux-musl")])
def test_the_profiler_fits_the_runtime_and_its_variables_have_their_order(runtime: str, library: str) -> None:
    urls = [{"name": "ASPNETCORE_URLS", "value": "http://+:8080"}]
    given = pod(container(env=urls), annotations=asking(dotnet="true") | {f"{P}otel-dotnet-auto-runtime": runtime})
    outcome = mutate(given, instrumentation())
    assert env_pairs(named(outcome.pod, "app"))[2:10] == [
        ("ASPNETCORE_URLS", "http://+:8080"),
        ("CORECLR_ENABLE_PROFILING", "1"),
        ("CORECLR_PROFILER", "{918728DD-259F-4A6A-AC2B-B85E1B658318}"),
        ("CORECLR_PROFILER_PATH", f"{DOTNET}/{library}/OpenTelemetry.AutoInstrumentation.Native.so"),
        ("DOTNET_STARTUP_HOOKS", HOOK),
        ("DOTNET_ADDITIONAL_DEPS", f"{DOTNET}/AdditionalDeps"),
        ("OTEL_DOTNET_AUTO_HOME", DOTNET),
        ("DOTNET_SHARED_STORE", f"{DOTNET}/store"),
    ]


def test_variables_of_the_profiler_that_are_there_are_kept() -> None:
    given = [
        {"name": name, "value": "mine"} for name in ("CORECLR_ENABLE_PROFILING", "CORECLR_PROFILER", "CORECLR_PROFILER_PATH")
    ]
    env = env_of(mutate(pod(container(env=given), annotations=asking(dotnet="true")), instrumentation()))
    assert {env[variable["name"]] for variable in given} == {"mine"}


@pytest.mark.parametrize("value", [{"value": ""}, ELSEWHERE])
@pytest.mark.parametrize("of_instrumentation", [True, False])
def test_an_agent_of_dotnet_that_is_there_already_is_left_alone(value: dict[str, Any], of_instrumentation: bool) -> None:
    home = [{"name": "OTEL_DOTNET_AUTO_HOME", **value}]
    given = pod(container(env=[] if of_instrumentation else home), annotations=asking(dotnet="true"))
    outcome = mutate(given, instrumentation(dotnet={"env": home if of_instrumentation else []}))
    assert outcome.pod is given
    assert reasons_of(outcome) == [("dotnet", "AlreadyConfigured")]


@pytest.mark.parametrize(
    ("language", "key", "remedy"),
    [("python", "otel-python-platform", "glibc or musl"), ("dotnet", "otel-dotnet-auto-runtime", "linux-x64 or linux-musl-x64")],
)
@pytest.mark.parametrize("value", ["alpine", "Musl", "true"])
def test_an_unknown_platform_adds_nothing_at_all_and_other_languages_go_on(
    language: str, key: str, remedy: str, value: str
) -> None:
    names = {f"{P}container-names": "app"}
    annotations = asking(**{language: "true"}) | {f"{P}{key}": value}
    alone = pod(annotations=annotations)
    outcome = mutate(alone, instrumentation())
    assert outcome.pod is alone
    assert reasons_of(outcome) == [(language, "BadPlatform")]
    assert f"annotation {P}{key} of pod ns1/web-5d8f-* is '{value}'; give {remedy}" in outcome.refusals[0].message
    beside = mutate(pod(annotations=annotations | asking(java="true") | names), instrumentation())
    assert init_names(beside) == [f"{AGENT}-java"]


@pytest.mark.parametrize("language", ["java", "nodejs", "python", "dotnet"])
@pytest.mark.parametrize(
    ("of_instrumentation", "of_container", "expected"),
    [
        (None, None, "absent"),
        (None, {}, {}),
        (None, {"runAsUser": 1}, {"runAsUser": 1}),
        ({"runAsUser": 2}, {"runAsUser": 1}, {"runAsUser": 2}),
        ({}, {"runAsUser": 1}, {}),
    ],
)
def test_security_context_is_the_instrumentations_or_the_containers(
    language: str, of_instrumentation: Any, of_container: Any, expected: Any
) -> None:
    spec = {} if of_instrumentation is None else {"initContainerSecurityContext": of_instrumentation}
    given = container() if of_container is None else container(securityContext=of_container)
    outcome = mutate(pod(given, annotations=asking(**{language: "true"})), instrumentation(**spec))
    assert named(outcome.pod, f"{AGENT}-{language}").get("securityContext", "absent") == expected


@pytest.mark.parametrize("language", ["java", "nodejs", "python", "dotnet"])
@pytest.mark.parametrize(
    ("settings", "source"),
    [
        ({}, {"emptyDir": {"sizeLimit": "200Mi"}}),
        ({"volumeLimitSize": "1Gi"}, {"emptyDir": {"sizeLimit": "1Gi"}}),
        ({"volumeLimitSize": 1000}, {"emptyDir": {"sizeLimit": "1000"}}),
        ({"volumeClaimTemplate": {}}, {"emptyDir": {"sizeLimit": "200Mi"}}),
        (
            {"volumeClaimTemplate": {"spec": CLAIM}},
            {"ephemeral": {"volumeClaimTemplate": {"spec": CLAIM}}},
        ),
    ],
)
def test_the_volume_is_of_limited_size_or_a_claim(language: str, settings: dict[str, Any], source: dict[str, Any]) -> None:
    outcome = mutate(pod(annotations=asking(**{language: "true"})), instrumentation(**{language: settings}))
    assert outcome.pod["spec"]["volumes"] == [{"name": f"{AGENT}-{language}", **source}]


def test_image_pull_policy_and_resources_are_the_instrumentations() -> None:
    spec = {"imagePullPolicy": "Never", "python": {"image": "mine:1", "resourceRequirements": {"limits": {"cpu": "1"}}}}
    agent = named(mutate(pod(annotations=asking(python="true")), instrumentation(**spec)).pod, f"{AGENT}-python")
    assert (agent["image"], agent["imagePullPolicy"], agent["resources"]["limits"]) == ("mine:1", "Never", {"cpu": "1"})


@pytest.mark.parametrize(
    ("level", "context", "field"),
    [
        ("baseline", {"privileged": True}, "privileged"),
        ("restricted", {"runAsUser": 1000}, "allowPrivilegeEscalation"),
        ("restricted", {}, "allowPrivilegeEscalation"),
    ],
)
def test_a_context_that_the_namespace_would_not_let_in_keeps_no_pod_out(level: str, context: dict[str, Any], field: str) -> None:
    given = pod(annotations=asking(python="true"))
    inst = instrumentation(initContainerSecurityContext=context)
    outcome = mutate(given, inst, namespace_labels={"pod-security.kubernetes.io/enforce": level})
    assert outcome.pod is given
    assert reasons_of(outcome) == [("python", "PodSecurity")]
    said = f"spec.initContainerSecurityContext with a forbidden or missing {field}, and label"
    assert said in outcome.refusals[0].message
    assert init_names(mutate(given, inst)) == [f"{AGENT}-python"]
