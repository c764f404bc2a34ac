"""Follows the API server's version, which says whether native sidecars can be used; clusters are upgraded under us."""

import asyncio
import logging

from otel_operator.errors import ApiError
from otel_operator.inject.sidecar.native import has_native_sidecars
from otel_operator.kube.client import KubeClient

_AGAIN_SECONDS, _RETRY_SECONDS = 600.0, 5.0
_log = logging.getLogger(__name__)


class NativeSidecars:
    """Called, it tells whether to use them. With `forced` nothing is asked."""

    def __init__(self, client: KubeClient, forced: bool | None = None) -> None:
        self._client, self._forced = client, forced
        self._found = forced or False
        self.known = asyncio.Event()
        if forced is not None:
            self.known.set()

    def __call__(self) -> bool:
        """Tell whether to use native sidecars; meaningful once `known` is set."""
        return self._found

    async def run(self) -> None:
        """Look at the version now and then until cancelled."""
        while self._forced is None:
            try:
                version = await self._client.server_version()
            except ApiError as error:
                _log.warning("version of the API server not read, trying again: %s", error)
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            found = has_native_sidecars(version)
            if found != self._found or not self.known.is_set():
                _log.info("Kubernetes %s: native sidecars %s", version.get("gitVersion"), "used" if found else "not used")
            self._found = found
            self.known.set()
            await asyncio.sleep(_AGAIN_SECONDS)
