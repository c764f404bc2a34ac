"""Stages the pages and has Zensical build them; its warnings (a page or an anchor that is not there) are errors.

Pages link to each other as files of the repository, so that they work where the repository is browsed. The copy keeps that
layout; README, CONTRIBUTING and the components' READMEs are pages like the others, and their links are checked with them.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from docs.website.navigation import Navigation, navigation, pages_of

_SETTINGS = """[project]
site_name = "OpenTelemetry operator in Python"
site_description = "Operator and collector: OpenTelemetry on Kubernetes"
docs_dir = "pages"
site_dir = "site"
use_directory_urls = false
nav = {nav}

[project.theme]
font = false
language = "en"
features = ["navigation.indexes", "navigation.sections", "search.highlight", "content.code.copy"]
"""


def build(root: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Build the site of the repository `root` below `folder`, which is emptied; the result has the exit code and the warnings."""
    entries = navigation(root)
    shutil.rmtree(folder, ignore_errors=True)
    for page in pages_of(entries):
        target = folder / "pages" / page
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / page, target)
    (folder / "zensical.toml").write_text(_SETTINGS.format(nav=_toml(entries)))
    command = [str(Path(sys.executable).with_name("zensical")), "build", "--strict"]
    # Without colours the places of the warnings can be read in logs.
    return subprocess.run(  # noqa: S603 - our own virtual environment's program
        command, cwd=folder, capture_output=True, text=True, check=False, env={"NO_COLOR": "1", "PATH": ""}, timeout=120
    )


def _toml(entries: Navigation) -> str:
    """Write the entries as TOML, whose strings are those of JSON here."""
    parts = []
    for entry in entries:
        for title, target in entry.items():
            value = json.dumps(target, ensure_ascii=False) if isinstance(target, str) else _toml(target)
            parts.append(f"{{ {json.dumps(title, ensure_ascii=False)} = {value} }}")
    return "[" + ", ".join(parts) + "]"
