"""The frame of processors that turn each request into another one at once, without waiting for anything."""

from abc import ABC, abstractmethod

from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.prompt import prompt


class RewritingProcessor(ABC):
    """Hands on what `rewrite` makes of a request; nothing where that is None."""

    overlaps = True

    def __init__(self, context: BuildContext) -> None:
        assert context.signal is not None
        self._downstream = context.consumers[context.signal]
        self._pass_now = prompt(self._downstream)
        self._refused: tuple[Telemetry, Telemetry] | None = None
        """What was rewritten last and could not be passed on without waiting: `consume` comes next and need not do it again."""

    @abstractmethod
    def rewrite(self, telemetry: Telemetry) -> Telemetry | None:
        """Return the new request, None for one with nothing left in it; or raise `ConsumeError`."""

    def passed_on(self, before: Telemetry, after: Telemetry | None) -> None:  # noqa: B027 -- most have nothing to count
        """Count a request that was taken; called once for each, in either way of consuming."""

    async def start(self, host: Host) -> None:  # noqa: B027 -- most have nothing to begin
        """Nothing to begin."""

    async def shutdown(self) -> None:  # noqa: B027 -- nor to end
        """Nothing to end."""

    async def consume(self, telemetry: Telemetry) -> None:
        """Rewrite and pass on."""
        refused, self._refused = self._refused, None
        rewritten = refused[1] if refused is not None and refused[0] is telemetry else self.rewrite(telemetry)
        self.passed_on(telemetry, rewritten)
        if rewritten is not None:
            await self._downstream.consume(rewritten)

    def consume_now(self, telemetry: Telemetry) -> bool:
        """Rewrite and pass on if what comes next need not wait."""
        rewritten = self.rewrite(telemetry)
        if rewritten is not None:
            try:
                taken = self._pass_now(rewritten)
            except BaseException:
                self.passed_on(telemetry, rewritten)
                raise
            if not taken:
                self._refused = (telemetry, rewritten)
                return False
        self.passed_on(telemetry, rewritten)
        return True
