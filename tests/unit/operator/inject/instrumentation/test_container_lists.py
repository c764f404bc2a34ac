"""Which containers are instrumented."""

from __future__ import annotations

import pytest

from otel_operator.settings import InjectionSettings
from tests.injection.subjects import (
    EVERY_LANGUAGE,
    P,
    asking,
    container,
    init_names,
    instrumentation,
    mutate,
    named,
    pod,
    reasons_of,
)

INST = instrumentation()
ONE_FOR_ALL = InjectionSettings(enabled_languages=frozenset(EVERY_LANGUAGE), multi_instrumentation=False)
THREE = (container("a"), container("b"), container("c"))


def names(**lists: str) -> dict[str, str]:
    """Return annotations: `java="a"`, and `common` for all languages."""
    return {f"{P}container-names" if key == "common" else f"{P}{key}-container-names": value for key, value in lists.items()}


def instrumented(outcome: object) -> dict[str, tuple[str, ...]]:
    return {done.feature: done.containers for done in outcome.injections}  # type: ignore[attr-defined]


def test_one_language_without_names_goes_to_the_first_container() -> None:
    outcome = mutate(pod(*THREE, annotations=asking(python="true")), INST)
    assert instrumented(outcome) == {"python": ("a",)}
    assert named(outcome.pod, "b") == container("b")


def test_common_and_own_names_are_joined() -> None:
    annotations = asking(java="true", python="true") | names(common="a", java="b", python="c")
    assert instrumented(mutate(pod(*THREE, annotations=annotations), INST)) == {"java": ("a", "b"), "python": ("a", "c")}


def test_the_key_of_nginx_is_not_like_the_others() -> None:
    annotations = asking(nginx="true", java="true") | names(java="a") | {f"{P}inject-nginx-container-names": "b"}
    assert instrumented(mutate(pod(*THREE, annotations=annotations), INST)) == {"java": ("a",), "nginx": ("b",)}


def test_names_follow_the_precedence_of_all_annotations() -> None:
    annotations = asking(java="true") | names(java="true")
    assert instrumented(mutate(pod(*THREE, annotations=annotations), INST, namespace_annotations=names(java="b"))) == {
        "java": ("b",)
    }


def test_several_languages_without_names_for_each_inject_nothing() -> None:
    given = pod(*THREE, annotations=asking(java="true", python="true", sdk="true") | names(java="a"))
    outcome = mutate(given, INST)
    assert outcome.pod is given
    assert reasons_of(outcome) == [
        ("python", "ContainerNamesMissing"),
        ("sdk", "ContainerNamesMissing"),
        ("java", "WithAnotherLanguage"),
    ]
    assert f"{P}python-container-names" in outcome.refusals[0].message


@pytest.mark.parametrize("lists", [names(common="a,b", java="a"), names(common="a,a"), names(java="b,a,b")])
def test_a_name_twice_for_a_language_injects_nothing(lists: dict[str, str]) -> None:
    given = pod(*THREE, annotations=asking(java="true") | lists)
    outcome = mutate(given, INST)
    assert outcome.pod is given
    assert reasons_of(outcome) == [("java", "DuplicateContainerName")]


def test_two_languages_may_share_a_container() -> None:
    outcome = mutate(pod(annotations=asking(java="true", nodejs="true") | names(common="app")), INST)
    assert instrumented(outcome) == {"java": ("app",), "nodejs": ("app",)}
    assert init_names(outcome) == ["opentelemetry-auto-instrumentation-java", "opentelemetry-auto-instrumentation-nodejs"]


@pytest.mark.parametrize("lists", [{}, names(java="b,b", python="no such")])
def test_without_the_feature_all_languages_go_to_the_first_container_and_own_lists_do_not_count(lists: dict[str, str]) -> None:
    annotations = asking(java="true", python="true") | lists
    outcome = mutate(pod(*THREE, annotations=annotations), INST, settings=ONE_FOR_ALL)
    assert instrumented(outcome) == {"java": ("a",), "python": ("a",)}


def test_without_the_feature_the_common_list_counts_and_a_name_twice_is_once() -> None:
    annotations = asking(java="true", python="true") | names(common="c,b,c")
    outcome = mutate(pod(*THREE, annotations=annotations), INST, settings=ONE_FOR_ALL)
    assert instrumented(outcome) == {"java": ("c", "b"), "python": ("c", "b")}


@pytest.mark.parametrize("bad", ["a, b", "a.b", "a_b", "a\n", "ä", " "])
@pytest.mark.parametrize("key", ["common", "java"])
def test_other_characters_in_a_list_inject_nothing(bad: str, key: str) -> None:
    given = pod(*THREE, annotations=asking(java="true") | names(**{key: bad}))
    outcome = mutate(given, INST)
    assert outcome.pod is given
    assert reasons_of(outcome) == [("java", "BadContainerNames")]
    assert repr(bad) in outcome.refusals[0].message


@pytest.mark.parametrize(("given", "expected"), [(",b,,a,", ("b", "a")), (",", ("a",)), ("c,gone", ("c",))])
def test_empty_and_unknown_items_are_passed_over(given: str, expected: tuple[str, ...]) -> None:
    outcome = mutate(pod(*THREE, annotations=asking(java="true")), INST, namespace_annotations=names(common=given))
    assert instrumented(outcome) == {"java": expected}
    assert not outcome.refusals


def test_an_unknown_name_on_the_pod_itself_is_reported_and_the_rest_injected() -> None:
    outcome = mutate(pod(*THREE, annotations=asking(java="true") | names(common="b,gone")), INST)
    assert instrumented(outcome) == {"java": ("b",)}
    assert reasons_of(outcome) == [("java", "ContainerNotFound")]
    assert "'gone'" in outcome.refusals[0].message


@pytest.mark.parametrize("language", [language for language in EVERY_LANGUAGE if language != "go"])
def test_only_unknown_names_inject_nothing(language: str) -> None:
    given = pod(*THREE, annotations=asking(**{language: "true"}))
    outcome = mutate(given, INST, namespace_annotations=names(common="gone"))
    assert outcome.pod is given
    assert reasons_of(outcome) == [(language, "ContainerNotFound")]


AGENT = "opentelemetry-auto-instrumentation"


@pytest.mark.parametrize("language", ["java", "nodejs", "python", "dotnet"])
@pytest.mark.parametrize(
    ("inits", "listed", "order", "targets"),
    [
        (["i"], "i", ["+", "i"], ("i",)),
        (["i", "j"], "j", ["i", "+", "j"], ("j",)),
        (["i", "j", "k"], "k,i", ["+", "i", "j", "k"], ("i", "k")),
        (["i", "j", "k", "l"], "a,l,c,j", ["i", "+", "j", "k", "l"], ("j", "l", "a", "c")),
        (["i", "j"], "b,a", ["i", "j", "+"], ("b", "a")),
    ],
)
def test_init_containers_come_first_and_the_agent_directly_before_them(
    language: str, inits: list[str], listed: str, order: list[str], targets: tuple[str, ...]
) -> None:
    contexts = {name: {"runAsUser": 1000 + index} for index, name in enumerate([*inits, "a", "b", "c"])}
    given = pod(
        *(container(name, securityContext=contexts[name]) for name in "abc"),
        initContainers=[container(name, securityContext=contexts[name]) for name in inits],
        annotations=asking(**{language: "true"}) | names(common=listed),
    )
    outcome = mutate(given, INST)
    agent = f"{AGENT}-{language}"
    assert init_names(outcome) == [agent if name == "+" else name for name in order]
    assert instrumented(outcome) == {language: targets}
    # The lead container's, however many init containers there are.
    assert named(outcome.pod, agent)["securityContext"] == contexts[targets[0]]


def test_languages_of_one_init_container_follow_each_other_before_it() -> None:
    extension = instrumentation(java={"extensions": [{"image": "x", "dir": "/x"}]})
    annotations = asking(python="true", java="true", nodejs="true") | names(common="i")
    outcome = mutate(pod(initContainers=[container("h"), container("i")], annotations=annotations), extension)
    assert init_names(outcome) == ["h", f"{AGENT}-java", f"{AGENT}-extension-0", f"{AGENT}-nodejs", f"{AGENT}-python", "i"]


def test_agents_of_regular_containers_come_last_in_the_order_of_languages() -> None:
    annotations = asking(**dict.fromkeys(("nginx", "apache_httpd", "dotnet", "python", "nodejs", "java"), "true"))
    lists = names(java="a", nodejs="a", python="b", dotnet="b") | names(**{"apache-httpd": "c"})
    nginx = {f"{P}inject-nginx-container-names": "d"}
    given = pod(*THREE, container("d"), initContainers=[container("i")], annotations=annotations | lists | nginx)
    outcome = mutate(given, instrumentation(java={"extensions": [{"image": "x", "dir": "/x"}]}))
    assert init_names(outcome) == [
        "i",
        f"{AGENT}-java",
        f"{AGENT}-extension-0",
        f"{AGENT}-nodejs",
        f"{AGENT}-python",
        f"{AGENT}-dotnet",
        "otel-agent-source-container-clone",
        "otel-agent-attach-apache",
        "otel-agent-source-container-clone-nginx",
        "otel-agent-attach-nginx",
    ]
