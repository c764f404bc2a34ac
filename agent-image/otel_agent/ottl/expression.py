"""What the syntax tree is compiled to: functions of an item."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from otel_agent.ottl.values import Value

Get = Callable[[Any], Value]
Test = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that is the same for every item."""

    value: Value

    def __call__(self, _: Any) -> Value:
        """Return the value, whatever the item."""
        return self.value
