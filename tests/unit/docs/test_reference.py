"""The reference is complete: it has every metric that the programs register and every option that they read."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from docs.website.reference import custom_resources, flags, metrics
from docs.website.reference.parsers import collector_parsers, operator_parsers
from docs.website.reference.registrations import METHODS, UnreadableRegistration, registrations
from otel_agent.config.document import decode
from otel_agent.config.registry import installed_registry
from otel_agent.pipeline.graph import build
from otel_agent.telemetry.exposition import prefix_of
from otel_agent.telemetry.metrics import Level, SelfMetrics
from otel_operator.handlers.metrics import Metrics
from otel_operator.webhook.metrics import WebhookMetrics

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "docs" / "reference"
LISTED = metrics.listed((FOLDER / "metrics.md").read_text())


def component_docs() -> Any:
    spec = importlib.util.spec_from_file_location("component_docs", ROOT / "tests/unit/agent/test_component_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_are_what_make_generate_writes() -> None:
    written = custom_resources.pages() | {"flags": flags.page(), "metrics": metrics.page(ROOT)}
    assert {name: (FOLDER / f"{name}.md").read_text() for name in written} == written


def test_metrics_of_collectors_with_the_examples_of_all_components_are_on_the_page() -> None:
    docs, found = component_docs(), set()
    for info in docs.COMPONENTS:
        for example in docs.examples(info):
            own = SelfMetrics(Level.DETAILED)
            try:
                build(decode(docs.completed(example), installed_registry()), installed_registry(), own)
            except Exception:  # noqa: BLE001 - some examples name files that are not here; test_component_docs checks them
                continue
            found |= {prefix_of(family.name) + family.name for family in own.families()}
    assert len(found) > 20
    assert [name for name in sorted(found) if not LISTED.fullmatch(name)] == []


def test_metrics_of_manager_and_webhook_are_on_the_page() -> None:
    pages = Metrics().text(), WebhookMetrics().exposition()
    names = {line.split()[2] for page in pages for line in page.decode().splitlines() if line.startswith("# TYPE")}
    assert "controller_runtime_reconcile_total" in names
    assert [name for name in sorted(names) if not LISTED.fullmatch(name)] == []


def test_every_metric_has_a_description() -> None:
    rows = [line for line in (FOLDER / "metrics.md").read_text().splitlines() if line.startswith("| `")]
    assert len(rows) > 100
    assert [row for row in rows if not row.split("|")[3].strip()] == []


def test_a_registration_whose_name_cannot_be_told_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("def make(metrics, what):\n    metrics.counter(what(), 'Text.', {})\n")
    with pytest.raises(UnreadableRegistration, match=r"the name 'what\(\)' cannot be told"):
        registrations(tmp_path, "otel_operator", METHODS)


def test_a_name_that_is_put_together_is_written_out(tmp_path: Path) -> None:
    text = "def make(metrics, x):\n    for a in ('in', 'out'):\n        metrics.gauge(f'{a}_{x}', 'Text.', {})\n"
    (tmp_path / "kinds.py").write_text(text)
    assert [one.name for one in registrations(tmp_path, "otel_operator", METHODS)] == ["in_*", "out_*"]


@pytest.mark.parametrize("parsers", [operator_parsers, collector_parsers])
def test_every_option_of_every_command_is_on_the_page(parsers: Any) -> None:
    page = (FOLDER / "flags.md").read_text()
    options = {
        name
        for parser in parsers().values()
        for action in parser._actions
        for name in action.option_strings
        if name not in ("-h", "--help", "--config-file")
    }
    assert [name for name in sorted(options) if f"`{name}`" not in page] == []


def test_every_field_that_has_a_description_of_ours_is_on_the_page() -> None:
    page = (FOLDER / "instrumentations.md").read_text()
    for field in ("spec.exporter.endpoint", "spec.sampler.argument", "spec.java.extensions[].image", "spec.propagators"):
        assert f"| `{field}` |" in page
