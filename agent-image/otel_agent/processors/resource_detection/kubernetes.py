"""The API server of the cluster that the collector runs in, by the pod's service account."""

import asyncio
import os
import ssl
from pathlib import Path
from typing import Any

from otel_agent.processors.resource_detection.detector import DetectionError
from otel_agent.processors.resource_detection.fetch import Fetcher

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class KubernetesApi:
    """Gets objects. Without an address, that of the environment; without a token, that of the service account."""

    def __init__(
        self,
        timeout: float,
        *,
        authenticate: bool = True,
        address: str = "",
        token: str = "",
        ca_file: str = "",
        verify: bool = True,
        account: Path = SERVICE_ACCOUNT,
    ) -> None:
        self._timeout = timeout
        self._authenticate = authenticate
        self._address = address.rstrip("/")
        self._token = token
        self._ca_file = ca_file
        self._verify = verify
        self._account = account

    async def get(self, path: str) -> dict[str, Any]:
        """Return the object at a path such as /api/v1/nodes/a; DetectionError outside of a cluster, FetchError for no answer."""
        address = self._address or in_cluster_address()
        headers = {"Accept": "application/json"}
        if self._authenticate:
            headers["Authorization"] = f"Bearer {self._token or await asyncio.to_thread(self._read_token)}"
        tls = await asyncio.to_thread(self._tls) if address.startswith("https://") else None
        fetcher = Fetcher(self._timeout, tls=tls)
        try:
            return await fetcher.mapping(f"{address}{path}", headers)
        finally:
            await fetcher.close()

    def _read_token(self) -> str:
        path = self._account / "token"
        try:
            return path.read_text().strip()
        except OSError as error:
            raise DetectionError(f"the service account's token cannot be read: {error}") from error

    def _tls(self) -> ssl.SSLContext:
        ca_file = Path(self._ca_file) if self._ca_file else self._account / "ca.crt"
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file.exists() else None)
        if not self._verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def in_cluster_address() -> str:
    """Return the URL that every pod is given; DetectionError outside of one."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    if not host:
        raise DetectionError("KUBERNETES_SERVICE_HOST is not set: the collector does not run in a cluster")
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


def is_in_cluster() -> bool:
    """Whether the collector runs in a pod."""
    return bool(os.environ.get("KUBERNETES_SERVICE_HOST"))
