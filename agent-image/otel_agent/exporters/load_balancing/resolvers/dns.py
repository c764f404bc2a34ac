"""Backends that are the addresses of one name, such as a headless Service's."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence

from otel_agent.exporters.load_balancing.addresses import bracketed
from otel_agent.exporters.load_balancing.config import DnsResolverConfig
from otel_agent.exporters.load_balancing.resolvers import Findings

_INTERVAL = 5.0
_TIMEOUT = 1.0

Lookup = Callable[[str], Awaitable[Sequence[str]]]
"""Addresses of a name; OSError when there are none or nobody answers."""


async def system_lookup(name: str) -> Sequence[str]:
    """Ask the system's resolver, in a thread."""
    found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class DnsResolver:
    """Asks at every interval. An answer that is late is waited for in place of a new question, so there is never but one."""

    name = "dns"

    def __init__(self, config: DnsResolverConfig, lookup: Lookup = system_lookup) -> None:
        self._config = config
        self._port = str(config.port)
        self._interval = config.interval or _INTERVAL
        self._timeout = config.timeout or _TIMEOUT
        self._lookup = lookup
        self.patience = self._timeout

    async def run(self, findings: Findings) -> None:
        """Ask until cancelled."""
        asking: asyncio.Future[Sequence[str]] | None = None
        try:
            while True:
                asking = asking or asyncio.ensure_future(self._lookup(self._config.hostname))
                done, _ = await asyncio.wait((asking,), timeout=self._timeout)
                if not done:
                    findings.failed(f"{self._config.hostname}: no answer within {self._timeout:g}s")
                else:
                    await self._tell(asking, findings)
                    asking = None
                await asyncio.sleep(self._interval)
        finally:
            if asking is not None:
                asking.cancel()

    async def _tell(self, answer: asyncio.Future[Sequence[str]], findings: Findings) -> None:
        try:
            addresses = answer.result()
        except (OSError, UnicodeError) as error:
            findings.failed(f"{self._config.hostname}: {error}")
        else:
            await findings.found(sorted({self._endpoint(address) for address in addresses}))

    def _endpoint(self, address: str) -> str:
        host = bracketed(address)
        return f"{host}:{self._port}" if self._port else host
