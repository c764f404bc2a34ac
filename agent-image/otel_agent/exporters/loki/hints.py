"""Attributes that tell the exporter what to do with a record, as the Go exporter had them. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from otel_agent.pdata.any_value import text

ATTRIBUTE_LABELS = "loki.attribute.labels"
RESOURCE_LABELS = "loki.resource.labels"
TENANT = "loki.tenant"
FORMAT = "loki.format"
HINTS = frozenset({ATTRIBUTE_LABELS, RESOURCE_LABELS, TENANT, FORMAT})
"""None of them is part of what is sent."""

Attributes = Mapping[str, Any]
"""AnyValues by key."""

_MAX_DEPTH = 16
"""Parts of a name that may lead into nested maps."""


def format_of(record: Attributes, resource: Attributes) -> str:
    """Return the format that a line shall have; the resource's word counts first."""
    hint = resource.get(FORMAT) or record.get(FORMAT)
    return text(hint) if hint is not None else "json"


def tenant_of(record: Attributes, resource: Attributes) -> str:
    """Return the tenant: the text of the attribute that the hint names, the resource's first; empty when there is none."""
    hint = resource.get(TENANT) or record.get(TENANT)
    if hint is None:
        return ""
    named = resource.get(hint.string_value) or record.get(hint.string_value)
    return str(named.string_value) if named is not None else ""


def names_in(hint: Any) -> Iterator[str]:
    """Yield the names that a hint lists: separated by commas, or as an array."""
    kind = hint.WhichOneof("value")
    if kind == "array_value":
        yield from (text(member).strip() for member in hint.array_value.values)
    elif kind == "string_value":
        yield from (name.strip() for name in hint.string_value.split(","))
    else:
        yield text(hint)


def look_up(attributes: Attributes, name: str) -> Any | None:
    """Return an attribute's value; `a.b` also finds b in the map a."""
    found = attributes.get(name)
    if found is not None:
        return found
    parts = name.split(".", _MAX_DEPTH)
    at: Attributes = attributes
    for part in parts:
        found = at.get(part)
        if found is None:
            return None
        at = {member.key: member.value for member in found.kvlist_value.values}
    return found
