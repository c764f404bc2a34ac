"""What is remembered between scrapes changes nothing but their cost: each says what it would have said as the first one."""

import itertools
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from otel_agent.receivers.prometheus.otlp.catalog import Catalog, SeriesRules
from otel_agent.receivers.prometheus.otlp.conversion import TargetConversion
from otel_agent.receivers.prometheus.otlp.request import RequestRules
from tests.unit.agent.receivers.prometheus.conftest import TARGET, Scraper
from tests.unit.agent.receivers.prometheus.reading import REPORTS

LABELS = st.sampled_from(["", '{a="1"}', '{a="2"}', '{a="1",b="x"}', '{b="x",a="1"}', '{otel_scope_name="lib",a="1"}'])
NUMBERS = st.sampled_from(["0", "1", "2.5", "-3"])


@st.composite
def families(draw: Any) -> list[str]:
    name = draw(st.sampled_from(["m", "n", "m_total"]))
    kind = draw(st.sampled_from(["counter", "gauge", "untyped", "histogram", "summary", None]))
    lines = [] if kind is None else [f"# TYPE {name} {kind}"]
    if draw(st.booleans()):
        lines.append(f"# HELP {name} {draw(st.sampled_from(['one', 'two']))}")
    for labels in draw(st.lists(LABELS, max_size=3, unique_by=lambda labels: "".join(sorted(labels)))):
        inner = labels[1:-1]
        if kind == "histogram":
            for bound, count in (("1", "1"), ("+Inf", "3")):
                lines.append(f'{name}_bucket{{{inner}{"," if inner else ""}le="{bound}"}} {count}')
            lines += [f"{name}_sum{labels} {draw(NUMBERS)}", f"{name}_count{labels} 3"]
        elif kind == "summary":
            lines += [
                f'{name}{{{inner}{"," if inner else ""}quantile="0.5"}} 2',
                f"{name}_sum{labels} 4",
                f"{name}_count{labels} 2",
            ]
        else:
            time = draw(st.sampled_from(["", "", " 5000"]))
            lines.append(f"{name}{labels} {draw(NUMBERS)}{time}")
    return lines


@st.composite
def bodies(draw: Any) -> str:
    """An exposition whose families differ by name, as they must."""
    lines: list[str] = []
    seen: set[str] = set()
    for family in draw(st.lists(families(), max_size=3)):
        names = {line.split(" ")[2] if line[0] == "#" else line.partition("{")[0].split(" ")[0] for line in family}
        bases = {
            each.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count").removesuffix("_total") for each in names
        }
        if bases.isdisjoint(seen):
            seen |= bases
            lines += family
    return "\n".join(lines) + "\n"


def scraper() -> Scraper:
    conversion = TargetConversion(Catalog(SeriesRules(TARGET)), RequestRules("http", "1"))
    return Scraper(conversion, itertools.repeat(7))


def said(request: Any) -> set[tuple[str, ...]]:
    """Every point that is not stale, with all that stands around it but HELP, which outlives the scrape that it came with."""
    found = set()
    for resource in request.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                if metric.name in REPORTS:
                    continue
                data = metric.WhichOneof("data")
                for point in getattr(metric, data).data_points:
                    if not point.flags:
                        found.add((str(resource.resource), scope.scope.name, metric.name, data, point.SerializeToString()))
    return found


@settings(max_examples=150, deadline=None)
@example(["# TYPE m histogram\n", "m 0\n", "# TYPE m counter\nm 0\n"])
@given(st.lists(bodies(), min_size=1, max_size=5))
def test_a_scrape_says_what_it_would_have_said_as_the_first_one(scrapes: list[str]) -> None:
    known = scraper()
    typed: dict[str, str] = {}
    for body in scrapes:
        # types outlive the scrape that they came with: the fresh one is told of them
        present = {line.split(" ")[2] for line in body.splitlines() if line.startswith("# TYPE")}
        before = [f"# TYPE {name} {kind}" for name, kind in typed.items() if name not in present]
        typed |= {line.split(" ")[2]: line.split(" ")[3] for line in body.splitlines() if line.startswith("# TYPE")}
        fresh = scraper()
        assert said(known.text(body)) == said(fresh.text("\n".join([*before, body])))
