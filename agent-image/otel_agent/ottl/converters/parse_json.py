"""ParseJSON: a JSON object or array as a map or list; every number is a double."""

import json
import math
import re
from typing import NoReturn

from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import EvaluationError, Value

_SURROGATE = re.compile("[\ud800-\udfff]")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {text[:32]} is too large")
    return number


_DECODER = json.JSONDecoder(parse_int=_number, parse_float=_number, parse_constant=_no_constant)


def parse_json(target: str) -> Value:
    """Return the map or list; a key that occurs twice has its last value, half a surrogate pair becomes U+FFFD."""
    try:
        value = _DECODER.decode(target)
    except ValueError as error:
        raise EvaluationError(f"ParseJSON: {error}") from error
    except RecursionError as error:
        raise EvaluationError("ParseJSON: too deeply nested") from error
    if not isinstance(value, (dict, list)):
        raise EvaluationError("ParseJSON: the text is neither an object nor an array")
    return _repaired(value) if "\\u" in target else value


def _repaired(value: Value) -> Value:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_SURROGATE.sub("\ufffd", key): _repaired(member) for key, member in value.items()}
    return [_repaired(member) for member in value] if isinstance(value, list) else value


FUNCTIONS: tuple[Function, ...] = (Function("ParseJSON", (Parameter("target", Kind.STRING),), parse_json),)
