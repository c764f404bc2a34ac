"""Fits raw YAML values to the types of model fields the way the Go decoder's hooks do, before pydantic's strict check.

Null keeps the default; a string becomes a list at its commas; an expanded value gives its text to string fields and its
typed value to all others; a whole float fits an int. Nothing else is converted.
"""

from collections.abc import Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from otel_agent.config.expanded import ExpandedValue, plain, unwrapped
from otel_agent.config.optional import BlockKind

_SEQUENCES = (list, tuple)
_SCALARS = (str, int, float, bool)


def decode_fields(model: type[BaseModel], raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return `raw` with every value fitted to its field; unknown keys pass unchanged for pydantic to refuse."""
    by_key = {key: info for name, info in model.model_fields.items() for key in (name, info.alias) if key}
    decoded: dict[str, Any] = {}
    for key, value in raw.items():
        info = by_key.get(key)
        if info is None:
            decoded[key] = plain(value)
            continue
        kind = next((item for item in info.metadata if isinstance(item, BlockKind)), None)
        if kind is not None:
            _decode_block(decoded, key, info, kind, value)
        elif value is not None:
            _decode_field(decoded, key, info, value)
    return decoded


def _decode_field(decoded: dict[str, Any], key: str, info: FieldInfo, value: Any) -> None:
    fitted = fit(info.annotation, value)
    if fitted is not None or not isinstance(value, ExpandedValue):
        decoded[key] = fitted


def _decode_block(decoded: dict[str, Any], key: str, info: FieldInfo, kind: BlockKind, value: Any) -> None:
    value = unwrapped(value)
    if value is None:
        if kind is BlockKind.DEFAULT:
            decoded[key] = {}
        return
    if isinstance(value, Mapping) and "enabled" in value and not _has_field(info.annotation, "enabled"):
        enabled = plain(value["enabled"])
        if enabled is False:
            decoded[key] = None
            return
        if enabled is True or enabled is None or _is_reference(enabled):
            value = {name: item for name, item in value.items() if name != "enabled"}
    decoded[key] = fit(info.annotation, value)


def _is_reference(value: Any) -> bool:
    return isinstance(value, str) and "${" in value


def _has_field(annotation: Any, name: str) -> bool:
    return any(isinstance(m, type) and issubclass(m, BaseModel) and name in m.model_fields for m in members(annotation))


def members(target: Any) -> list[Any]:
    """Alternatives of a type, without None and without Annotated around them."""
    origin = get_origin(target)
    if origin is Annotated:
        return members(get_args(target)[0])
    if origin is Union or origin is UnionType:
        return [member for part in get_args(target) if part is not NoneType for member in members(part)]
    return [target]


def fit(target: Any, value: Any) -> Any:
    """Fit one value to one type annotation."""
    alternatives = members(target)
    member = alternatives[0] if len(alternatives) == 1 else _best_member(alternatives, value)
    if isinstance(value, ExpandedValue):
        value = _pick(member, value)
    if isinstance(value, list) and get_origin(member) in _SEQUENCES:
        return _fit_sequence(member, value)
    if isinstance(value, str) and get_origin(member) in _SEQUENCES and _element(member) is not None:
        return _fit_sequence(member, value.split(",") if value else [])
    if isinstance(value, Mapping) and get_origin(member) in (dict, Mapping):
        element = get_args(member)[1]
        return {key: fit(element, item) for key, item in value.items()}
    if isinstance(value, Mapping) and isinstance(member, type) and issubclass(member, BaseModel):
        return value
    return _fit_scalar(member, plain(value, text=_is_text(member)))


def _fit_sequence(member: Any, items: list[Any]) -> Any:
    arguments = [argument for argument in get_args(member) if argument is not Ellipsis]
    fitted = [fit(arguments[min(index, len(arguments) - 1)], item) for index, item in enumerate(items)]
    return tuple(fitted) if get_origin(member) is tuple else fitted


def _fit_scalar(member: Any, value: Any) -> Any:
    if member is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(member, type) and issubclass(member, Enum) and isinstance(value, str):
        return next((choice for choice in member if choice.value == value), value)
    return value


def _pick(member: Any, expanded: ExpandedValue) -> Any:
    """Text for strings, zero for scalars when the variable is unset, otherwise the typed value."""
    if get_origin(member) in _SEQUENCES:
        is_scalar = expanded.value is not None and not isinstance(expanded.value, list | Mapping)
        return expanded.original if is_scalar else expanded.value
    if _is_text(member) and get_origin(member) is None:
        return expanded.original
    if expanded.value is None and member in _SCALARS:
        return member()
    return expanded.value


def _is_text(member: Any) -> bool:
    """Whether the leaves of this type are strings."""
    if isinstance(member, type) and issubclass(member, str) and not issubclass(member, Enum):
        return True
    if get_origin(member) in (*_SEQUENCES, dict, Mapping):
        return all(_is_text(part) for part in members(get_args(member)[-1])) if get_args(member)[-1] is not Ellipsis else True
    return False


def _element(member: Any) -> Any:
    """Element type of a sequence that a string may be split into; None when its elements are blocks."""
    element = get_args(member)[0] if get_args(member) else None
    for part in members(element):
        if part is Any or get_origin(part) is not None or (isinstance(part, type) and issubclass(part, BaseModel)):
            return None
    return element


def _best_member(alternatives: list[Any], value: Any) -> Any:
    """Choose the alternative of a union that has the shape of the value."""
    inner = unwrapped(value)
    for member in alternatives:
        origin = get_origin(member)
        is_model = isinstance(member, type) and issubclass(member, BaseModel)
        if isinstance(inner, Mapping) and (is_model or origin in (dict, Mapping)):
            return member
        if isinstance(inner, list) and origin in _SEQUENCES:
            return member
        if isinstance(member, type) and origin is None and type(inner) is member:
            return member
    return str if isinstance(value, ExpandedValue) and str in alternatives else Any
