"""What the pages about injection show is valid, and does what they say."""

import argparse
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from otel_operator.api.crd import build_crds
from otel_operator.api.instrumentation_defaults import default_instrumentation
from otel_operator.api.instrumentation_rules import validate_instrumentation
from otel_operator.api.languages import WITH_SDK
from otel_operator.cli import manager, webhook
from otel_operator.cli.injection_options import injection_settings
from otel_operator.cli.sources import resolve
from otel_operator.settings import InjectionSettings, default_agent_images
from tests.injection.subjects import instrumentation, mutate

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGES = sorted([*DOCS.glob("injection*.md"), DOCS / "instrumentation.md"])
IMAGES = default_agent_images()
BLOCKS = [
    (page.name, number, block)
    for page in PAGES
    for number, block in enumerate(re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL), 1)
]
DOCUMENTS = [
    pytest.param(document, id=f"{name}-{number}") for name, number, block in BLOCKS for document in yaml.safe_load_all(block)
]
INSTRUMENTATIONS = [shown for shown in DOCUMENTS if shown.values[0].get("kind") == "Instrumentation"]


def annotations_of(document: Any) -> dict[str, str]:
    """All annotations of a document, those of a pod template too."""
    metadata = [document.get("metadata", {}), document.get("spec", {}).get("template", {}).get("metadata", {})]
    return {key: value for each in metadata for key, value in each.get("annotations", {}).items()}


def test_both_pages_show_an_instrumentation() -> None:
    assert {str(shown.id).partition(".")[0] for shown in INSTRUMENTATIONS} == {"injection", "instrumentation"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_block_is_an_object_with_annotations_of_text(document: Any) -> None:
    assert isinstance(document["metadata"], dict)
    assert all(isinstance(value, str) for value in annotations_of(document).values())


@pytest.mark.parametrize("shown", INSTRUMENTATIONS)
def test_every_instrumentation_passes_schema_and_admission_without_an_unexpected_warning(shown: Any) -> None:
    (crd,) = [crd for crd in build_crds() if crd["spec"]["names"]["kind"] == "Instrumentation"]
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    jsonschema.Draft202012Validator(schema).validate(shown)
    assert set(shown["spec"]) <= set(schema["properties"]["spec"]["properties"])
    verdict = validate_instrumentation(default_instrumentation(shown, IMAGES), IMAGES)
    assert verdict.errors == ()
    # The page on admission says of the guide's own endpoint that it is warned of, and works.
    assert all(":4317" in str(warning) for warning in verdict.warnings)


def test_every_annotation_that_is_shown_or_named_is_known() -> None:
    known = {language.inject for language in WITH_SDK} | {language.container_names for language in WITH_SDK}
    shown = {key for document in DOCUMENTS for key in annotations_of(document.values[0])}
    assert {key for key in shown if key.startswith("instrumentation.opentelemetry.io/")} <= known


def installed(program: Any, component: str) -> InjectionSettings:
    """What a program of the install file does."""
    objects = yaml.safe_load_all((DOCS.parent / "manifests" / "opentelemetry-operator.yaml").read_text())
    named = {obj["metadata"]["name"]: obj for obj in objects if obj["kind"] == "Deployment"}
    (container,) = named[f"otel-operator-{component}"]["spec"]["template"]["spec"]["containers"]
    environ = {variable["name"]: variable.get("value", "") for variable in container["env"]}
    parser = program.add_parser(argparse.ArgumentParser().add_subparsers())
    return injection_settings(resolve(parser.parse_args(container["args"][1:]), program.OPTIONS, environ))


@pytest.mark.parametrize(("program", "component"), [(manager, "manager"), (webhook, "webhook")])
def test_the_table_of_languages_is_complete_and_says_which_are_off(program: Any, component: str) -> None:
    rows = [line for line in (DOCS / "injection.md").read_text().splitlines() if line.startswith("| `inject-")]
    listed = {re.findall(r"`inject-([a-z-]+)`", row)[0]: row.split("|")[-2].strip() for row in rows}
    assert list(listed) == [language.feature for language in WITH_SDK]
    enabled = installed(program, component).enabled_languages | {"sdk"}
    assert {name for name, off in listed.items() if off} == {language.feature for language in WITH_SDK} - enabled


def test_the_deployment_of_the_first_steps_is_injected_by_their_instrumentation() -> None:
    documents = {shown.values[0].get("kind"): shown.values[0] for shown in DOCUMENTS if str(shown.id).startswith("injection.md")}
    shown: Any = documents["Instrumentation"]
    template: Any = documents["Deployment"]["spec"]["template"]
    metadata = {**template["metadata"], "namespace": "ns1", "generateName": "web-"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
    given = instrumentation(shown["metadata"]["name"], **default_instrumentation(shown, IMAGES)["spec"])
    outcome = mutate(pod, given, settings=InjectionSettings())
    assert outcome.refusals == ()
    assert [injection.feature for injection in outcome.injections] == ["nodejs"]
