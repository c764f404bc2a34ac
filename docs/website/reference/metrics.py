"""The page of all metrics of the programs, from where the code registers them."""

import re
from collections.abc import Iterable
from pathlib import Path

from docs.website.reference.registrations import ANYTHING, CLASSES, METHODS, Registration, registrations
from docs.website.reference.tables import HEADER, cell, table

STANDARD = ("process_", "python_", "promhttp_metric_handler_errors_total", "target_info")
"""Beginnings of names that the libraries add by themselves."""


def page(root: Path) -> str:
    """Return the text; `root` is the repository."""
    operator = registrations(root / "operator", "otel_operator", CLASSES)
    webhook = [one for one in operator if one.place.startswith("otel_operator.webhook")]
    manager = [one for one in operator if not one.place.startswith("otel_operator.webhook")]
    collector = registrations(root / "agent-image" / "otel_agent", "otel_agent", METHODS)
    parts = ["# Metrics", HEADER]
    parts.append(
        "A `*` in a name is a word that depends on what runs. Besides, each program has its process's usual `process_` metrics."
    )
    parts += ["## Manager", "At `:8080/metrics` of each pod (`--metrics-addr`).", _table(manager, "", "_total")]
    parts += ["## Webhook", "At `:8080/metrics` of each pod (`--metrics-addr`).", _table(webhook, "", "_total")]
    parts += ["## Collector"]
    parts.append(
        "At `:8888/metrics`, as `service::telemetry::metrics` says, and only those of the components that are configured, at the"
        " level that is configured. Counters get the ending `_total` with `without_type_suffix: false`."
    )
    parts.append(_table(collector, "otelcol_", ""))
    return "\n\n".join(parts) + "\n"


def listed(text: str) -> re.Pattern[str]:
    """Return what matches the names on a page written by `page`, and those of the libraries."""
    names = re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)
    patterns = [re.escape(name.removesuffix("_total")).replace(re.escape(ANYTHING), ".+") for name in names]
    return re.compile(
        f"(?:{'|'.join([*patterns, *(re.escape(name) + '.*' for name in STANDARD)])})(?:_bucket|_sum|_count|_created|_total)?"
    )


def _table(found: Iterable[Registration], prefix: str, total: str) -> str:
    rows = []
    for one in found:
        own = "" if one.name.startswith(("http_", "rpc_")) else prefix
        ending = total if one.kind == "counter" and not one.name.endswith(total or "_") else ""
        rows.append((f"`{own}{one.name}{ending}`", one.kind, "" if ANYTHING in one.help else cell(one.help)))
    return table(("metric", "kind", "what it says"), rows)
