"""People's code, loaded from a file or a text and applied to requests."""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from otel_agent.pdata.count import count_message
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal
from otel_agent.scripting.batch import Batch

MAX_REASON = 2_000
"""Characters of an error's text."""


class ScriptError(Exception):
    """The code cannot be loaded, or failed; the message says where."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the code is and what it is given; plain values, to be sent to another process."""

    name: str
    """Path of the file, or what tracebacks call a text."""
    text: str
    function: str = "process"
    settings: Mapping[str, Any] = field(default_factory=dict)


class Script:
    """Loaded code."""

    def __init__(self, source: Source) -> None:
        """Run the code once; `ScriptError` when it fails or has no such function."""
        self._source = source
        module = ModuleType("otel_agent_script")
        module.__file__ = source.name
        try:
            exec(compile(source.text, source.name, "exec"), module.__dict__)  # noqa: S102 # running it is the purpose
        except BaseException as error:
            raise ScriptError(reason_of(error, source.name)) from error
        function = getattr(module, source.function, None)
        if not callable(function):
            raise ScriptError(f"{source.name} has no function {source.function}(batch)")
        self._function: Callable[[Batch], object] = function

    def run(self, signal: Signal, data: bytes) -> tuple[bytes, int]:
        """Return the request that the code made of this one, and its items; `ScriptError` when it failed."""
        batch = Batch(signal, parse(signal, data), self._source.settings)
        try:
            returned = self._function(batch)
        except BaseException as error:  # SystemExit, too: it is not theirs to end the collector
            raise ScriptError(reason_of(error, self._source.name)) from error
        if returned is not None:
            what = type(returned).__name__
            raise ScriptError(f"{self._source.name}: {self._source.function} returned {what}; change the batch in place instead")
        request = batch.finish()
        return request.SerializeToString(), count_message(signal, request)


def reason_of(error: BaseException, name: str) -> str:
    """Say what went wrong and in which line of the code."""
    if isinstance(error, SyntaxError) and error.filename == name:
        where = f"line {error.lineno}" + (f", column {error.offset}" if error.offset else "")
        return f"{name}, {where}: {error.msg}"[:MAX_REASON]
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == name]
    where = f"{name}, line {lines[-1]}" if lines else name
    text = str(error)
    return f"{where}: {type(error).__name__}{': ' if text else ''}{text}"[:MAX_REASON]
