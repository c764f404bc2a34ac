"""Documents are told apart, judged, and their findings placed."""

import io

import pytest

from otel_operator.cli.documents import read_documents
from otel_operator.cli.judgement import ERROR, WARNING, Report, judge
from otel_operator.settings import Settings
from tests.validation.manifests import ALPHA, BETA, CONFIG, TEXT

CONFIGURATION = """\
receivers:
  otlp: {protocols: {grpc: {}}}
exporters:
  debug: {verbosity: "${env:LEVEL}"}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [debug]}
"""


def judged(text: str, **settings: str) -> Report:
    return judge(read_documents(["-"], io.BytesIO(text.encode())), Settings(**settings))  # type: ignore[arg-type]


def test_a_configuration_file_is_checked_as_the_collector_does_with_references_left_as_they_are() -> None:
    report = judged(CONFIGURATION)
    assert (report.findings, report.checked, report.passed_over) == ((), 1, 0)


def test_a_mistake_in_a_configuration_file_has_its_place() -> None:
    [found] = judged(CONFIGURATION.replace("exporters: [debug]", "exporters: [none]")).findings
    assert (found.line, found.column, found.subject) == (7, 5, "collector configuration")
    assert found.message == 'service::pipelines::traces: references exporter "none" which is not configured'


def test_keys_with_colons_are_sections_within_sections() -> None:
    assert judged(CONFIGURATION + "processors::batch::timeout: 1s\n").findings == ()
    [found] = judged(CONFIGURATION + "processors::batch::timeou: 1s\n").findings
    assert found.message.startswith("processors::batch::timeou: unknown key")


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: ConfigMap\nservice: {}\nreceivers: {}\n",
        "receivers: [{name: pager}]\nroute: {}\n",
        "services: {web: {}}\n",
        "- receivers\n",
        "text\n",
        "apiVersion: newrelic.com/v1\nkind: Instrumentation\n",
    ],
)
def test_other_documents_are_passed_over(text: str) -> None:
    report = judged(text)
    assert (report.findings, report.checked, report.passed_over) == ((), 0, 1)


def test_findings_of_a_document_are_in_the_order_of_its_lines_and_of_all_in_that_of_the_documents() -> None:
    wrong = BETA + "  mode: none\n" + CONFIG + "  replicas: x\n"
    report = judged(f"{wrong}---\n{wrong}---\n{CONFIGURATION}")
    assert [found.line for found in report.findings] == [6, 11, 18, 23]
    assert (report.checked, report.count(ERROR), report.count(WARNING)) == (3, 4, 0)


def test_the_object_is_named_with_its_namespace() -> None:
    report = judged(BETA.replace("name: gateway", "{name: gateway, namespace: shop}") + "  mode: x\n")
    assert {found.subject for found in report.findings} == {"OpenTelemetryCollector shop/gateway"}
    assert {found.subject for found in judged("kind: OpenTelemetryCollector\n").findings} == {"OpenTelemetryCollector"}


def test_the_older_version_is_a_warning_at_its_version() -> None:
    [found] = judged(ALPHA + TEXT).findings
    assert (found.line, found.column, found.level, found.rule) == (1, 1, "warning", "older-version")


def test_a_mistake_in_the_yaml_of_a_text_is_placed_in_the_file() -> None:
    found = judged(ALPHA + "  config: |\n    receivers:\n      otlp: {}\n     exporters: {}\n").findings[-1]
    assert (found.rule, found.line, found.column) == ("config-text", 9, 6)
    quoted = judged(ALPHA + '  config: "receivers: [\\n"\n').findings[-1]
    assert (quoted.rule, quoted.line, quoted.column) == ("config-text", 6, 3)


def test_settings_of_components_are_errors_for_the_operators_own_image_only() -> None:
    text = BETA + CONFIG.replace("debug: {}", "debug: {x: 1}") + "  image: mine:1\n"
    assert [found.level for found in judged(text).findings] == [WARNING]
    assert [found.level for found in judged(text, collector_image="mine:1").findings] == [ERROR]


def test_words_that_kubectl_takes_for_booleans_are_a_warning_with_their_place() -> None:
    text = BETA.replace("gateway", "gateway\n  labels:\n    a: yes\n    b: 'no'\n    c: on\n    off: d") + CONFIG
    report = judged(text)
    assert [(found.line, found.column, found.level, found.field) for found in report.findings] == [
        (6, 8, WARNING, "metadata.labels.a"),
        (8, 8, WARNING, "metadata.labels.c"),
        (9, 5, WARNING, "metadata.labels.off"),
    ]
    assert "kubectl reads yes as true" in report.findings[0].message


def test_where_only_the_collector_reads_such_words_are_text() -> None:
    assert judged(CONFIGURATION.replace('"${env:LEVEL}"', "on")).count(WARNING) == 0
    report = judged(ALPHA + TEXT.replace("debug: {}", "debug: {verbosity: on}"))
    assert [found.rule for found in report.findings if found.level == WARNING] == ["older-version"]
