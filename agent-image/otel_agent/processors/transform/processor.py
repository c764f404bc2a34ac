"""The transform processor: programs of the kernel where the statements have one, the decoded request where not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from otel_agent.ottl.columns import columns_of
from otel_agent.ottl.editors import FUNCTIONS as EDITOR_FUNCTIONS
from otel_agent.ottl.item import Item
from otel_agent.ottl.lowering import Lowering
from otel_agent.ottl.program import ErrorMode, Failed, any_condition, run_statements
from otel_agent.ottl.reporting import FailureLog
from otel_agent.ottl.rows import RowProgram
from otel_agent.ottl.walk import walk
from otel_agent.pdata import kernel
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.program import EditProgram, Step
from otel_agent.pdata.telemetry import ClientInfo, Signal, Telemetry
from otel_agent.pipeline.component import BuildContext
from otel_agent.pipeline.errors import PermanentError
from otel_agent.pipeline.rewriting import RewritingProcessor
from otel_agent.processors.transform.config import TransformConfig
from otel_agent.processors.transform.flattening import flatten, join
from otel_agent.processors.transform.plan import Group, compiler, plan

EDITORS = frozenset(function.name for function in EDITOR_FUNCTIONS)
"""Those that do nothing but read and set their target."""


def runner(group: Group, failures: FailureLog) -> Callable[[Item], None]:
    """Return a function that runs the group on an item."""
    run = run_statements(group.statements, group.mode, failures.report)
    if not group.conditions:
        return run
    test = any_condition(group.conditions, group.mode, failures.report)

    def run_if(item: Item) -> None:
        if test(item):
            run(item)

    return run_if


class Rows:
    """One group, run on values that the kernel takes out and puts back."""

    def __init__(self, program: RowProgram, shared_cache: bool) -> None:
        self._program = program
        self._shared_cache = shared_cache

    def edit(self, data: bytes, client: ClientInfo) -> bytes:
        """Return the changed request."""
        return self._program.edit(data, client, {} if self._shared_cache else None)


class Statements:
    """One group, run on a decoded request."""

    def __init__(self, signal: Signal, group: Group, failures: FailureLog) -> None:
        self._signal = signal
        self._context = group.context
        self._run = runner(group, failures)
        self._shared_cache = group.shared_cache

    def apply(self, request: Any, client: ClientInfo) -> None:
        """Change the request."""
        cache: dict[str, Any] | None = {} if self._shared_cache else None
        item: Item
        for item in walk(self._signal, self._context, request, client):
            if cache is not None:
                item.cache = cache
            self._run(item)


Stage = EditProgram | Rows | Statements


class TransformProcessor(RewritingProcessor):
    """One pipeline's statements."""

    def __init__(self, config: TransformConfig, context: BuildContext) -> None:
        super().__init__(context)
        assert context.signal is not None
        self._signal = context.signal
        self._log = context.logger
        self._failures = FailureLog(context.logger, "statement")
        self._stages: list[Stage] = [stage for group in plan(config, context.signal) for stage in self._stages_of(group)]
        self._counts = context.signal is Signal.METRICS and any(isinstance(stage, Statements) for stage in self._stages)
        """Statements about metrics may add and merge data points; nothing else changes how many items there are."""
        self._flatten = config.flatten_data and context.signal is Signal.LOGS

    @property
    def ways(self) -> list[str]:
        """How the statements run, group by group: "native", as a program of the kernel, "rows" or "decoded"."""
        names: dict[type, str] = {Rows: "rows", Statements: "decoded"}
        return [names.get(type(stage), "native") for stage in self._stages]

    def rewrite(self, telemetry: Telemetry) -> Telemetry | None:
        """Return the changed request."""
        try:
            data = self._transform(telemetry.data, telemetry.client)
        except Failed as error:
            self._log.error("Failed to transform a request", extra={"error": str(error), "items": telemetry.items})
            raise PermanentError(str(error)) from error
        except InvalidTelemetry as error:
            raise PermanentError(str(error)) from error
        if data is telemetry.data:
            return telemetry
        items = kernel.count(self._signal, data) if self._counts else telemetry.items
        return Telemetry(self._signal, data, items, telemetry.client, telemetry.deadline)

    def _transform(self, data: bytes, client: ClientInfo) -> bytes:
        request: Any = None
        if self._flatten:
            request = _parse(self._signal, data)
            flatten(request)
        for stage in self._stages:
            if isinstance(stage, Statements):
                request = _parse(self._signal, data) if request is None else request
                stage.apply(request, client)
                continue
            if request is not None:
                data, request = request.SerializeToString(), None
            data = stage.edit(data, client) if isinstance(stage, Rows) else stage.edit(data)
        if self._flatten:
            request = _parse(self._signal, data) if request is None else request
            join(request)
        return data if request is None else request.SerializeToString()

    def _stages_of(self, group: Group) -> list[Stage]:
        program = self._lowered(group)
        return [program] if program is not None else self._in_parts(group) or [Statements(self._signal, group, self._failures)]

    def _in_parts(self, group: Group) -> list[Stage] | None:
        """Run as rows what is no program, and what stands before and behind it as programs; None for what has no rows.

        Statements in rows and programs change nothing but the item, so that all items may pass one before the first passes the
        next. Conditions of the group are about the item before the first statement, and keep the statements together.
        """
        statements = group.statements
        programs = [not group.conditions and self._lowered(replace(group, statements=(one,))) is not None for one in statements]
        if all(programs):
            return None
        first, last = programs.index(False), len(programs) - programs[::-1].index(False)
        stages: list[Stage] = []
        for make, part in (
            (self._lowered, statements[:first]),
            (self._rows, statements[first:last]),
            (self._lowered, statements[last:]),
        ):
            stage = make(replace(group, statements=part)) if part else None
            if part and stage is None:
                return None
            if stage is not None:
                stages.append(stage)
        return stages

    def _rows(self, group: Group) -> Rows | None:
        made, trees = compiler(group.context), [statement.tree for statement in group.statements]
        columns = columns_of(made.context, trees, [one.tree for one in group.conditions], made.functions, EDITORS)
        if columns is None or kernel.NATIVE is None:
            return None
        return Rows(RowProgram(kernel.NATIVE, self._signal, columns, runner(group, self._failures)), group.shared_cache)

    def _lowered(self, group: Group) -> EditProgram | None:
        lowering = Lowering(compiler(group.context), strict=group.mode is ErrorMode.PROPAGATE)
        guard = [lowering.condition(condition.tree) for condition in group.conditions]
        steps: list[Step] = []
        for statement in group.statements:
            step = lowering.statement(statement.tree)
            if step is None or None in guard or (guard and len(group.statements) > 1):
                return None  # conditions of the group are about the item before the first statement
            edit, condition = step
            if guard:
                condition = ("or", *guard) if condition is None else ("and", ("or", *guard), condition)
            steps.append((edit, condition))
        try:
            return kernel.compile_edits(self._signal, group.context, steps)
        except ValueError:
            return None  # nested deeper than the kernel takes, or a pattern that its engine does not: Python does it


def _parse(signal: Signal, data: bytes) -> Any:
    """Decode a request in full; the library is loaded when the first one is."""
    from otel_agent.pdata.messages import parse

    return parse(signal, data)
