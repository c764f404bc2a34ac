"""How component types are found."""

import logging

import pytest

from otel_agent.config.component import ComponentInfo, ComponentKind
from otel_agent.config.document import decode
from otel_agent.config.problem import ConfigError
from otel_agent.config.registry import ComponentLoadError, Registry
from otel_agent.config.yaml_document import parse_yaml


def test_name_and_alias_find_the_same_type(registry):
    assert registry.find(ComponentKind.EXPORTER, "otlp") is registry.find(ComponentKind.EXPORTER, "otlp_grpc")
    assert registry.find(ComponentKind.RECEIVER, "otlp_grpc") is None


def test_missing_type_is_a_key_error(registry):
    with pytest.raises(KeyError):
        registry.info(ComponentKind.EXPORTER, "nope")


def test_installed_components_are_found_by_entry_points():
    registry = Registry.installed()
    assert {"otlp_grpc", "otlp_http", "debug"} <= set(registry.types(ComponentKind.EXPORTER))
    found = registry.find(ComponentKind.EXPORTER, "otlp")
    assert found is not None
    assert found.type == "otlp_grpc"


def test_component_that_cannot_be_imported_is_a_problem_not_a_crash(check):
    broken = ComponentInfo(ComponentKind.RECEIVER, "broken", {"logs": "beta"}, "otel_agent.nowhere:Config", "x:create")
    problems = check("receivers: {broken: }", registry=Registry([broken]))
    assert problems[0] == (
        'receivers::broken: receiver "broken" (otel_agent.nowhere:Config) cannot be imported: '
        "ModuleNotFoundError(\"No module named 'otel_agent.nowhere'\")"
    )
    with pytest.raises(ComponentLoadError):
        Registry([broken]).create(ComponentKind.RECEIVER, "broken")


def test_alias_is_warned_about_once(registry, good, caplog):
    with caplog.at_level(logging.WARNING):
        decode(parse_yaml(good), registry)
        decode(parse_yaml(good), registry)
    assert caplog.messages == ['exporter type "otlp" is deprecated, use "otlp_grpc" instead']


def test_decoded_configuration_is_keyed_by_ids_as_written(registry, good):
    config = decode(parse_yaml(good), registry)
    assert [str(key) for key in config.exporters] == ["otlp"]
    assert [str(key) for key in config.service.pipelines] == ["traces"]
    assert config.section(ComponentKind.PROCESSOR) is config.processors


def test_decoding_raises_every_problem(registry):
    with pytest.raises(ConfigError) as caught:
        decode(parse_yaml("receivers: {nope: }\nexporters: {gone: }"), registry)
    assert len(caught.value.problems) == 3


def test_no_pipelines_are_allowed_behind_the_gate(registry):
    assert decode(parse_yaml("extensions: {health_check: }"), registry, allow_no_pipelines=True).service.pipelines == {}


@pytest.fixture
def broken_distribution(tmp_path, monkeypatch):
    """Add a distribution with an exporter whose module raises, and one whose entry point is something else."""
    metadata = tmp_path / "broken-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[otel_agent.components]\nexporter.a_broken = broken_exporter:COMPONENT\nexporter.a_wrong = os:path\n"
    )
    (tmp_path / "broken_exporter.py").write_text("raise RuntimeError('licence expired')\n")
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("broken_distribution")
def test_a_broken_distribution_breaks_only_its_own_components(good):
    registry = Registry.installed()
    assert str(next(iter(decode(parse_yaml(good), registry).exporters))) == "otlp"
    with pytest.raises(ComponentLoadError, match=r"RuntimeError\('licence expired'\)"):
        registry.find(ComponentKind.EXPORTER, "a_broken")
    with pytest.raises(ComponentLoadError, match="is not a ComponentInfo"):
        registry.find(ComponentKind.EXPORTER, "a_wrong")


def test_settings_that_are_no_model_are_a_problem(check):
    wrong = ComponentInfo(ComponentKind.RECEIVER, "wrong", {"logs": "beta"}, "os:path", "x:create")
    assert check("receivers: {wrong: }", registry=Registry([wrong]))[0] == (
        'receivers::wrong: receiver "wrong" (os:path) is not a ConfigModel'
    )
