"""Turns the models into structural OpenAPI v3 schemas, with embedded Kubernetes types inlined."""

import json
import types
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from otel_operator.api.model import ApiModel, Embedded, Required, Schema
from otel_operator.json_types import JsonObject

KUBERNETES_VERSION = "1.34.4"
OPENAPI_FILE = f"kubernetes-openapi-{KUBERNETES_VERSION}.json"
_INT_OR_STRING: JsonObject = {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True}
_QUANTITY_PATTERN = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)
_SPECIAL: dict[str, JsonObject] = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": _INT_OR_STRING,
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {**_INT_OR_STRING, "pattern": _QUANTITY_PATTERN},
    # The full type would bring in managedFields and the like; a template may say no more than this.
    "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": {
        "type": "object",
        "properties": {
            "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
            "finalizers": {"type": "array", "items": {"type": "string"}},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "name": {"type": "string"},
            "namespace": {"type": "string"},
        },
    },
}
_KEPT = (
    "type",
    "format",
    "enum",
    "required",
    "default",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
)
_PRIMITIVES = {str: "string", int: "integer", bool: "boolean", float: "number"}


def schema_of(model: type[ApiModel]) -> JsonObject:
    """Return the schema of a struct: its fields by name, its required ones, no further description."""
    properties: JsonObject = {}
    required = []
    for name, field in sorted(model.model_fields.items(), key=lambda item: item[1].alias or item[0]):
        alias = field.alias or name
        properties[alias] = _field(field)
        if any(isinstance(mark, Required) for mark in field.metadata):
            required.append(alias)
    schema: JsonObject = {"type": "object", "properties": properties}
    if required:
        schema["required"] = sorted(required)
    return schema


def _field(field: FieldInfo) -> JsonObject:
    inlined = next((mark.full_name for mark in field.metadata if isinstance(mark, Embedded)), None)
    if inlined is None:
        schema = _type(field.annotation)
    elif get_origin(_without_none(field.annotation)) is list:
        schema = {"type": "array", "items": definition(inlined)}
    else:
        schema = definition(inlined)
    schema = _marked(schema, field.metadata)
    if field.description:
        schema = {"description": field.description, **schema}
    return schema


def _marked(schema: JsonObject, marks: Sequence[Any]) -> JsonObject:
    for mark in marks:
        if isinstance(mark, Schema):
            schema = {**schema, **mark.keywords}
    return schema


def _type(annotation: Any) -> JsonObject:
    bare = _without_none(annotation)
    if get_origin(bare) is Annotated:
        inner, *marks = get_args(bare)
        return _marked(_type(inner), marks)
    if isinstance(bare, type) and issubclass(bare, ApiModel):
        return schema_of(bare)
    if isinstance(bare, type) and bare in _PRIMITIVES:
        return {"type": _PRIMITIVES[bare]}
    origin, arguments = get_origin(bare), get_args(bare)
    if origin is list:
        return {"type": "array", "items": _type(arguments[0])}
    if origin is dict:
        if arguments[1] is Any:
            return {"type": "object"}
        return {"type": "object", "additionalProperties": _type(arguments[1])}
    raise TypeError(f"no schema for {annotation!r}")


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [a for a in get_args(annotation) if a is not type(None)]
        return rest[0] if len(rest) == 1 else annotation
    return annotation


@cache
def _definitions() -> dict[str, JsonObject]:
    text = files("otel_operator.api").joinpath(OPENAPI_FILE).read_text()
    return dict(json.loads(text))


def definition(name: str) -> JsonObject:
    """Return a Kubernetes type with all references resolved; KeyError when the trimmed document lacks it."""
    if name in _SPECIAL:
        return dict(_SPECIAL[name])
    return _inlined(_definitions()[name])


def _inlined(source: JsonObject) -> JsonObject:
    if reference := source.get("$ref"):
        return definition(str(reference).rpartition("/")[2])
    schema = {key: source[key] for key in _KEPT if key in source}
    if "properties" in source:
        schema["properties"] = {key: _inlined(value) for key, value in sorted(source["properties"].items())}
    if "items" in source:
        schema["items"] = _with_key_defaults(_inlined(source["items"]), schema.get("x-kubernetes-list-map-keys", ()))
    if "additionalProperties" in source:
        schema["additionalProperties"] = _inlined(source["additionalProperties"])
    return schema


def _with_key_defaults(items: JsonObject, keys: Any) -> JsonObject:
    """Give keys of a map-like list a default unless they are required, as structural schemas ask for."""
    for key in keys:
        if key not in items.get("required", ()):
            items["properties"][key] = {**items["properties"][key], "default": "TCP" if key == "protocol" else ""}
    return items


def names_used(models: list[type[ApiModel]]) -> set[str]:
    """Return the embedded types that these models name, not those that these types use in turn."""
    found: set[str] = set()
    seen: set[type[ApiModel]] = set()
    waiting = list(models)
    while waiting:
        model = waiting.pop()
        if model in seen:
            continue
        seen.add(model)
        for field in model.model_fields.values():
            found |= {mark.full_name for mark in field.metadata if isinstance(mark, Embedded)}
            waiting += _models_in(field.annotation)
    return found


def _models_in(annotation: Any) -> list[type[ApiModel]]:
    if isinstance(annotation, type) and issubclass(annotation, ApiModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]


def trimmed(swagger: JsonObject, names: set[str]) -> JsonObject:
    """Return of a cluster's OpenAPI v2 document the definitions that `names` need, without descriptions."""
    result: JsonObject = {}
    waiting = sorted(names)
    while waiting:
        name = waiting.pop()
        if name in result or name in _SPECIAL:
            continue
        result[name] = _without_prose(swagger["definitions"][name])
        waiting += [r.rpartition("/")[2] for r in _references(result[name])]
    return dict(sorted(result.items()))


def _without_prose(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: ({name: _without_prose(prop) for name, prop in inner.items()} if key == "properties" else _without_prose(inner))
            for key, inner in value.items()
            if key != "description" and (not key.startswith("x-kubernetes-") or key in _KEPT)
        }
    return [_without_prose(item) for item in value] if isinstance(value, list) else value


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [r for inner in value.values() for r in _references(inner)]
    return [r for inner in value for r in _references(inner)] if isinstance(value, list) else []
