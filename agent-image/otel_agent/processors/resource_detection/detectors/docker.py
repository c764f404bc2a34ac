"""Detector docker: the daemon on its socket."""

import os
import socket

from otel_agent.processors.resource_detection.detector import DetectionError, Found, given
from otel_agent.processors.resource_detection.fetch import Fetcher

SOCKET = "unix:///var/run/docker.sock"


class DockerDetector:
    """Asks the daemon that DOCKER_HOST names, and about the container that has our host name."""

    def __init__(self, timeout: float, *, container: bool) -> None:
        self._timeout = timeout
        self._container = container

    async def detect(self) -> Found:
        """Return the daemon's host, and the container where wanted."""
        address = os.environ.get("DOCKER_HOST", SOCKET)
        scheme, _, rest = address.partition("://")
        if scheme not in ("unix", "tcp", "http"):
            raise DetectionError(f"DOCKER_HOST {address} is none of unix://, tcp:// and http://")
        fetcher = Fetcher(self._timeout, unix_socket=rest if scheme == "unix" else "")
        base = "http://docker" if scheme == "unix" else f"http://{rest.rstrip('/')}"
        try:
            info = await fetcher.mapping(f"{base}/info")
            found = {"host.name": info.get("Name"), "os.type": str(info.get("OSType", "")).lower()}
            if self._container:
                container = await fetcher.mapping(f"{base}/containers/{socket.gethostname()}/json")
                found["container.name"] = str(container.get("Name", "")).lstrip("/")
                found["container.image.name"] = (container.get("Config") or {}).get("Image")
            return given(found)
        finally:
            await fetcher.close()
