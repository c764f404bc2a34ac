from typing import Any

import pytest

from otel_agent.config.telemetry import TelemetryConfig
from otel_agent.telemetry.exposition import Naming
from otel_agent.telemetry.settings import ignored_settings, log_settings, readers_of, resource_of


def telemetry(**raw: Any) -> TelemetryConfig:
    return TelemetryConfig.model_validate(raw)


def page(**settings: Any) -> dict[str, Any]:
    return {"readers": [{"pull": {"exporter": {"prometheus": settings}}}]}


def test_the_default_reader_is_localhost_8888_without_suffixes() -> None:
    (reader,) = readers_of(telemetry().metrics, {})
    assert (reader.host, reader.port, reader.naming) == ("localhost", 8888, Naming())


def test_level_none_has_no_reader() -> None:
    assert list(readers_of(telemetry(metrics={"level": "none"}).metrics, {})) == []


@pytest.mark.parametrize("name", ["without_type_suffix", "without_units", "without_scope_info"])
def test_each_switch_is_honoured_when_it_is_set(name: str) -> None:
    (reader,) = readers_of(telemetry(metrics=page(**{name: False})).metrics, {})
    assert reader.naming == Naming(**{name: False})


@pytest.mark.parametrize("settings", [{}, {"without_units": False}, {"translation_strategy": "UnderscoreEscapingWithSuffixes"}])
def test_printed_settings_mean_what_was_written(settings: dict[str, Any]) -> None:
    written = telemetry(metrics=page(**settings)).metrics
    printed = telemetry(metrics=written.model_dump(mode="json")).metrics
    assert list(readers_of(printed, {})) == list(readers_of(written, {}))


def test_resource_labels_are_chosen_by_pattern() -> None:
    chosen = {"included": ["service.*"], "excluded": ["*.id"]}
    resource = {"service.name": "a", "service.instance.id": "b", "host": "c"}
    (reader,) = readers_of(telemetry(metrics=page(with_resource_constant_labels=chosen)).metrics, resource)
    assert reader.naming.constant_labels == {"service_name": "a"}


def test_the_resource_has_defaults_that_null_removes() -> None:
    resource = resource_of(telemetry(resource={"service.name": "mine", "service.version": None, "zone": "z"}), "1.0", "me")
    assert resource.keys() == {"service.name", "service.instance.id", "zone"}
    assert resource["service.name"] == "mine"


def test_log_settings_carry_resource_and_initial_fields() -> None:
    logs = telemetry(logs={"initial_fields": {"a": 1}, "sampling": {"enabled": False}, "disable_caller": True}).logs
    settings = log_settings(logs, {"service.name": "x"})
    assert (settings.fields, settings.sampling, settings.caller) == ({"resource": {"service.name": "x"}, "a": 1}, None, False)


def test_settings_without_effect_are_named() -> None:
    ignored = telemetry(metrics={"address": ":8888"}, logs={"development": True})
    assert list(ignored_settings(ignored)) == ["service::telemetry::metrics::address", "service::telemetry::logs::development"]
