"""Findings for people and for programs: text with a place at the beginning of each line, and JSON."""

import json

from otel_operator.cli.judgement import ERROR, WARNING, Report
from otel_operator.cli.terminal import printable


def as_text(report: Report) -> str:
    """Return one line a finding, `path:line:column: level: object: field: problem; remedy`, as compilers write them."""
    lines = (
        f"{found.source}:{found.line}:{found.column}: {found.level}: {found.subject}: {found.message}"
        for found in report.findings
    )
    return "".join(f"{printable(line)}\n" for line in lines)


def as_json(report: Report) -> str:
    """Return `findings`, each with `path`, `line`, `column`, `level`, `rule`, `object`, `field`, `message`, and `summary`."""
    findings = [
        {
            "path": found.source,
            "line": found.line,
            "column": found.column,
            "level": found.level,
            "rule": found.rule.value,
            "object": found.subject,
            "field": found.field,
            "message": found.message,
        }
        for found in report.findings
    ]
    summary = {
        "checked": report.checked,
        "passedOver": report.passed_over,
        "errors": report.count(ERROR),
        "warnings": report.count(WARNING),
    }
    return json.dumps({"findings": findings, "summary": summary}, indent=2) + "\n"


def summary(report: Report) -> str:
    """Return one line about the whole."""
    return (
        f"{_counted(report.checked, 'document')} checked, {report.passed_over} of other kinds passed over: "
        f"{_counted(report.count(ERROR), 'error')}, {_counted(report.count(WARNING), 'warning')}"
    )


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
