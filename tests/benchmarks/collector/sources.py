"""Rows whose load is not OTLP alone, by name: files that grow, a page that is scraped, and the guide's whole configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from tests.benchmarks.collector import files, guide, scrapes
from tests.benchmarks.collector.contender import Contender
from tests.benchmarks.collector.scenarios import Source
from tests.benchmarks.collector.trial import Bench, Trial


class Measure(Protocol):
    """Measures once, with a fresh collector; ClusterError and LoadError when one of the programs does not run."""

    def __call__(self, bench: Bench, who: Contender, source: Source, /) -> Trial: ...


MEASURES: Mapping[str, Measure] = {"filelog": files.run, "scrape": scrapes.run, "guide": guide.run}
"""By the first part of a row's name."""


def run(bench: Bench, who: Contender, source: Source) -> Trial:
    """Measure one collector on a row's source once."""
    return MEASURES[source.key.partition("-")[0]](bench, who, source)
