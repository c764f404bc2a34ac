"""What a pod asks for."""

from otel_operator.api.languages import FEATURES, JAVA, PYTHON
from otel_operator.inject.instrumentation.annotations import asked
from otel_operator.inject.subject import Subject

PREFIX = "instrumentation.opentelemetry.io/inject-"
COLLECTOR = {"app.kubernetes.io/managed-by": "opentelemetry-operator", "app.kubernetes.io/component": "opentelemetry-collector"}


def test_languages_that_are_asked_for_have_the_value_that_counts() -> None:
    own = {f"{PREFIX}java": "true", f"{PREFIX}go": "FALSE", f"{PREFIX}nodejs": ""}
    namespace = {f"{PREFIX}java": "mine", f"{PREFIX}go": "true", f"{PREFIX}python": "True"}
    assert asked(Subject({"metadata": {"annotations": own}}, "n", namespace)) == {JAVA: "mine", PYTHON: "True"}


def test_languages_come_in_the_order_of_injection() -> None:
    every = {f"{PREFIX}{feature}": "true" for feature in reversed(FEATURES)}
    assert [language.feature for language in asked(Subject({}, "n", every))] == [*FEATURES]


def test_a_collector_asks_for_itself_only() -> None:
    metadata = {"labels": COLLECTOR, "annotations": {f"{PREFIX}java": "true"}}
    assert asked(Subject({"metadata": metadata}, "n", {f"{PREFIX}java": "mine", f"{PREFIX}python": "true"})) == {JAVA: "true"}
