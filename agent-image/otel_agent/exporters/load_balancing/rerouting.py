"""Gives what a backend could not send any more to the others."""

import asyncio

from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.errors import RetryableError
from otel_agent.pipeline.sending import Peer

_FIRST_WAIT = 0.05
_LONGEST_WAIT = 1.0


class Rerouting:
    """A consumer that tries again while the others have no room, until its time is up; then each request is tried once."""

    def __init__(self, peer: Peer, seconds: float) -> None:
        self._peer = peer
        self._deadline = asyncio.get_running_loop().time() + seconds

    async def consume(self, telemetry: Telemetry) -> None:
        """Hand on; raises what the last attempt did."""
        loop = asyncio.get_running_loop()
        wait = _FIRST_WAIT
        while True:
            try:
                await self._peer.push(telemetry)
            except RetryableError as error:
                if loop.time() + wait > self._deadline:
                    raise
                telemetry = error.failed or telemetry
            else:
                return
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)
