"""Labels from resources, scopes and the configuration."""

from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.exporters.prometheus.config import PrometheusExporterConfig
from tests.unit.agent.exporters.prometheus.metric_requests import IDENTITY, gauge_of, sum_of


async def infos(running: Any) -> list[str]:
    return [line for line in (await running.scrape()).splitlines() if "target_info{" in line]


async def test_target_info_has_the_other_attributes_of_a_resource(start: Any) -> None:
    running = await start()
    await running.send(gauge_of("load", 1.0), resource={**IDENTITY, "host.name": "h1", "port": 80})
    assert await infos(running) == ['target_info{host_name="h1",instance="shop-1",job="web/shop",port="80"} 1']


async def test_the_latest_attributes_of_a_target_are_shown(start: Any) -> None:
    running = await start()
    for version in ("1", "2"):
        await running.send(gauge_of("load", 1.0), resource={**IDENTITY, "service.version": version})
    assert await infos(running) == ['target_info{instance="shop-1",job="web/shop",service_version="2"} 1']
    assert len(await running.series()) == 1


async def test_a_resource_without_instance_has_no_info(start: Any) -> None:
    running = await start()
    await running.send(gauge_of("load", 1.0), resource={"service.name": "shop", "host.name": "h1"})
    assert await infos(running) == []
    assert await running.series() == ['load{job="shop"} 1.0']


async def test_the_namespace_is_before_target_info_too(start: Any) -> None:
    running = await start(namespace="app")
    await running.send(gauge_of("load", 1.0))
    assert (await infos(running))[0].startswith("app_target_info{")
    assert (await running.series())[0].startswith("app_load{")


async def test_scope_attributes_are_labels_unless_turned_off(start: Any) -> None:
    running = await start(without_scope_info=False)
    await running.send(gauge_of("load", 1.0), resource={}, kind="web", version="x")
    assert await running.series() == [
        'load{otel_scope_kind="web",otel_scope_name="lib",otel_scope_schema_url="https://schema",otel_scope_version="1.2"} 1.0'
    ]


async def test_two_scopes_have_a_series_each(start: Any) -> None:
    running = await start(without_scope_info=False)
    for scope in ("a", "b"):
        await running.send(gauge_of("load", 1.0), scope=scope)
    assert len(await running.series()) == 2


@pytest.mark.parametrize("block", ["resource_to_telemetry_conversion", "resource_constant_labels"])
async def test_resource_attributes_are_labels_on_request(start: Any, block: str) -> None:
    running = await start(**{block: {"enabled": True, "exclude_service_attributes": True}})
    resource = {**IDENTITY, "host.name": "h1", "zone": "from resource"}
    await running.send(gauge_of("load", 1.0, attributes={"zone": "from point"}), resource=resource)
    assert await running.series() == ['load{host_name="h1",instance="shop-1",job="web/shop",zone="from resource"} 1.0']


async def test_service_attributes_are_labels_too_unless_excluded(start: Any) -> None:
    running = await start(resource_to_telemetry_conversion={"enabled": True})
    await running.send(gauge_of("load", 1.0))
    assert 'service_name="shop"' in (await running.series())[0]


async def test_constant_labels_are_on_every_series_and_win(start: Any) -> None:
    running = await start(const_labels={"env": "prod"})
    await running.send(gauge_of("load", 1.0, attributes={"env": "dev"}), resource={})
    assert await running.series() == ['load{env="prod"} 1.0']


async def test_a_point_whose_attribute_makes_no_label_is_dropped_and_counted(start: Any, scrape: Any) -> None:
    running = await start()
    await running.send(gauge_of("load", 1.0, attributes={"_": "x"}), gauge_of("...", 1.0), resource={})
    assert await running.series() == []
    assert scrape()['otelcol_exporter_prometheus_dropped_points{exporter="prometheus",reason="invalid_name"}'] == 2


async def test_a_metric_that_calls_itself_target_info_is_shown_with_ours(start: Any) -> None:
    running = await start()
    await running.send(gauge_of("target_info", 1.0, attributes={"own": "1"}))
    assert len(await infos(running)) == 2


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "endpoint"),
        ({"endpoint": " "}, "endpoint"),
        ({"endpoint": ":1", "translation_strategy": "Other"}, "translation_strategy"),
        ({"endpoint": ":1", "unknown": 1}, "unknown"),
        (
            {"endpoint": ":1", "resource_to_telemetry_conversion": {}, "resource_constant_labels": {}},
            "remove the first",
        ),
        ({"endpoint": ":1", "metric_expiration": "-1s"}, "must not be negative"),
    ],
)
def test_mistakes_are_found_in_the_configuration(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        PrometheusExporterConfig.model_validate(config)


@pytest.mark.parametrize(
    ("config", "strategy"),
    [
        ({}, "UnderscoreEscapingWithSuffixes"),
        ({"add_metric_suffixes": False}, "UnderscoreEscapingWithoutSuffixes"),
        ({"add_metric_suffixes": False, "translation_strategy": "NoTranslation"}, "NoTranslation"),
    ],
)
def test_the_translation_strategy_wins_over_the_older_key(config: dict[str, Any], strategy: str) -> None:
    assert PrometheusExporterConfig.model_validate({"endpoint": ":1", **config}).strategy == strategy


async def test_units_and_types_are_appended_or_not(start: Any) -> None:
    running = await start(add_metric_suffixes=False)
    await running.send(sum_of("hits", 1, unit="s"), resource={})
    assert await running.series() == ["hits 1"]
