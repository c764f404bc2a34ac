"""The suites. A component's comparison is a module here that ends in `SUITES: tuple[Suite, ...]`, named in this list."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points

from tests.differential.pages import PageSuite
from tests.differential.sources import SourceSuite
from tests.differential.suite import Suite
from tests.differential.suites import converters, editors, exported, filters, log_files, passthrough, resources, scraped

AnySuite = Suite | PageSuite | SourceSuite
FAMILIES: tuple[Callable[[int], tuple[AnySuite, ...]], ...] = (
    filters.family,
    editors.family,
    exported.family,
    resources.family,
)
"""Suites whose configurations are generated, by the number of the configuration."""


def suites(configurations: int = 1) -> tuple[AnySuite, ...]:
    """Return all suites, those of generated configurations so many times."""
    generated = (suite for family in FAMILIES for number in range(configurations) for suite in family(number))
    return (*passthrough.SUITES, *converters.SUITES, *log_files.SUITES, *scraped.SUITES, *generated)


def missing(suite: AnySuite) -> list[str]:
    """Return the types of the suite's processors that our collector does not have."""
    known = {point.name for point in entry_points(group="otel_agent.components")}
    return sorted(kind for kind in suite.component_types if f"processor.{kind}" not in known)
