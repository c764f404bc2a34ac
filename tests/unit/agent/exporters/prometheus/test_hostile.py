"""Whatever names, labels and numbers come: the answer is one that the official parsers read."""

import logging
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from otel_agent.config.component import ComponentId
from otel_agent.exporters.prometheus.config import PrometheusExporterConfig
from otel_agent.exporters.prometheus.exposition import Exposition
from otel_agent.exporters.prometheus.families import Families
from otel_agent.exporters.prometheus.formats import negotiate
from otel_agent.exporters.prometheus.intake import Intake
from otel_agent.exporters.prometheus.naming import naming_of
from otel_agent.exporters.prometheus.refusals import Refusals
from otel_agent.pdata.points import parse_metrics
from otel_agent.telemetry.metrics import SelfMetrics
from tests.unit.agent.exporters.prometheus.metric_requests import (
    OPENMETRICS,
    PROTOBUF,
    add_exemplar,
    gauge_of,
    histogram_of,
    sum_of,
    telemetry_of,
)
from tests.unit.agent.exporters.prometheus.test_formats import decoded

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
ATTRIBUTES = st.dictionaries(TEXT, TEXT, max_size=3)
FLOATS = st.floats()


@st.composite
def metric(draw: Any, number: int) -> Any:
    # The parsers want each family once: numbers keep those apart that would come out the same.
    name, options = f"m{number} {draw(TEXT)}", {"attributes": draw(ATTRIBUTES), "description": draw(TEXT), "unit": draw(TEXT)}
    kind = draw(st.sampled_from(["gauge", "sum", "histogram"]))
    if kind == "gauge":
        return gauge_of(name, draw(FLOATS), **options)
    if kind == "sum":
        made = sum_of(name, draw(st.floats(min_value=0, allow_infinity=False)), **options)
        add_exemplar(made.sum.data_points[0], draw(FLOATS))
        return made
    # OpenMetrics has no sums of histograms with negative bounds; Prometheus does not mind, the parser does.
    bounds = draw(st.lists(st.floats(min_value=0), max_size=4))
    counts = draw(st.lists(st.integers(0, 9), min_size=len(bounds) + 1, max_size=len(bounds) + 1))
    made = histogram_of(name, counts, sorted(bounds), sum=draw(st.floats(min_value=0, allow_infinity=False)), **options)
    add_exemplar(made.histogram.data_points[0], draw(FLOATS))
    return made


def shown(metrics: list[Any], resource: dict[str, str], scope: str, strategy: str) -> dict[str, bytes]:
    """The exposition of a request in each format."""
    config = PrometheusExporterConfig.model_validate({"endpoint": ":1", "translation_strategy": strategy})
    refusals = Refusals(SelfMetrics(), ComponentId("prometheus"), logging.getLogger("test"))
    families, naming = Families(100, 1000, refusals), naming_of(config)
    intake = Intake(naming, families, refusals, lambda: 0.0)
    for _ in intake.take(parse_metrics(telemetry_of(*metrics, resource=resource, scope=scope).data)):
        pass
    exposition = Exposition(config, naming, families, lambda: [target.info for target in intake.infos.values()], refusals)
    found = {}
    for accept in ("", OPENMETRICS, PROTOBUF):
        writer = exposition._writer(negotiate(accept, openmetrics=True))
        found[accept] = b"".join(writer.write(exposition._shown()))
    return found


def names(families: Any) -> set[str]:
    """Names of the samples; the parser of the text format adds `_total` to those of counters that have none."""
    return {sample.name.removesuffix("_total") for family in families for sample in family.samples}


@settings(deadline=None, max_examples=60)
@given(
    st.tuples(metric(0), metric(1), metric(2)),
    st.dictionaries(st.sampled_from(["service.name", "service.instance.id", "host", "é"]), TEXT),
    TEXT,
    st.sampled_from(["", "UnderscoreEscapingWithoutSuffixes", "NoUTF8EscapingWithSuffixes", "NoTranslation"]),
)
def test_every_format_can_be_read(metrics: Any, resource: dict[str, str], scope: str, strategy: str) -> None:
    found = shown(list(metrics), resource, scope, strategy)
    text = names(parse_text(found[""].decode()))
    assert text == names(parse_openmetrics(found[OPENMETRICS].decode()))
    assert len(decoded(found[PROTOBUF])) <= len(text)
