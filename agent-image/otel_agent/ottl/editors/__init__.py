"""Editors: the functions of OTTL that change telemetry."""

from otel_agent.ottl.editors import assigning, keys, lists, replacing, shaping
from otel_agent.ottl.function import Function

FUNCTIONS: tuple[Function, ...] = (
    *assigning.FUNCTIONS,
    *keys.FUNCTIONS,
    *lists.FUNCTIONS,
    *replacing.FUNCTIONS,
    *shaping.FUNCTIONS,
)
"""All of them that every context has."""
