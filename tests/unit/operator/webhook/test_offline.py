"""What is said of manifests without a cluster; `tests/integration/webhook/test_offline.py` holds it to what a cluster says."""

import io
from typing import Any

import pytest

from otel_operator.api import yaml12
from otel_operator.api.finding import Rule
from otel_operator.cli.documents import read_documents
from otel_operator.cli.judgement import ERROR, judge
from otel_operator.settings import Settings
from otel_operator.webhook.offline import admitted, concerns
from tests.validation.manifests import BETA, CONFIG, INSTRUMENTATION, RIGHT, WRONG, marks


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_what_a_cluster_takes_has_no_error(text: str) -> None:
    assert admitted(yaml12.load(text), Settings()).errors == ()


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_every_mistake_is_found_on_its_line_and_nothing_else(text: str) -> None:
    report = judge(read_documents(["-"], io.BytesIO(text.encode())), Settings())
    assert [(found.line, found.rule.value) for found in report.findings if found.level == ERROR] == list(marks(text))


def test_mistakes_of_the_schema_keep_the_webhook_from_being_asked_as_on_a_server() -> None:
    verdict = admitted(yaml12.load(BETA + CONFIG + "  replicas: many\n  mode: sidecar\n  tolerations: [{}]\n"), Settings())
    assert [found.rule for found in verdict.errors] == [Rule.SCHEMA]


def test_an_unknown_field_does_not() -> None:
    verdict = admitted(yaml12.load(BETA + CONFIG + "  replica: 1\n  mode: sidecar\n  tolerations: [{}]\n"), Settings())
    assert [found.rule for found in verdict.errors] == [Rule.UNKNOWN_FIELD, Rule.MODE]


def test_defaults_are_there_before_the_verdict() -> None:
    # Every language is completed with our images, which is no choice of the author's that an upgrade would stop at.
    verdict = admitted(yaml12.load(INSTRUMENTATION + "  sampler: {type: always_on}\n"), Settings())
    assert (verdict.errors, verdict.warnings) == ((), ())


def test_numbers_that_json_does_not_have_are_refused() -> None:
    [found] = admitted(yaml12.load(BETA + CONFIG + "  replicas: .inf\n"), Settings()).errors
    assert str(found) == "spec.replicas: .nan, .inf and larger numbers cannot be stored; write another"


@pytest.mark.parametrize(
    ("obj", "wanted"),
    [
        ({"apiVersion": "opentelemetry.io/v1", "kind": "OpenTelemetryCollector"}, True),
        ({"kind": "OpenTelemetryCollector"}, True),
        ({"apiVersion": "opentelemetry.io/v1alpha1", "kind": "Instrumentations"}, True),
        ({"apiVersion": "opentelemetry.io/v1alpha1", "kind": "OpAMPBridge"}, False),
        ({"apiVersion": "example.com/v1", "kind": "Instrumentation"}, False),
        ({"apiVersion": "v1", "kind": "ConfigMap"}, False),
        ({}, False),
    ],
)
def test_only_objects_of_this_operator_concern_it(obj: dict[str, Any], wanted: bool) -> None:
    assert concerns(obj) is wanted
