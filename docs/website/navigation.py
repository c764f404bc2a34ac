"""The order of the pages. Every page under docs/ has a place here; tests/unit/docs/test_site.py fails for one that has none."""

from pathlib import Path
from typing import TypeAlias

Navigation: TypeAlias = list[dict[str, "str | Navigation"]]
"""Entries as the site generator reads them: a title, and a page by its path in the repository or the entries below."""

SECTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "Start": (
        ("In 5 minutes", "docs/start.md"),
        ("Install", "docs/install.md"),
        ("The guide on our manifests", "docs/concepts.md"),
        ("Moving from the Go operator", "docs/migrate.md"),
    ),
    "Collectors": (
        ("Samples", "docs/samples.md"),
        ("Sidecar", "docs/injection-sidecar.md"),
        ("Components", "docs/components.md"),
        ("Components of your own", "docs/components-of-your-own.md"),
        ("Limits", "docs/limits.md"),
    ),
    "Instrumentation": (
        ("Injection", "docs/injection.md"),
        ("The resource", "docs/instrumentation.md"),
    ),
    "Operation": (
        ("Troubleshooting", "docs/troubleshooting.md"),
        ("Security model", "docs/security.md"),
        ("GitOps", "docs/gitops.md"),
        ("Command line", "docs/cli.md"),
    ),
    "Reference": (
        ("OpenTelemetryCollector", "docs/reference/opentelemetrycollectors.md"),
        ("Instrumentation", "docs/reference/instrumentations.md"),
        ("Flags and environment", "docs/reference/flags.md"),
        ("Metrics", "docs/reference/metrics.md"),
    ),
}
"""Pages that do not exist are left out, so that a page and its place may come one after the other."""

_GLOBS = {
    "Component READMEs": "agent-image/otel_agent/**/README.md",
    "Decisions": "docs/adr/*.md",
    "Development": "[et]*/**/README.md",
}


def navigation(root: Path) -> Navigation:
    """Return the entries of the pages that exist under `root`, the repository or a copy of its pages."""
    entries: Navigation = [{"Home": "README.md"}]
    for section, pages in SECTIONS.items():
        found: Navigation = [{title: path} for title, path in pages if (root / path).is_file()]
        if found:
            entries.append({section: found})
    for section, pattern in _GLOBS.items():
        below: Navigation = [{_title(path): str(path.relative_to(root))} for path in sorted(root.glob(pattern))]
        if section == "Development":
            below.insert(0, {"Contributing": "CONTRIBUTING.md"})
        entries.append({section: below})
    entries.append({"Project": [{"Changelog": "CHANGELOG.md"}, {"Security policy": "SECURITY.md"}]})
    return entries


def pages_of(entries: Navigation) -> list[str]:
    """Return the paths of all pages, in order."""
    paths: list[str] = []
    for entry in entries:
        for target in entry.values():
            paths += [target] if isinstance(target, str) else pages_of(target)
    return paths


def _title(path: Path) -> str:
    """Return the first heading of a page."""
    lines = path.read_text().splitlines()
    return next((line.removeprefix("# ") for line in lines if line.startswith("# ")), path.parent.name)
