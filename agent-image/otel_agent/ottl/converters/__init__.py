"""Converters: the functions of OTTL that return a value. One module a group; heavy libraries are loaded when first needed."""

from otel_agent.ottl.converters import (
    comma_separated,
    conversion,
    durations,
    encoding,
    extraction,
    format_verbs,
    hashes,
    identifiers,
    key_values,
    letter_case,
    maps_and_lists,
    network,
    parse_json,
    severity,
    strings,
    times,
    type_tests,
    url,
    user_agent,
)
from otel_agent.ottl.converters.markup import functions as xml_functions
from otel_agent.ottl.converters.markup import maps as xml_maps
from otel_agent.ottl.function import Function

FUNCTIONS: tuple[Function, ...] = (
    *comma_separated.FUNCTIONS,
    *conversion.FUNCTIONS,
    *durations.FUNCTIONS,
    *encoding.FUNCTIONS,
    *extraction.FUNCTIONS,
    *format_verbs.FUNCTIONS,
    *hashes.FUNCTIONS,
    *identifiers.FUNCTIONS,
    *key_values.FUNCTIONS,
    *letter_case.FUNCTIONS,
    *maps_and_lists.FUNCTIONS,
    *network.FUNCTIONS,
    *parse_json.FUNCTIONS,
    *severity.FUNCTIONS,
    *strings.FUNCTIONS,
    *times.FUNCTIONS,
    *type_tests.FUNCTIONS,
    *url.FUNCTIONS,
    *user_agent.FUNCTIONS,
    *xml_functions.FUNCTIONS,
    *xml_maps.FUNCTIONS,
)
"""All of them."""
