"""What the API server itself changes in a custom resource before anyone sees it: defaults of the schema, nulls that mean nothing.

The rules are those of structural schemas (apiextensions: pruning of nulls, then defaulting). Pure.
"""

from functools import cache
from typing import Any

from otel_operator.api.crd import build_crds
from otel_operator.json_types import JsonObject


def with_schema_defaults(obj: JsonObject) -> JsonObject:
    """Return `obj` as the API server stores it, `obj` itself unchanged.

    A null where the schema allows none goes, or becomes the default of its field; what is absent gets its default. An object
    of a version that the operator has no schema of, and parts of an unexpected type, stay as they are.
    """
    schema = _schemas().get((str(obj.get("apiVersion")), str(obj.get("kind"))))
    return obj if schema is None else dict(_defaulted(obj, schema))


@cache
def _schemas() -> dict[tuple[str, str], JsonObject]:
    return {
        (f"{crd['spec']['group']}/{version['name']}", crd["spec"]["names"]["kind"]): version["schema"]["openAPIV3Schema"]
        for crd in build_crds()
        for version in crd["spec"]["versions"]
    }


def _defaulted(value: Any, schema: JsonObject) -> Any:
    if isinstance(value, list):
        return [_defaulted(item, schema["items"]) for item in value] if "items" in schema else value
    if not isinstance(value, dict):
        return value
    properties, others = schema.get("properties") or {}, schema.get("additionalProperties")
    result = {}
    for name, item in value.items():
        inner = properties.get(name, others)
        if not isinstance(inner, dict):
            result[name] = item
        elif item is not None or inner.get("nullable"):
            result[name] = _defaulted(item, inner)
    for name, inner in properties.items():
        if name not in result and "default" in inner:
            result[name] = _defaulted(_copied(inner["default"]), inner)
    return result


def _copied(default: Any) -> Any:
    """Copy the only kinds of default there are besides plain values: empty maps and lists."""
    return type(default)(default) if isinstance(default, dict | list) else default
