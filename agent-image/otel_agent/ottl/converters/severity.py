"""ParseSeverity: a log's own level as one of the names of a mapping.

    ParseSeverity(attributes["level"], {"error": [{"equals": ["err"]}, {"range": "5xx"}]})

The mapping has, by name, a list of criteria: `{"equals": ["err", "error"]}` for text, `{"range": {"min": 3, "max": 5}}` or
`{"range": "5xx"}` for integers (both ends belong to the range).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import EvaluationError, Value, type_name

_HTTP = {f"{hundred}xx": (hundred * 100, hundred * 100 + 99) for hundred in (2, 3, 4, 5)}


@dataclass(frozen=True, slots=True)
class Criterion:
    """Texts and a range of integers, any of which a value may match."""

    equals: frozenset[str] = frozenset()
    span: tuple[int, int] | None = None

    def takes(self, value: str | int) -> bool:
        """Whether the value is one of the texts or in the range."""
        if isinstance(value, str):
            return value in self.equals
        return self.span is not None and self.span[0] <= value <= self.span[1]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mapping that cannot be used: an error of every evaluation, as in the Go collector, and not of the start."""

    reason: str


Levels = Mapping[str, tuple[Criterion, ...]]


def read_mapping(mapping: Mapping[str, Value]) -> Levels | Mistake:
    """Read the mapping as it is written out in the statement."""
    try:
        return {level: _criteria(level, criteria) for level, criteria in mapping.items()}
    except ValueError as error:
        return Mistake(str(error))


def _criteria(level: str, criteria: Value) -> tuple[Criterion, ...]:
    if not isinstance(criteria, list) or not all(isinstance(criterion, dict) for criterion in criteria):
        raise ValueError(f"the criteria of {level!r} have to be a list of maps")
    return tuple(_criterion(level, criterion) for criterion in criteria)


def _criterion(level: str, criterion: Mapping[str, Value]) -> Criterion:
    equals = criterion.get("equals", [])
    if not isinstance(equals, list) or not all(isinstance(text, str) for text in equals):
        raise ValueError(f"equals of {level!r} has to be a list of strings")
    return Criterion(frozenset(equals), _range(level, criterion["range"]) if "range" in criterion else None)


def _range(level: str, span: Value) -> tuple[int, int]:
    if isinstance(span, str) and span in _HTTP:
        return _HTTP[span]
    if isinstance(span, dict) and type(span.get("min")) is int and type(span.get("max")) is int:
        return span["min"], span["max"]
    raise ValueError(f"range of {level!r} has to be a map with the integers min and max, or one of {', '.join(_HTTP)}")


def parse_severity(target: Value, levels: Levels | Mistake) -> str:
    """Return the first name with a criterion that takes the value; EvaluationError where none does."""
    if isinstance(levels, Mistake):
        raise EvaluationError(f"ParseSeverity: {levels.reason}")
    if type(target) not in (str, int):
        if any(levels.values()):
            raise EvaluationError(f"ParseSeverity: a level is a string or an integer, not a {type_name(target)}")
    else:
        for level, criteria in levels.items():
            if any(criterion.takes(target) for criterion in criteria):
                return level
    raise EvaluationError(f"ParseSeverity: no level fits {str(target)[:64]!r}")


FUNCTIONS: tuple[Function, ...] = (
    Function(
        "ParseSeverity",
        (Parameter("target"), Parameter("mapping", Kind.MAP, literal=True, compiled=read_mapping)),
        parse_severity,
    ),
)
