"""The program of a list of actions, made anew for senders whose context gives other values."""

from collections import OrderedDict
from collections.abc import Sequence

from otel_agent.config.blocks.attribute_actions import AttributeAction
from otel_agent.config.featuregates import HASH_SHA256, process_gates
from otel_agent.pdata import kernel
from otel_agent.pdata.program import Condition, EditProgram
from otel_agent.pdata.telemetry import NO_CLIENT, Signal, Telemetry
from otel_agent.pipeline.attribute_actions import compile_actions, context_values

_KEPT = 256
"""Programs kept for senders; the one not used for longest goes first. Making one again takes a millisecond at most."""

Values = tuple[str | None, ...]


class ProgramForClient:
    """Edits requests. Without from_context there is one program, otherwise one for each combination of the values taken."""

    def __init__(
        self,
        signal: Signal,
        level: str,
        actions: Sequence[AttributeAction],
        choice: Condition | None = None,
    ) -> None:
        """`level` is that of pdata.program; `choice` says which messages are edited. ValueError for a pattern that is none."""
        self._signal = signal
        self._level = level
        self._actions = actions
        self._choice = choice
        self._algorithm = "sha256" if process_gates().enabled(HASH_SHA256) else "sha1"
        self._keys = tuple(dict.fromkeys(action.from_context for action in actions if action.from_context))
        self._programs: OrderedDict[Values, EditProgram] = OrderedDict()
        self._first = self._compile(context_values(self._keys, NO_CLIENT))

    def edit(self, telemetry: Telemetry) -> bytes:
        """Return the edited request; its own bytes when nothing changes."""
        if not self._keys:
            return self._first.edit(telemetry.data)
        return self._program(context_values(self._keys, telemetry.client)).edit(telemetry.data)

    def _program(self, values: Values) -> EditProgram:
        program = self._programs.get(values)
        if program is not None:
            self._programs.move_to_end(values)
            return program
        program = self._programs[values] = self._compile(values)
        if len(self._programs) > _KEPT:
            self._programs.popitem(last=False)
        return program

    def _compile(self, values: Values) -> EditProgram:
        context = dict(zip(self._keys, values, strict=True))
        steps = compile_actions(self._level, self._actions, context, self._algorithm)
        return kernel.compile_edits(self._signal, self._level, steps, self._choice)
