"""The configuration file's Instrumentation is checked as admission would check it, with paths into the file."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_operator.cli.static_instrumentation import static_spec
from otel_operator.errors import ConfigError
from otel_operator.settings import default_agent_images

DOCS = Path(__file__).resolve().parents[4] / "docs" / "install.md"
IMAGES = default_agent_images()


def test_the_spec_is_returned_as_it_is() -> None:
    given = {
        "spec": {
            "sampler": {"type": "always_on"},
            "exporter": {"endpoint": "http://collector:4318"},
            "java": {"image": "java:1", "env": [{"name": "OTEL_JAVAAGENT_DEBUG", "value": "true"}]},
        }
    }
    assert static_spec(given, IMAGES) == (given["spec"], [])


def test_the_file_that_the_documentation_shows_is_taken_without_a_warning_but_that_of_the_ports() -> None:
    (block,) = re.findall(r"^```yaml\n(enable-instrumentation-crds.*?)^```", DOCS.read_text(), re.MULTILINE | re.DOTALL)
    shown = yaml.safe_load(block)
    assert shown["enable-instrumentation-crds"] is False
    _, warnings = static_spec(shown["instrumentations"], IMAGES)
    assert all("spec.exporter.endpoint" in text for text in warnings)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "instrumentations: must be one Instrumentation, a mapping with `spec`, not a list"),
        ({"metadata": {}}, "instrumentations: must be one Instrumentation, a mapping with `spec`, not a mapping without it"),
        ({"spec": {"exporter": {"endpoint": []}}}, r"instrumentations\.spec\.exporter\.endpoint: "),
        ({"spec": {"sampler": {"type": "traceidratio", "argument": "2"}}}, r"instrumentations\.spec\.sampler\.argument: "),
    ],
)
def test_mistakes_are_refused_with_their_path(given: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        static_spec(given, IMAGES)


def test_fields_that_are_none_and_what_admission_warns_of_are_told() -> None:
    _, warnings = static_spec({"speck": 1, "spec": {"propagator": [], "java": {"imag": "x"}}}, IMAGES)
    paths = [text.partition(": ")[0] for text in warnings]
    assert paths[:3] == ["instrumentations.speck", "instrumentations.spec.propagator", "instrumentations.spec.java.imag"]
    assert warnings[-1].startswith("instrumentations.spec.sampler.type is not set")
