"""Every block of code in the pages is checked by the programs that it is for, or says why it is not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from docs.website.blocks import Block, blocks
from docs.website.commands import mistakes
from otel_agent.config.document import decode
from otel_agent.config.registry import installed_registry
from otel_operator.api.conversion import convert
from otel_operator.api.crd import build_crds
from otel_operator.api.instrumentation_defaults import default_instrumentation
from otel_operator.api.instrumentation_rules import validate_instrumentation
from otel_operator.components.defaulting import default_collector
from otel_operator.components.validation import validate_collector
from otel_operator.settings import Settings, default_agent_images

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCKS = [block for page in PAGES for block in blocks(page)]
NOT_CHECKED = 5
"""How many blocks say that they are not checked. A new one should be checked instead, if there is any way."""


def of(*languages: str) -> list[Any]:
    chosen = [block for block in BLOCKS if block.language in languages and not block.reason]
    return [pytest.param(block, id=f"{block.page.name}-{block.line}") for block in chosen]


def documents(block: Block) -> Iterator[dict[str, Any]]:
    for document in yaml.safe_load_all(block.text):
        assert isinstance(document, dict), f"{block.page.name}:{block.line} is no mapping"
        yield document


def schema(api_version: str, kind: str) -> dict[str, Any]:
    (crd,) = [crd for crd in build_crds() if crd["spec"]["names"]["kind"] == kind]
    (found,) = [v["schema"]["openAPIV3Schema"] for v in crd["spec"]["versions"] if api_version.endswith(f"/{v['name']}")]
    return dict(found)


def automated(document: dict[str, Any]) -> list[str]:
    """Command lines of a workflow or of pre-commit's configuration; pre-commit appends the files."""
    steps = [step for job in document.get("jobs", {}).values() for step in job["steps"]]
    hooks = [hook for repository in document.get("repos", ()) for hook in repository["hooks"]]
    return [step["run"] for step in steps if "run" in step] + [f"{hook['entry']} FILE" for hook in hooks]


def check(document: dict[str, Any]) -> None:
    """Check a document by what would check it in real life."""
    kind = document.get("kind")
    if kind in ("OpenTelemetryCollector", "Instrumentation"):
        jsonschema.Draft202012Validator(schema(document["apiVersion"], kind)).validate(document)
    if kind == "Instrumentation":
        images = default_agent_images()
        assert validate_instrumentation(default_instrumentation(document, images), images).errors == ()
    elif kind == "OpenTelemetryCollector":
        beta = convert(document, "opentelemetry.io/v1beta1")
        completed = default_collector(beta).object
        assert validate_collector(completed, None, default_image=Settings().collector_image).errors == ()
        decode(completed["spec"]["config"], installed_registry())
    elif "service" in document and "receivers" in document:
        decode(document, installed_registry())
    elif "jobs" in document or "repos" in document:
        lines = automated(document)
        assert lines
        assert [found for line in lines for found in mistakes(line, ROOT)] == []
    elif kind is not None:
        assert document["apiVersion"]
        assert document["metadata"]["name"]
    else:
        assert set(document) <= {"metadata", "spec"}, "neither an object nor a configuration: mark the block with the reason"


@pytest.mark.parametrize("block", of("yaml"))
def test_yaml_passes_the_validation_of_what_it_is_for(block: Block) -> None:
    for document in documents(block):
        check(document)


@pytest.mark.parametrize("block", of("sh", "console"))
def test_every_command_line_is_one_that_the_program_takes(block: Block) -> None:
    assert block.commands
    assert [(line, found) for line in block.commands if (found := mistakes(line, ROOT))] == []


def test_json_and_python_can_be_read() -> None:
    for block in BLOCKS:
        if block.language == "json" and not block.reason:
            json.loads(block.text)
        elif block.language == "python" and not block.reason:
            compile(block.text, str(block.page), "exec")


def test_every_block_is_of_a_language_that_is_checked_or_says_why_not() -> None:
    known = {"yaml", "sh", "console", "json", "python"}
    assert [f"{one.page.name}:{one.line}" for one in BLOCKS if one.language not in known and not one.reason] == []


def test_the_number_of_blocks_that_are_not_checked_is_known() -> None:
    assert len([block for block in BLOCKS if block.reason]) == NOT_CHECKED


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("otel-operator manager --no-such-flag", "unrecognized arguments"),
        ("otel-operator nothing", "unknown subcommand"),
        ("otelcol validate --confg=x.yaml", "unrecognized arguments"),
        ("make no-such-target", "no target"),
        ("kubectl aply -f README.md", "unknown verb"),
        ("kubectl apply -f manifests/no-such-file.yaml", "there is no file"),
        ("cd docs && frobnicate", "unknown program"),
        ("python -m no_such_module_here", "no module"),
    ],
)
def test_a_mistake_in_a_command_is_found(line: str, said: str) -> None:
    assert any(said in one for one in mistakes(line, ROOT))


def test_a_mistake_in_a_command_of_a_workflow_is_found() -> None:
    with pytest.raises(AssertionError, match="unrecognized arguments"):
        check({"jobs": {"a": {"steps": [{"uses": "b"}, {"run": "otel-operator validate --no-such-flag x"}]}}})


def test_a_mistake_in_a_collector_is_found() -> None:
    wrong = {"otlp": {"protocols": {"grpc": {"endpont": "0.0.0.0:4317"}}}}
    pipelines = {"traces": {"receivers": ["otlp"], "exporters": ["debug"]}}
    config = {"receivers": wrong, "exporters": {"debug": {}}, "service": {"pipelines": pipelines}}
    document = {"apiVersion": "opentelemetry.io/v1beta1", "kind": "OpenTelemetryCollector", "spec": {"config": config}}
    with pytest.raises(AssertionError, match="endpont"):
        check({**document, "metadata": {"name": "x"}})
