"""What is written about components is true: every one has a README, and the examples in it are configurations."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_agent.config.component import ComponentInfo, ComponentKind
from otel_agent.config.document import decode
from otel_agent.config.registry import installed_registry
from otel_agent.pdata.telemetry import Signal

ROOT = Path(__file__).resolve().parents[3]
REGISTRY = installed_registry()
COMPONENTS = [info for kind in ComponentKind for info in REGISTRY.infos(kind) if info.config.startswith("otel_agent.")]
SECTIONS = tuple(kind.section for kind in ComponentKind)


def readme(info: ComponentInfo) -> Path:
    folder = info.config.partition(":")[0].removesuffix(".config").replace(".", "/")
    return ROOT / "agent-image" / folder / "README.md"


def examples(info: ComponentInfo) -> list[Any]:
    return [
        yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", readme(info).read_text(), re.MULTILINE | re.DOTALL)
    ]


def completed(example: dict[str, Any]) -> dict[str, Any]:
    """Add what a configuration needs besides: stand-ins for what pipelines name, and a pipeline if there is none."""
    document = {section: dict(example.get(section) or {}) for section in SECTIONS}
    service = dict(example.get("service") or {})
    pipelines = service.get("pipelines") or {"traces/example": {"receivers": ["otlp"], "exporters": ["nop"]}}
    connectors = document["connectors"]
    for pipeline in pipelines.values():
        for section, stand_in in (("receivers", "otlp"), ("exporters", "nop")):
            names = pipeline.setdefault(section, [stand_in])
            pipeline[section] = [
                name if name in document[section] or name in connectors else f"{stand_in}/example" for name in names
            ]
        pipeline["processors"] = [name for name in pipeline.get("processors", []) if name in document["processors"]]
    document["receivers"]["otlp/example"] = {"protocols": {"grpc": {"endpoint": "127.0.0.1:0"}}}
    document["exporters"]["nop/example"] = {}
    extensions = [name for name in service.get("extensions", []) if name in document["extensions"]]
    return {**document, "service": {**service, "extensions": extensions, "pipelines": pipelines}}


@pytest.mark.parametrize("info", COMPONENTS, ids=lambda info: f"{info.kind}-{info.type}")
def test_every_component_has_a_readme_with_examples_of_it_that_are_valid(info: ComponentInfo) -> None:
    found = examples(info)
    assert any(info.type in str(list(example.get(info.kind.section) or {})) for example in found), "no example of its own"
    for example in found:
        assert set(example) <= {*SECTIONS, "service"}
        decode(completed(example), REGISTRY)


@pytest.mark.parametrize("info", COMPONENTS, ids=lambda info: f"{info.kind}-{info.type}")
def test_every_key_of_a_component_is_in_its_readme(info: ComponentInfo) -> None:
    """Those of blocks that it shares with others are described with the block."""
    text, model = readme(info).read_text(), REGISTRY.config_model(info)
    shared = {name for base in model.__mro__ if ".config.blocks." in base.__module__ for name in base.model_fields}
    keys = [field.alias or name for name, field in model.model_fields.items() if name not in shared]
    assert [key for key in keys if key not in text] == []


def test_stability_is_said_of_known_signals_in_known_words() -> None:
    signals = {str(signal) for signal in Signal}
    pairs = {f"{one}_to_{other}" for one in signals for other in signals}
    for info in COMPONENTS:
        assert set(info.stability) <= signals | pairs | {"extension"}
        assert set(info.stability.values()) <= {"stable", "beta", "alpha", "development"}
