"""Detector consul: the agent of Consul on this host."""

import asyncio
import os
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlencode

from otel_agent.processors.resource_detection.detector import DetectionError, Found, given
from otel_agent.processors.resource_detection.fetch import Fetcher

ADDRESS = "127.0.0.1:8500"


class ConsulDetector:
    """The node's name, id and data centre, and metadata of the names that are asked for."""

    def __init__(
        self, timeout: float, *, address: str, datacenter: str, namespace: str, token: str, token_file: str, meta: Collection[str]
    ) -> None:
        self._timeout = timeout
        self._address = address or os.environ.get("CONSUL_HTTP_ADDR") or ADDRESS
        self._query = {key: value for key, value in (("dc", datacenter), ("ns", namespace)) if value}
        self._token = token
        self._token_file = token_file
        self._meta = meta

    async def detect(self) -> Found:
        """Return what the agent says of itself."""
        base = self._address if "://" in self._address else f"http://{self._address}"
        query = f"?{urlencode(self._query)}" if self._query else ""
        token = self._token or await self._read_token()
        fetcher = Fetcher(self._timeout)
        try:
            answer = await fetcher.mapping(
                f"{base.rstrip('/')}/v1/agent/self{query}", {"X-Consul-Token": token} if token else None
            )
        finally:
            await fetcher.close()
        config, meta = answer.get("Config") or {}, answer.get("Meta") or {}
        found = given(
            {"host.name": config.get("NodeName"), "cloud.region": config.get("Datacenter"), "host.id": config.get("NodeID")}
        )
        return {**found, **{key: str(meta[key]) for key in self._meta if key in meta}}

    async def _read_token(self) -> str:
        if not self._token_file:
            return os.environ.get("CONSUL_HTTP_TOKEN", "")
        try:
            return (await asyncio.to_thread(Path(self._token_file).read_text)).strip()
        except OSError as error:
            raise DetectionError(f"token_file {self._token_file} cannot be read: {error}") from error
