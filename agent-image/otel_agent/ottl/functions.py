"""Which functions there are for whom."""

from collections.abc import Iterable, Mapping

from otel_agent.ottl import converters, editors, span_functions
from otel_agent.ottl.function import Function


def table(*groups: Iterable[Function]) -> Mapping[str, Function]:
    """Return the functions by name."""
    return {function.name: function for group in groups for function in group}


CONVERTERS = table(converters.FUNCTIONS, span_functions.FUNCTIONS)
"""For conditions."""
STANDARD = table(converters.FUNCTIONS, span_functions.FUNCTIONS, editors.FUNCTIONS)
"""For statements."""
