"""The zpages extension: diagnostic pages of this collector, made when they are asked for."""

import logging

from otel_agent.config.blocks.listen_address import parse_tcp_endpoint
from otel_agent.config.featuregates import process_gates
from otel_agent.extensions.zpages import pages
from otel_agent.extensions.zpages.config import ZPagesConfig
from otel_agent.pipeline.component import Host, InspectableHost
from otel_agent.pipeline.errors import StartError
from otel_agent.telemetry.admin import AdminServer, Reply
from otel_agent.transport.tls import ServerTls

_HTML = "text/html"


class ZPages:
    """Serves /debug/… on one address."""

    def __init__(self, config: ZPagesConfig, logger: logging.Logger) -> None:
        self._config = config
        self._logger = logger
        self._server: AdminServer | None = None

    @property
    def port(self) -> int:
        """The bound port, once started."""
        assert self._server is not None
        return self._server.port

    async def start(self, host: Host) -> None:
        """Begin to answer. `StartError` for settings that would be a false promise here, OSError for a taken port."""
        config = self._config
        if config.auth is not None or config.middlewares:
            raise StartError("auth and middlewares are not supported by zpages: remove them and keep the endpoint on localhost")
        if not isinstance(host, InspectableHost):
            raise StartError("zpages needs a collector that shows its parts")
        overview = host.overview
        routes = {
            "/debug/servicez": lambda: Reply(pages.service(overview), _HTML),
            "/debug/pipelinez": lambda: Reply(pages.pipelines(overview), _HTML),
            "/debug/extensionz": lambda: Reply(pages.extensions(overview), _HTML),
            "/debug/featurez": lambda: Reply(pages.features(process_gates()), _HTML),
            "/debug/tracez": lambda: Reply(pages.traces(), _HTML),
        }
        if config.expvar.enabled:
            routes["/debug/expvarz"] = lambda: Reply(pages.variables(), "application/json")
        address = parse_tcp_endpoint(config.endpoint, config.transport)
        self._server = AdminServer(address, routes, ServerTls(config.tls, self._logger))
        await self._server.start()
        self._logger.info("Starting zPages extension", extra={"endpoint": config.endpoint})

    async def shutdown(self) -> None:
        """Stop answering. Idempotent."""
        if self._server is not None:
            await self._server.stop()
