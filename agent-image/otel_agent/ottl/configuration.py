"""What the configurations of components with OTTL have in common."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator

from otel_agent.config.featuregates import process_gates
from otel_agent.ottl.contexts.context import CONTEXTS
from otel_agent.ottl.program import ErrorMode

Context = str
"""Name of a context; empty to have it inferred."""


def _error_mode(raw: Any) -> Any:
    if not isinstance(raw, str):
        return raw
    mode = next((mode for mode in ErrorMode if mode.value == raw.lower()), None)
    if mode is None:
        raise ValueError(f"unknown error mode {raw!r}; known: {', '.join(ErrorMode)}")
    return mode


Mode = Annotated[ErrorMode, BeforeValidator(_error_mode)]
"""An error mode, in upper or lower case."""


def default_mode(gate: str) -> ErrorMode:
    """Return the error mode of a component that sets none: ignore, unless its gate is turned off."""
    return ErrorMode.IGNORE if process_gates().enabled(gate) else ErrorMode.PROPAGATE


_SHOWN = 5
"""Mistakes that are shown at once."""


def checked_context(context: str) -> str:
    """Return the name of a context in lower case; ValueError for one that is unknown, or not supported."""
    name = context.lower()
    if name == "profile":
        refuse_profiles([context])
    if name and name not in CONTEXTS:
        raise ValueError(f"unknown context {context!r}; known: {', '.join(CONTEXTS)}")
    return name


def refuse_profiles(given: list[Any]) -> list[Any]:
    """ValueError for anything that is about profiles."""
    if given:
        raise ValueError("profiles are not supported: this collector has pipelines for traces, metrics and logs")
    return given


def gathered(raw: Any, name: str) -> Any:
    """Make one group, the last one, of members that are text; ValueError for groups behind them."""
    if not isinstance(raw, list):
        return raw
    groups: list[Any] = []
    texts: list[str] = []
    for number, member in enumerate(raw):
        if member is None:
            raise ValueError(f"member {number} is empty")
        if isinstance(member, str):
            texts.append(member)
        elif texts:
            raise ValueError(f"member {number} is a group behind members that are text; put it before them, or all in groups")
        else:
            groups.append(member)
    return [*groups, {name: texts}] if texts else groups


def raise_mistakes(mistakes: Sequence[str]) -> None:
    """Raise a ValueError with the mistakes, if there are any."""
    if mistakes:
        rest = len(mistakes) - _SHOWN
        raise ValueError("; ".join(mistakes[:_SHOWN]) + (f"; and {rest} more" if rest > 0 else ""))
