"""Lists and watches the metadata of objects of one kind: of pods, a tenth of what full objects cost to send and to parse.

Kopf can only watch full objects. A watch goes on from where the last one ended; where the API server has forgotten that (410),
everything is listed anew, so what is told is complete after every list.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Set
from urllib.parse import urlencode

import aiohttp

from otel_operator.errors import ApiError, Gone, OperatorError
from otel_operator.json_types import JsonObject
from otel_operator.kinds import Kind
from otel_operator.kube.client import KubeClient, accepted
from otel_operator.kube.connection import Connection

_WATCH_SECONDS = 290
_SLOWEST_ANSWER = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_log = logging.getLogger(__name__)


class MetadataWatch:
    """Tells `changed` of each object and of each change (True: deleted); it must not fail.

    `labels` and `fields` select; an object that stops to match is told as deleted. After a list, `listed` is told the namespaces
    and names of all that there is: what it does not name is gone.
    """

    def __init__(
        self,
        client: KubeClient,
        connection: Connection,
        kind: Kind,
        namespace: str | None,
        *,
        listed: Callable[[Set[tuple[str, str]]], None],
        changed: Callable[[JsonObject, bool], None],
        labels: str = "",
        fields: str = "",
    ) -> None:
        self._client, self._connection = client, connection
        self._kind, self._namespace, self._path = kind, namespace, kind.path(namespace)
        self._listed, self._changed = listed, changed
        self._selection = {"labelSelector": labels, "fieldSelector": fields}
        self._version = ""

    async def list(self) -> None:
        """List everything once, a page at a time in memory. Raises ApiError."""
        names: set[tuple[str, str]] = set()
        async for page in self._client.pages(self._kind, self._namespace, self._selection, metadata_only=True):
            for obj in page.items:
                names.add((str(obj["metadata"].get("namespace") or ""), str(obj["metadata"]["name"])))
                self._changed(obj, False)
            version = page.version
        self._version = version
        self._listed(names)

    async def run(self) -> None:
        """Watch for ever, listing first unless that has been done; failures are logged and tried again, ever more rarely."""
        pause = _FIRST_PAUSE
        async with self._connection.session() as session:
            while True:
                try:
                    if not self._version:
                        await self.list()
                    began = asyncio.get_running_loop().time()
                    await self._follow(session)
                    pause = _FIRST_PAUSE
                    if asyncio.get_running_loop().time() - began > _FIRST_PAUSE:
                        continue  # a server that ends watches at once must not be asked without a pause
                except Gone:
                    self._version = ""
                except (OperatorError, aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                    _log.warning("watch of %s broke, again in %g s: %s: %s", self._path, pause, type(error).__name__, error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def _follow(self, session: aiohttp.ClientSession) -> None:
        """Take in changes until the server ends the watch, as it does every few minutes."""
        query = {
            **self._selection,
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": self._version,
            "timeoutSeconds": str(_WATCH_SECONDS),
        }
        url = f"{self._connection.server}{self._path}?{urlencode(query)}"
        timeout = aiohttp.ClientTimeout(total=_WATCH_SECONDS + _SLOWEST_ANSWER, sock_connect=_SLOWEST_ANSWER)
        async with session.get(url, headers={"Accept": accepted(metadata_only=True)}, timeout=timeout) as response:
            if response.status != 200:
                said = (await response.text())[:500]
                raise (Gone if response.status == 410 else ApiError)(f"WATCH {self._path}", response.status, "Refused", said)
            async for line in response.content:
                self._take_in(json.loads(line))

    def _take_in(self, event: JsonObject) -> None:
        kind, obj = event.get("type"), event.get("object") or {}
        if kind == "ERROR":
            code = int(obj.get("code") or 0)
            error = Gone if code == 410 else ApiError
            raise error(f"WATCH {self._path}", code, str(obj.get("reason")), str(obj.get("message")))
        self._version = str(obj["metadata"].get("resourceVersion") or self._version)
        if kind != "BOOKMARK":
            self._changed(obj, kind == "DELETED")
