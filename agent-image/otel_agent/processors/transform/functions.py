"""Functions that only the transform processor has."""

from otel_agent.ottl.function import Function

FUNCTIONS: tuple[Function, ...] = ()
"""All of them."""
