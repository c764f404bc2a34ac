"""Fields of resources and scopes, and what the request came with."""

from otel_agent.ottl.contexts import fields
from otel_agent.ottl.function import Accessor

RESOURCE: dict[str, Accessor] = {
    "dropped_attributes_count": fields.integer("resource", "dropped_attributes_count", fields.unsigned32),
    "schema_url": fields.holder_text("resource", "schema_url"),
}

SCOPE: dict[str, Accessor] = {
    "name": fields.text("scope", "name"),
    "version": fields.text("scope", "version"),
    "dropped_attributes_count": fields.integer("scope", "dropped_attributes_count", fields.unsigned32),
    "schema_url": fields.holder_text("scope", "schema_url"),
}
