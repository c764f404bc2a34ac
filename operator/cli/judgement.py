"""Judges the documents of a reading: custom resources of this operator and plain collector configurations. Pure.

Custom resources are judged as the API server and the webhook judge them, configurations as `otelcol validate` does, save that
`${…}` is not resolved, for it means another machine.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from otel_operator.api import yaml12
from otel_operator.api.finding import Finding, Rule, Verdict, shown
from otel_operator.cli.documents import Document, Unreadable
from otel_operator.cli.positions import Place
from otel_operator.json_types import JsonObject
from otel_operator.settings import Settings
from otel_operator.webhook.offline import admitted, concerns

CONFIGURATION = "collector configuration"
INPUT = "input"
_MEANS_TRUE = frozenset({"y", "yes", "on"})
ERROR, WARNING = "error", "warning"
_SECTIONS = frozenset({"receivers", "exporters", "service"})
_SECTIONS_THAT_TELL = 2
"""Alertmanager's files have `receivers`, those of Compose and Helm values may have `service`."""


@dataclass(frozen=True, slots=True)
class Located:
    """A finding beside the text that it is about."""

    source: str
    line: int
    column: int
    level: str
    """`error` or `warning`."""
    rule: Rule
    subject: str
    """The object, e.g. `OpenTelemetryCollector shop/agent`, CONFIGURATION, or INPUT where nothing could be read."""
    field: str
    """Path in the object, e.g. `spec.ports[0].name`; empty for the whole."""
    message: str
    """The sentence, which begins with the field."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in all documents."""

    findings: tuple[Located, ...]
    checked: int
    passed_over: int
    """Documents that are neither for this operator nor configurations of a collector."""

    def count(self, level: str) -> int:
        """Return how many findings have the level."""
        return sum(finding.level == level for finding in self.findings)


def judge(documents: Iterable[Document], settings: Settings) -> Report:
    """Judge all documents; findings are in the order of the documents, and within one by place."""
    findings: list[Located] = []
    checked = passed_over = 0
    for document in documents:
        verdict = _verdict(document.value, settings)
        if verdict is None:
            passed_over += 1
            continue
        checked += 1
        findings.extend(sorted(_located(document, verdict), key=lambda found: (found.line, found.column)))
    return Report(tuple(findings), checked, passed_over)


def unread(error: Unreadable) -> Report:
    """Return the report on input that cannot be read, of which nothing is judged."""
    place = (error.line or 1, error.column or 1)
    return Report((Located(error.source, *place, ERROR, Rule.UNREADABLE, INPUT, "", error.problem),), 0, 0)


def _verdict(value: Any, settings: Settings) -> Verdict | None:
    """Judge one document; None when it is nothing that can be judged."""
    if not isinstance(value, dict):
        return None
    if concerns(value):
        return admitted(value, settings)
    return _configuration_verdict(value) if _is_configuration(value) else None


def _is_configuration(value: JsonObject) -> bool:
    return "apiVersion" not in value and "kind" not in value and len(_SECTIONS & value.keys()) >= _SECTIONS_THAT_TELL


def _configuration_verdict(value: JsonObject) -> Verdict:
    from otel_agent.config.check import check_config
    from otel_agent.config.merge import unflatten
    from otel_agent.config.problem import ConfigError

    try:
        problems = check_config(unflatten(value))
    except ConfigError as error:
        problems = list(error.problems)
    return Verdict(tuple(Finding(Rule.CONFIG, problem.path, str(problem)) for problem in problems))


def _located(document: Document, verdict: Verdict) -> Iterator[Located]:
    subject = _subject(document.value)
    if "kind" in document.value:
        # What the collector reads itself has one reader only; what is applied is read by kubectl, Helm, Flux and others first.
        for path, place, text in document.positions.switches():
            meant = "true" if text.lower() in _MEANS_TRUE else "false"
            field = shown(path)
            sentence = (
                f"{field}: kubectl reads {text} as {meant}, other readers of YAML as text; write {meant}, or put it in quotes"
            )
            yield Located(document.source, *place, WARNING, Rule.AMBIGUOUS, subject, field, sentence)
    for level, findings in ((ERROR, verdict.errors), (WARNING, verdict.warnings)):
        for finding in findings:
            line, column = _place(document, finding)
            yield Located(document.source, line, column, level, finding.rule, subject, shown(finding.path), finding.sentence)


def _place(document: Document, finding: Finding) -> Place:
    if finding.rule is Rule.CONFIG_TEXT:
        try:
            yaml12.load(document.value["spec"]["config"])
        except yaml12.YamlError as error:
            return document.positions.inside(finding.path, (error.line, error.column))
    return document.positions.at(finding.path)


def _subject(value: JsonObject) -> str:
    if "kind" not in value:
        return CONFIGURATION
    metadata = value.get("metadata")
    names = [metadata.get(field) for field in ("namespace", "name")] if isinstance(metadata, dict) else []
    return f"{value['kind']} {'/'.join(str(name) for name in names if name)}".strip()
