"""What a pod asks for, and whether somebody has injected into it already."""

from typing import Any

import pytest

from otel_operator.inject.asked import asked, carries_injection, chosen

PREFIX = "instrumentation.opentelemetry.io/inject-"


def test_features_that_are_asked_for_have_the_value_that_counts() -> None:
    pod = {f"{PREFIX}java": "true", f"{PREFIX}go": "FALSE", f"{PREFIX}nodejs": ""}
    namespace = {f"{PREFIX}java": "mine", f"{PREFIX}go": "true", f"{PREFIX}python": "True"}
    assert asked(pod, namespace) == {"java": "mine", "python": "True"}


@pytest.mark.parametrize(
    ("value", "existing", "choice"),
    [
        ("true", [("n", "a")], ("n", "a")),
        ("True", [("n", "a"), ("m", "b")], ("n", "a")),
        ("true", [("n", "a"), ("n", "b")], None),
        ("true", [], None),
        ("a", [("n", "a")], ("n", "a")),
        ("a", [("m", "a")], None),
        ("m/a", [("m", "a")], ("m", "a")),
    ],
)
def test_choice_is_the_one_that_the_value_names(value: str, existing: list[tuple[str, str]], choice: object) -> None:
    assert chosen(value, "n", existing) == choice


@pytest.mark.parametrize(
    ("spec", "carries"),
    [
        ({"initContainers": [{"name": "opentelemetry-auto-instrumentation-java"}]}, True),
        ({"initContainers": [{"name": "otel-agent-attach-apache"}]}, True),
        ({"containers": [{"name": "opentelemetry-auto-instrumentation"}]}, True),
        ({"containers": [{"name": "app", "env": [{"name": "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME"}]}]}, True),
        ({"containers": [{"name": "otc-container", "env": [{"name": "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME"}]}]}, False),
        ({"containers": [{"name": "app", "env": [{"name": "PATH", "value": "/"}]}]}, False),
    ],
)
def test_injection_of_anybody_is_recognised(spec: dict[str, Any], carries: bool) -> None:
    assert carries_injection({"spec": spec}) is carries
