"""Which Instrumentation a pod gets, and what is said when it gets none."""

from __future__ import annotations

import pytest

from otel_operator.inject.instrumentation.mutation import references
from otel_operator.inject.subject import Subject
from otel_operator.inject.surroundings import Reference
from otel_operator.settings import InjectionSettings
from tests.injection.subjects import (
    EVERY_LANGUAGE,
    EVERYTHING_ON,
    Cluster,
    Json,
    P,
    asking,
    container,
    env_of,
    init_names,
    instrumentation,
    mutate,
    pod,
    reasons_of,
)

GO_TARGET = {f"{P}otel-go-auto-target-exe": "/app"}
MINE = instrumentation("mine", exporter={"endpoint": "mine"})
THEIRS = instrumentation("theirs", exporter={"endpoint": "theirs"})


@pytest.mark.parametrize("language", EVERY_LANGUAGE)
@pytest.mark.parametrize(
    ("on_namespace", "on_pod", "chosen"),
    [
        ("", "", None),
        ("", "mine", "mine"),
        ("theirs", "", "theirs"),
        ("theirs", "mine", "mine"),
        ("theirs", "false", None),
        ("false", "", None),
        ("", "FALSE", None),
        ("false", "mine", "mine"),
        ("theirs", "true", "theirs"),
        ("theirs", "TRUE", "theirs"),
    ],
)
def test_the_annotation_of_pod_or_namespace_chooses(language: str, on_namespace: str, on_pod: str, chosen: str | None) -> None:
    given = pod(annotations=GO_TARGET | (asking(**{language: on_pod}) if on_pod else {}))
    on_namespace_too = asking(**{language: on_namespace}) if on_namespace else {}
    outcome = mutate(given, MINE, THEIRS, namespace_annotations=on_namespace_too)
    assert [(done.feature, done.resource) for done in outcome.injections] == ([(language, ("ns1", chosen))] if chosen else [])
    assert (outcome.pod is given) == (chosen is None)
    assert not outcome.refusals


@pytest.mark.parametrize("language", EVERY_LANGUAGE)
@pytest.mark.parametrize("on_namespace", ["", "false", "true"])
def test_true_takes_the_only_one_of_the_pods_namespace_whatever_the_namespace_says(language: str, on_namespace: str) -> None:
    elsewhere = instrumentation("other", "ns2", exporter={"endpoint": "other"})
    given = pod(annotations=GO_TARGET | asking(**{language: "true"}))
    outcome = mutate(given, MINE, elsewhere, namespace_annotations=asking(**{language: on_namespace}))
    assert [done.resource for done in outcome.injections] == [("ns1", "mine")]


def test_one_of_another_namespace_is_named_with_it() -> None:
    elsewhere = instrumentation("other", "ns2", exporter={"endpoint": "http://other:4318"})
    outcome = mutate(pod(annotations=asking(java="ns2/other")), MINE, elsewhere)
    assert env_of(outcome)["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://other:4318"
    assert [done.resource for done in outcome.injections] == [("ns2", "other")]


@pytest.mark.parametrize(
    ("selector", "reason", "said"),
    [
        ("true", "SeveralInstrumentations", "which has 'mine', 'theirs'; name one of them"),
        ("nobody", "InstrumentationNotFound", "no Instrumentation 'nobody' in namespace 'ns1', only 'mine', 'theirs'"),
        ("ns9/nobody", "InstrumentationNotFound", "no Instrumentation 'nobody' in namespace 'ns9'; create it"),
        ("ns1/mine/more", "InstrumentationNotFound", "no Instrumentation 'mine/more' in namespace 'ns1'"),
        ("/mine", "InstrumentationNotFound", "no Instrumentation 'mine' in namespace ''"),
        ("x" * 5000, "InstrumentationNotFound", "no Instrumentation 'xxx"),
    ],
)
def test_a_selector_that_leads_nowhere_leaves_the_pod_as_it_is(selector: str, reason: str, said: str) -> None:
    given = pod(annotations=asking(java=selector))
    outcome = mutate(given, MINE, THEIRS)
    assert outcome.pod is given
    assert reasons_of(outcome) == [("java", reason)]
    message = outcome.refusals[0].message
    assert f"annotation {P}inject-java of pod ns1/web-5d8f-*" in message
    assert said in message
    assert len(message) < 1024


def test_true_without_any_is_refused_and_the_namespace_is_named_when_it_asks() -> None:
    given = pod()
    outcome = mutate(given, namespace_annotations=asking(python="true"))
    assert outcome.pod is given
    assert reasons_of(outcome) == [("python", "NoInstrumentation")]
    assert f"annotation {P}inject-python of namespace ns1" in outcome.refusals[0].message


def test_an_error_of_one_language_leaves_the_others_out_and_says_so() -> None:
    given = pod(annotations=asking(java="nobody", python="mine", nodejs="none-either"))
    outcome = mutate(given, MINE)
    assert outcome.pod is given
    assert reasons_of(outcome) == [
        ("java", "InstrumentationNotFound"),
        ("nodejs", "InstrumentationNotFound"),
        ("python", "WithAnotherLanguage"),
    ]
    assert "java was refused (InstrumentationNotFound)" in outcome.refusals[-1].message


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("java", "Java"),
        ("nodejs", "NodeJS"),
        ("python", "Python"),
        ("dotnet", ".NET"),
        ("go", "Go"),
        ("apache-httpd", "Apache HTTPD"),
        ("nginx", "Nginx"),
    ],
)
def test_a_language_that_is_switched_off_is_refused_and_the_others_go_on(language: str, title: str) -> None:
    names = {f"{P}container-names": "app"}
    given = pod(annotations=GO_TARGET | names | asking(sdk="mine", **{language: "mine"}))
    settings = InjectionSettings(enabled_languages=frozenset(EVERY_LANGUAGE) - {language})
    outcome = mutate(given, MINE, settings=settings)
    assert [done.feature for done in outcome.injections] == ["sdk"]
    assert reasons_of(outcome) == [(language, "InstrumentationRequestRejected")]
    message = outcome.refusals[0].message
    assert message.startswith(f"support for {title} auto instrumentation is not enabled")
    assert f"--enable-{language}-instrumentation" in message
    assert outcome.refusals[0].resource == ("ns1", "mine")


def test_go_and_nginx_are_off_unless_switched_on() -> None:
    settings = InjectionSettings()
    assert set(EVERY_LANGUAGE) - settings.enabled_languages == {"go", "nginx", "sdk"}
    assert settings.images["nginx"] == settings.images["apache-httpd"]


def test_a_switched_off_language_without_an_instrumentation_is_an_error_all_the_same() -> None:
    outcome = mutate(pod(annotations=asking(go="true", java="true")), settings=InjectionSettings())
    assert reasons_of(outcome) == [("java", "NoInstrumentation"), ("go", "NoInstrumentation")]


TLS = {"exporter": {"tls": {"secretName": "client", "configMapName": "ca"}}}
SECRET, CONFIG_MAP = Reference("Secret", "ns1", "client"), Reference("ConfigMap", "ns1", "ca")


def test_what_must_be_there_is_asked_for_in_the_pods_namespace() -> None:
    there = Cluster(instrumentation("mine", "ns2", **TLS), MINE)
    ask = references
    assert ask(Subject(pod(annotations=asking(java="ns2/mine", sdk="mine")), "ns1"), there, EVERYTHING_ON) == {SECRET, CONFIG_MAP}
    assert ask(Subject(pod(annotations=asking(sdk="mine")), "ns1"), there, EVERYTHING_ON) == frozenset()
    assert ask(Subject(pod(annotations=asking(java="ns2/mine", sdk="nobody")), "ns1"), there, EVERYTHING_ON) == frozenset()
    off = InjectionSettings(enabled_languages=frozenset())
    assert ask(Subject(pod(annotations=asking(java="ns2/mine")), "ns1"), there, off) == frozenset()
    assert ask(Subject(pod(), "ns1"), there, EVERYTHING_ON) == frozenset()
    assert ask(Subject({"metadata": []}, "ns1"), there, EVERYTHING_ON) == frozenset()


def test_what_is_missing_leaves_the_pod_as_it_is_and_all_of_it_is_named() -> None:
    given = pod(annotations=asking(java="true"))
    outcome = mutate(given, instrumentation(**TLS), presence={SECRET: False, CONFIG_MAP: False})
    assert outcome.pod is given
    assert reasons_of(outcome) == [("java", "MissingReference")] * 2
    for refusal, named in zip(outcome.refusals, ("secretName 'client'", "configMapName 'ca'"), strict=True):
        assert refusal.message.startswith("Instrumentation ns1/inst has spec.exporter.tls.")
        assert named in refusal.message


def test_what_could_not_be_looked_up_counts_as_there() -> None:
    outcome = mutate(pod(annotations=asking(java="true")), instrumentation(**TLS), presence={SECRET: True})
    assert init_names(outcome) == ["opentelemetry-auto-instrumentation-java"]


@pytest.mark.parametrize(
    "mark",
    [
        {"initContainers": [container(f"opentelemetry-auto-instrumentation-{language}")]}
        for language in ("java", "nodejs", "python", "dotnet")
    ]
    + [
        {"initContainers": [container(name)]}
        for name in ("otel-agent-attach-apache", "otel-agent-attach-nginx", "otel-agent-source-container-clone")
    ]
    + [
        {"containers": [container(), container("opentelemetry-auto-instrumentation")]},
        {"containers": [container(), container("b", env=[{"name": "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", "value": ""}])]},
        {"initContainers": [container("b", env=[{"name": "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", "value": ""}])]},
    ],
)
def test_an_instrumented_pod_is_left_alone_without_a_word(mark: dict) -> None:
    given = pod(annotations=asking(java="nobody", sdk="true"), **mark)
    outcome = mutate(given, MINE)
    assert outcome.pod is given
    assert not outcome.injections
    assert not outcome.refusals


def test_a_collector_sidecar_is_no_sign_of_instrumentation() -> None:
    collector = container("otc-container", env=[{"name": "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", "value": ""}])
    for field in ({"containers": [container(), collector]}, {"initContainers": [collector]}):
        assert mutate(pod(annotations=asking(sdk="true"), **field), MINE).injections


def test_a_mirror_of_a_static_pod_is_refused() -> None:
    given = pod(annotations={"kubernetes.io/config.mirror": "abc"})
    outcome = mutate(given, MINE, namespace_annotations=asking(java="true"))
    assert outcome.pod is given
    assert reasons_of(outcome) == [("java", "StaticPod")]


@pytest.mark.parametrize(
    "spec",
    [
        {"os": {"name": "windows"}},
        {"nodeSelector": {"kubernetes.io/os": "windows"}},
        {"nodeSelector": {"beta.kubernetes.io/os": "windows"}},
    ],
)
def test_a_windows_pod_gets_the_sdks_environment_only(spec: Json) -> None:
    annotations = asking(java="true", sdk="true") | {f"{P}container-names": "app"}
    outcome = mutate(pod(annotations=annotations, **spec), MINE)
    assert [done.feature for done in outcome.injections] == ["sdk"]
    assert reasons_of(outcome) == [("java", "UnsupportedOperatingSystem")]


@pytest.mark.parametrize(("on_pod", "injected"), [("", []), ("mine", ["python"])])
def test_a_namespace_does_not_ask_for_the_collectors_in_it(on_pod: str, injected: list[str]) -> None:
    labels = {"app.kubernetes.io/managed-by": "opentelemetry-operator", "app.kubernetes.io/component": "opentelemetry-collector"}
    given = pod(annotations=asking(python=on_pod) if on_pod else {})
    given["metadata"]["labels"] = labels
    outcome = mutate(given, MINE, namespace_annotations=asking(python="true"))
    assert [done.feature for done in outcome.injections] == injected
