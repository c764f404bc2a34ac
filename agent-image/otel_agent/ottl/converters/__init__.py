"""Converters: the functions of OTTL that return a value."""

from otel_agent.ottl.function import Function

FUNCTIONS: tuple[Function, ...] = ()
"""All of them."""
