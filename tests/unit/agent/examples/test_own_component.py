"""The example of a package with a component: installed as anyone would, and run."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from otel_agent.config.component import ComponentInfo, ComponentKind
from otel_agent.config.document import decode
from otel_agent.config.problem import ConfigError
from otel_agent.config.registry import Registry
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal

EXAMPLE = Path(__file__).resolve().parents[4] / "docs" / "examples" / "own-component"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, installed into a folder of its own; from a copy, because a build writes beside the source."""
    folder, source = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("source")
    for file in EXAMPLE.rglob("*"):
        if file.suffix in (".py", ".toml"):
            target = source / file.relative_to(EXAMPLE)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", f"--target={folder}"]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(source)], check=True)
    return folder


@pytest.fixture
def info(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ComponentInfo]:
    monkeypatch.syspath_prepend(str(installed))
    found = Registry.installed().find(ComponentKind.PROCESSOR, "stamp")
    assert found is not None
    yield found
    for name in [name for name in sys.modules if name.startswith("acme_otel")]:
        del sys.modules[name]


def test_it_is_found_and_its_configuration_checked(info: ComponentInfo) -> None:
    registry = Registry.installed()
    document: dict[str, Any] = {
        "receivers": {"otlp": {"protocols": {"grpc": {}}}},
        "processors": {"stamp": {"team": "core"}},
        "exporters": {"nop": {}},
        "service": {"pipelines": {"traces": {"receivers": ["otlp"], "processors": ["stamp"], "exporters": ["nop"]}}},
    }
    decode(document, registry)
    document["processors"]["stamp"] = {"teem": "core"}
    with pytest.raises(ConfigError) as caught:
        decode(document, registry)
    assert "processors::stamp::teem: unknown key" in str(caught.value)


async def test_it_does_what_it_says(
    info: ComponentInfo, make_context: Any, sink: Any, host: Any, request_of: Any, telemetry_of: Any
) -> None:
    registry = Registry.installed()
    config = registry.config_model(info).model_validate({"team": "core", "drop_health_checks": True})
    create = registry.create(ComponentKind.PROCESSOR, "stamp")
    processor = create(config, make_context(ComponentKind.PROCESSOR, "stamp", Signal.TRACES, sink))
    await processor.start(host)
    telemetry = telemetry_of(items=2)
    request = parse(Signal.TRACES, telemetry.data)
    request.resource_spans[0].scope_spans[0].spans[0].name = "GET /health"
    await processor.consume(type(telemetry)(Signal.TRACES, request.SerializeToString(), 2))
    await processor.shutdown()
    (received,) = sink.received
    resource = parse(Signal.TRACES, received.data).resource_spans[0]
    assert resource.resource.attributes[1].value.string_value == "core"
    assert [span.name for span in resource.scope_spans[0].spans] == ["item-1"]
    assert received.items == 1
