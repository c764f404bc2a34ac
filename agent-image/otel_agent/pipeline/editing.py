"""A processor that changes each request on its own and passes it on: it holds nothing and never waits."""

from collections.abc import Callable

from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import PermanentError
from otel_agent.pipeline.prompt import prompt

Edit = Callable[[Telemetry], bytes]
"""Returns the request with another content and as many items; the same object for one that stays as it is."""


class EditingProcessor:
    """One pipeline's processor. PermanentError for a request that cannot be read."""

    overlaps = True

    def __init__(self, context: BuildContext, edit: Edit) -> None:
        assert context.signal is not None
        self._id = context.id
        self._edit = edit
        self._downstream = context.consumers[context.signal]
        self._pass_now = prompt(self._downstream)
        self._waiting: tuple[Telemetry, Telemetry] | None = None
        """A request that was edited in vain because what comes next would have waited, and its edited form."""

    async def start(self, host: Host) -> None:
        """Nothing to start."""

    async def shutdown(self) -> None:
        """Nothing is held."""

    async def consume(self, telemetry: Telemetry) -> None:
        """Edit and pass on."""
        await self._downstream.consume(self._edited(telemetry))

    def consume_now(self, telemetry: Telemetry) -> bool:
        """Edit and pass on if what comes next does not wait; if it does, `consume` finds the edited request."""
        edited = self._edited(telemetry)
        if self._pass_now(edited):
            return True
        self._waiting = (telemetry, edited)
        return False

    def _edited(self, telemetry: Telemetry) -> Telemetry:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and waiting[0] is telemetry:
            return waiting[1]
        try:
            data = self._edit(telemetry)
        except InvalidTelemetry as error:
            raise PermanentError(f'processor "{self._id}" cannot read the request: {error}') from error
        if data is telemetry.data:
            return telemetry
        return Telemetry(telemetry.signal, data, telemetry.items, telemetry.client, telemetry.deadline)
