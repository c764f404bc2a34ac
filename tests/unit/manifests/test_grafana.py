"""Grafana's data sources lead from exemplars to traces, from traces to logs and metrics, and from logs to traces."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

STACK = Path(__file__).resolve().parents[3] / "manifests" / "grafana"
FILE: dict[str, Any] = yaml.safe_load((STACK / "config" / "datasources.yaml").read_text())
SOURCES: dict[str, dict[str, Any]] = {source["type"]: source for source in FILE["datasources"]}
TRACE_LINK = {"datasourceUid", "spanStartTimeShift", "spanEndTimeShift", "tags"}
DOCUMENTED = {
    "": {"apiVersion", "prune", "deleteDatasources", "datasources"},
    "datasource": {
        *("name", "type", "access", "orgId", "uid", "url", "user", "database", "basicAuth", "basicAuthUser", "withCredentials"),
        *("isDefault", "jsonData", "secureJsonData", "version", "editable"),
    },
    "tempo": {"tracesToLogsV2", "tracesToMetrics", "tracesToProfiles", "serviceMap", "nodeGraph", "search", "spanBar"},
    "tracesToLogsV2": TRACE_LINK | {"filterByTraceID", "filterBySpanID", "customQuery", "query"},
    "tracesToMetrics": TRACE_LINK | {"queries"},
    "queries": {"name", "query"},
    "tags": {"key", "value"},
    "prometheus": {"httpMethod", "timeInterval", "exemplarTraceIdDestinations", "manageAlerts", "prometheusType"},
    "exemplarTraceIdDestinations": {"datasourceUid", "name", "url", "urlDisplayLabel"},
    "loki": {"maxLines", "timeout", "derivedFields"},
    "derivedFields": {"datasourceUid", "matcherRegex", "matcherType", "name", "url", "urlDisplayLabel", "targetBlank"},
}
"""Keys by what holds them, as Grafana 11 documents them (Administration: provisioning; the three data sources' own pages).

Grafana takes any other key without a word, and does nothing for it.
"""


def parts(name: str, value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each mapping of a value with the name under which it is documented."""
    if isinstance(value, list):
        for item in value:
            yield from parts(name, item)
    elif isinstance(value, dict):
        yield name, value
        for key, inner in value.items():
            yield from parts(key, inner)


def every_part() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "", FILE
    for source in FILE["datasources"]:
        yield "datasource", source
        yield from parts(source["type"], source["jsonData"])


def test_every_key_is_one_that_grafana_documents() -> None:
    assert [(name, key) for name, part in every_part() for key in part if key not in DOCUMENTED[name]] == []


def test_every_link_leads_to_a_data_source_of_the_file() -> None:
    known = {source["uid"] for source in SOURCES.values()}
    named = [part["datasourceUid"] for _, part in every_part() if "datasourceUid" in part]
    assert len(named) == 4
    assert set(named) <= known


def test_each_has_a_uid_and_a_name_of_its_own_and_one_is_the_default() -> None:
    found = FILE["datasources"]
    assert len({source["uid"] for source in found}) == len({source["name"] for source in found}) == len(found)
    assert [source["type"] for source in found if source.get("isDefault")] == ["prometheus"]


@pytest.mark.parametrize("kind", ["tempo", "prometheus", "loki"])
def test_each_is_asked_at_a_port_of_its_service(kind: str) -> None:
    objects = list(yaml.safe_load_all((STACK / f"{kind}.yaml").read_text()))
    (service,) = [obj for obj in objects if obj["kind"] == "Service"]
    address = urlsplit(SOURCES[kind]["url"])
    assert address.hostname == service["metadata"]["name"]
    assert address.port in [port["port"] for port in service["spec"]["ports"]]


def test_exemplars_lead_to_tempo_by_the_label_that_our_exporter_writes() -> None:
    (link,) = SOURCES["prometheus"]["jsonData"]["exemplarTraceIdDestinations"]
    assert (link["name"], link["datasourceUid"]) == ("trace_id", SOURCES["tempo"]["uid"])


def test_traces_lead_to_logs_and_metrics_and_logs_to_traces() -> None:
    tempo = SOURCES["tempo"]["jsonData"]
    assert tempo["tracesToLogsV2"]["datasourceUid"] == SOURCES["loki"]["uid"]
    assert tempo["tracesToMetrics"]["datasourceUid"] == SOURCES["prometheus"]["uid"]
    (field,) = SOURCES["loki"]["jsonData"]["derivedFields"]
    assert field["datasourceUid"] == SOURCES["tempo"]["uid"]
