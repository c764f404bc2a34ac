"""The API server of the cluster that the collector runs in, as detectors ask it: now and then, and not before they run."""

from collections.abc import Awaitable, Callable
from logging import Logger
from pathlib import Path
from typing import Any, TypeVar

from otel_agent.config.blocks.tls import TlsClientConfig
from otel_agent.kube.access import Headers, KubeAccess, bearer, bearer_in
from otel_agent.kube.client import KubeClient
from otel_agent.kube.pod import SERVICE_ACCOUNT, server_of_cluster
from otel_agent.pipeline.errors import StartError
from otel_agent.processors.resource_detection.detector import DetectionError
from otel_agent.transport.tls import ClientTls
from otel_agent.transport.watched_file import WatchedFile

T = TypeVar("T")


class KubernetesApi:
    """Gets objects. Without an address, that of the environment; without a token, that of the service account."""

    def __init__(
        self,
        timeout: float,
        logger: Logger,
        *,
        authenticate: bool = True,
        address: str = "",
        token: str = "",
        ca_file: str = "",
        verify: bool = True,
        account: Path = SERVICE_ACCOUNT,
    ) -> None:
        self._timeout = timeout
        self._logger = logger
        self._authenticate = authenticate
        self._address = address.rstrip("/")
        self._token = token
        self._ca_file = ca_file
        self._verify = verify
        self._account = account

    async def get(self, path: str) -> dict[str, Any]:
        """Return the object at a path such as /api/v1/nodes/a; `DetectionError` outside of a cluster, else `KubeError`."""
        return await self._ask(lambda client: client.get(path))

    async def uid(self, path: str) -> str:
        """Return the uid of the object at a path; errors as with `get`."""
        return await self._ask(lambda client: client.uid(path))

    async def _ask(self, question: Callable[[KubeClient], Awaitable[T]]) -> T:
        try:
            client = KubeClient(self._access(), self._timeout)
        except StartError as error:
            raise DetectionError(str(error)) from error
        try:
            return await question(client)
        finally:
            await client.aclose()

    def _access(self) -> KubeAccess:
        server = self._address or server_of_cluster()
        if not server:
            raise DetectionError("KUBERNETES_SERVICE_HOST is not set: the collector does not run in a cluster")
        ca_file = Path(self._ca_file) if self._ca_file else self._account / "ca.crt"
        tls = TlsClientConfig(ca_file=str(ca_file) if ca_file.exists() else "", insecure_skip_verify=not self._verify)
        context = ClientTls(tls, self._logger) if server.startswith("https://") else None
        return KubeAccess(server, context, self._headers(), follow_redirects=False)

    def _headers(self) -> Headers:
        if not self._authenticate:
            return dict
        if self._token:
            return bearer(self._token)
        return bearer_in(WatchedFile("the service account's token", str(self._account / "token"), self._logger))
