"""Turns pydantic's errors into plain words with the path that the configuration has."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from otel_agent.config.decoding import members
from otel_agent.config.expanded import unwrapped
from otel_agent.config.problem import Problem

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a map",
    "mapping_type": "a map",
    "model_type": "a map",
    "model_attributes_type": "a map",
    "dataclass_type": "a map",
}
_LIMITS = {
    "greater_than": ("gt", "greater than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
_MAX_SHOWN = 80
_NOWHERE = object()


def problems_of(
    error: ValidationError,
    model: type[BaseModel],
    raw: Any,
    prefix: tuple[str, ...],
    references: Collection[tuple[str, ...]] = (),
) -> list[Problem]:
    """One problem for each mistake; the alternatives of a union are joined into one.

    `references` are the paths of values that are not resolved; what depends on them is no mistake.
    """
    expected: dict[tuple[str, ...], tuple[list[str], Any]] = {}
    problems: dict[Problem, None] = {}
    unresolved = _Unresolved(references)
    for details in error.errors(include_url=False):
        path = _path(details, raw)
        if unresolved.decides(path, details):
            continue
        wanted = _wanted(details)
        if wanted is not None:
            alternatives, _ = expected.setdefault(path, ([], details["input"]))
            if wanted not in alternatives:
                alternatives.append(wanted)
            continue
        problems[Problem((*prefix, *path), _message(details, path, model))] = None
    for path, (alternatives, value) in expected.items():
        wanted = " or ".join(alternatives)
        problems[Problem((*prefix, *path), f"expected {wanted}, got {_given(wanted, value)}")] = None
    return list(problems)


class _Unresolved:
    """Paths of unresolved values, and of the blocks around them, whose rules cannot be judged either."""

    def __init__(self, references: Collection[tuple[str, ...]]) -> None:
        self._values = frozenset(references)
        self._around = frozenset(path[:length] for path in self._values for length in range(len(path) + 1))

    def decides(self, path: tuple[str, ...], details: ErrorDetails) -> bool:
        """Whether an error may go away when the values are resolved."""
        if any(path[:length] in self._values for length in range(len(path) + 1)):
            return True
        return _is_value_rule(details) and path in self._around


def _is_value_rule(details: ErrorDetails) -> bool:
    """Whether a rule of ours refused a value that had the right type."""
    return details["type"] in ("value_error", "assertion_error")


def _path(details: ErrorDetails, raw: Any) -> tuple[str, ...]:
    """Location without the names that pydantic gives to the alternatives of a union and to map keys."""
    path: list[str] = []
    last = len(details["loc"]) - 1
    for index, item in enumerate(details["loc"]):
        raw = unwrapped(raw)
        inside = _inside(raw, item)
        if inside is not _NOWHERE:
            raw = inside
        elif not (index == last and details["type"] in ("missing", "extra_forbidden")):
            continue
        path.append(str(item))
    return tuple(path)


def _inside(raw: Any, item: int | str) -> Any:
    if isinstance(raw, Mapping):
        return raw.get(item, _NOWHERE)
    return raw[item] if isinstance(raw, list) and isinstance(item, int) and item < len(raw) else _NOWHERE


def _wanted(details: ErrorDetails) -> str | None:
    """Say what a type error expected; None for errors of other kinds."""
    kind = details["type"]
    if kind in ("literal_error", "enum"):
        return f"one of {details['ctx']['expected'].replace(' or ', ', ')}"
    return _EXPECTED.get(kind)


def _message(details: ErrorDetails, path: tuple[str, ...], model: type[BaseModel]) -> str:
    kind = details["type"]
    if kind == "extra_forbidden":
        # The decoder takes `enabled` out of optional blocks when it is a boolean, so what arrives here is not one.
        return f"expected true or false, got {_shown(details['input'])}" if path[-1] == "enabled" else _unknown_key(path, model)
    if kind == "missing":
        return "is required"
    if kind in _LIMITS:
        key, words = _LIMITS[kind]
        return f"must be {words} {details['ctx'][key]}, got {_shown(details['input'])}"
    if _is_value_rule(details):
        return details["msg"].partition(", ")[2]
    return details["msg"][:1].lower() + details["msg"][1:]


def _unknown_key(path: tuple[str, ...], model: type[BaseModel]) -> str:
    owner = model_at(model, path[:-1])
    if owner is None:
        return "unknown key"
    valid = sorted(info.alias or name for name, info in owner.model_fields.items())
    if not valid:
        return "unknown key (no keys are valid here)"
    from difflib import get_close_matches

    close = get_close_matches(path[-1], valid, n=1)
    hint = f', did you mean "{close[0]}"?' if close else ""
    return f"unknown key{hint} (valid keys: {', '.join(valid)})"


def model_at(model: type[BaseModel], path: Iterable[str]) -> type[BaseModel] | None:
    """Model that describes the block at `path`; None when it is described by something else."""
    targets: list[Any] = [model]
    for part in path:
        targets = [member for target in targets for member in _step(target, part)]
    models = [target for target in targets if isinstance(target, type) and issubclass(target, BaseModel)]
    return models[0] if models else None


def _step(target: Any, part: str) -> list[Any]:
    if isinstance(target, type) and issubclass(target, BaseModel):
        for name, info in target.model_fields.items():
            if part in (name, info.alias):
                return members(info.annotation)
        return []
    if get_origin(target) in (list, tuple, dict, Mapping) and get_args(target):
        arguments = [argument for argument in get_args(target) if argument is not Ellipsis]
        return members(arguments[-1])
    return []


def _given(wanted: str, value: Any) -> str:
    """Describe the value; what should have been text, or a map of headers, may be a secret and is not shown."""
    if wanted == "text" and isinstance(value, bool | int | float):
        return f"{'true or false' if isinstance(value, bool) else 'a number'}: put it in quotes"
    return "text" if isinstance(value, str) and wanted in ("a map", "a list") else _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
