"""The workflow files can be read, call what exists, and give no job more rights than it names."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs.website.commands import mistakes

ROOT = Path(__file__).resolve().parents[3]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def steps(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in yaml.safe_load(workflow.read_text())["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_what_is_not_granted_to_a_job_is_reading_only(workflow: Path) -> None:
    assert yaml.safe_load(workflow.read_text())["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_make_target_exists(workflow: Path) -> None:
    lines = [line for step in steps(workflow) for line in step.get("run", "").splitlines() if line.strip().startswith("make ")]
    assert lines
    assert [found for line in lines if (found := mistakes(line, ROOT))] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_has_a_version_or_a_commit(workflow: Path) -> None:
    for step in steps(workflow):
        if "uses" in step:
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@([0-9a-f]{40}|v\d+(\.\d+)*|release/v\d+)", step["uses"]), step["uses"]


def test_what_a_release_needs_exists_before_it() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"]
    for job in jobs.values():
        needs = job.get("needs", [])
        assert ({needs} if isinstance(needs, str) else set(needs)) <= set(jobs)
    assert "id-token" in jobs["join"]["permissions"]
