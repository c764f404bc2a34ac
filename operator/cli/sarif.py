"""Findings as SARIF 2.1.0, which code hosts show beside the lines.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

from otel_operator.api.finding import TITLES
from otel_operator.cli.documents import STDIN
from otel_operator.cli.judgement import Located, Report
from otel_operator.version import VERSION

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_RULES = list(TITLES)
_ROOT = "%SRCROOT%"
"""What relative addresses are relative to: the folder that the command was run in."""


def as_sarif(report: Report) -> str:
    """Return a log with one run, all rules in it, and one result a finding."""
    driver = {
        "name": "otel-operator validate",
        "version": VERSION,
        "rules": [{"id": rule.value, "shortDescription": {"text": title}} for rule, title in TITLES.items()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(found) for found in report.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _result(found: Located) -> dict[str, Any]:
    return {
        "ruleId": found.rule.value,
        "ruleIndex": _RULES.index(found.rule),
        "level": found.level,
        "message": {"text": f"{found.subject}: {found.message}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(found.source),
                    "region": {"startLine": found.line, "startColumn": found.column},
                },
                "logicalLocations": [{"fullyQualifiedName": f"{found.subject}: {found.field}" if found.field else found.subject}],
            }
        ],
    }


def _artifact(source: str) -> dict[str, str]:
    if source == STDIN:
        return {"uri": "stdin"}
    path = Path(source)
    return {"uri": path.as_uri()} if path.is_absolute() else {"uri": quote_from_bytes(os.fsencode(path)), "uriBaseId": _ROOT}
