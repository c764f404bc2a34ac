"""Headers whose values are secrets, written as a map or as a list of name and value (configopaque.MapList)."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from otel_agent.config.model import Opaque


def _from_list(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    headers: dict[str, Any] = {}
    for index, item in enumerate(value):
        if not isinstance(item, dict) or set(item) != {"name", "value"}:
            raise ValueError(f"item {index} must have exactly the keys name and value")
        if not isinstance(item["name"], str):
            raise ValueError(f"item {index}: the name must be text")
        if item["name"] in headers:
            raise ValueError(f'item {index}: duplicate name "{item["name"]}"')
        headers[item["name"]] = item["value"]
    return headers


OpaqueHeaders = Annotated[dict[str, Opaque], BeforeValidator(_from_list)]
"""Header name to secret value; the order of the configuration is kept."""
