"""Differences of converters that `otel_agent/ottl/README.md` lists, with their reasons."""

from __future__ import annotations

from tests.differential.comparing import Difference


def known(template: str, difference: Difference) -> str | None:
    """Return the reason of a listed difference."""
    return None
