"""A page for each custom resource: all fields of the schema that the API server has, from the same models."""

from collections.abc import Iterator
from typing import Any

from docs.website.reference.tables import HEADER, cell, table
from otel_operator.api.crd import build_crds
from otel_operator.json_types import JsonObject

_NOT_OURS = frozenset({"apiVersion", "kind", "metadata"})


def pages() -> dict[str, str]:
    """Return the text of each page by the resource's plural name."""
    return {crd["spec"]["names"]["plural"]: _page(crd) for crd in build_crds()}


def _page(crd: JsonObject) -> str:
    names = crd["spec"]["names"]
    parts = [f"# {names['kind']}", HEADER, f"Short names for kubectl: {', '.join(f'`{name}`' for name in names['shortNames'])}."]
    for version in sorted(crd["spec"]["versions"], key=lambda version: not version["storage"]):
        schema = version["schema"]["openAPIV3Schema"]
        stored = ", stored" if version["storage"] else ", deprecated" if version.get("deprecated") else ""
        parts.append(f"## {crd['spec']['group']}/{version['name']}{stored}")
        parts.append(
            "Objects of Kubernetes' own types are one row; their fields are those of the Kubernetes API, and `kubectl explain`"
            " shows them."
        )
        parts.append(table(("field", "type", "default", "description"), _rows(schema, "")))
    return "\n\n".join(parts) + "\n"


def _rows(schema: JsonObject, path: str) -> Iterator[tuple[str, str, str, str]]:
    required = set(schema.get("required") or ())
    for name, field in (schema.get("properties") or {}).items():
        if not path and name in _NOT_OURS:
            continue
        where = f"{path}.{name}" if path else name
        text = cell(field.get("description", "")) + (" Required." if name in required else "")
        default = f"`{cell(str(field['default']))}`" if "default" in field else ""
        yield f"`{where}`", _type(field), default, text.strip()
        yield from _below(field, where)


def _below(field: JsonObject, where: str) -> Iterator[tuple[str, str, str, str]]:
    """Go on where fields have descriptions of ours; those of Kubernetes' types have none."""
    for inner, suffix in ((field, ""), (field.get("items"), "[]"), (field.get("additionalProperties"), ".*")):
        if isinstance(inner, dict) and _described(inner):
            yield from _rows(inner, where + suffix)


def _described(schema: JsonObject) -> bool:
    properties: dict[str, Any] = schema.get("properties") or {}
    return any("description" in field for field in properties.values())


def _type(field: JsonObject) -> str:
    if field.get("x-kubernetes-int-or-string"):
        return "integer or string"
    kind = str(field.get("type", "any"))
    if kind == "array":
        return f"list of {_type(field.get('items') or {})}"
    if isinstance(field.get("additionalProperties"), dict):
        return f"map of {_type(field['additionalProperties'])}"
    if "enum" in field:
        return " \\| ".join(f"`{value}`" for value in field["enum"])
    return kind
