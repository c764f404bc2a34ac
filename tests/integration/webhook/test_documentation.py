"""The manifests of the documentation pass a real API server with the webhook; the webhook's metrics are in the reference."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from docs.website.blocks import blocks
from docs.website.reference.metrics import listed

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MANIFESTS = [
    pytest.param(block.text, id=f"{page.name}-{block.line}")
    for page in PAGES
    for block in blocks(page)
    if block.language == "yaml" and not block.reason and all("kind" in one for one in yaml.safe_load_all(block.text))
]


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_a_manifest_of_the_documentation_is_admitted(kubectl: Any, shop: str, manifest: str) -> None:
    done = kubectl("-n", shop, "apply", "--dry-run=server", "-f", "-", stdin=manifest)
    assert done.returncode == 0, done.stderr


def test_every_metric_that_the_webhook_shows_is_in_the_reference(webhook: Any) -> None:
    pattern = listed((ROOT / "docs/reference/metrics.md").read_text())
    names = {line.split()[2] for line in webhook.metrics().splitlines() if line.startswith("# TYPE")}
    assert "otel_operator_cache_objects" in names
    assert [name for name in sorted(names) if not pattern.fullmatch(name)] == []
