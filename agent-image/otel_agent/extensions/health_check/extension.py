"""The health_check extension: 200 while the pipelines take data, 503 otherwise."""

import logging
from datetime import UTC, datetime

from otel_agent.config.blocks.listen_address import parse_tcp_endpoint
from otel_agent.extensions.health_check.answer import answer
from otel_agent.extensions.health_check.config import HealthCheckConfig
from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import StartError
from otel_agent.telemetry.admin import AdminServer, Reply
from otel_agent.transport.tls import ServerTls


class HealthCheck:
    """Serves one path; a `PipelineWatcher`."""

    def __init__(self, config: HealthCheckConfig, logger: logging.Logger) -> None:
        self._config = config
        self._logger = logger
        self._ready_since: datetime | None = None
        self._server: AdminServer | None = None

    @property
    def port(self) -> int:
        """The bound port, once started."""
        assert self._server is not None
        return self._server.port

    async def start(self, host: Host) -> None:
        """Begin to answer, with 503 until the pipelines are ready.

        `StartError` for an unusable certificate or a setting that would be a false promise here, OSError for a taken port.
        """
        config = self._config
        if config.auth is not None or config.middlewares:
            raise StartError("auth and middlewares are not supported by health_check: remove them, probes cannot authenticate")
        address = parse_tcp_endpoint(config.endpoint, config.transport)
        self._server = AdminServer(address, {config.path: self._reply}, ServerTls(config.tls, self._logger))
        await self._server.start()
        self._logger.info("Starting health_check extension", extra={"endpoint": config.endpoint})

    async def shutdown(self) -> None:
        """Stop answering. Idempotent."""
        if self._server is not None:
            await self._server.stop()

    def pipelines_ready(self) -> None:
        """Answer 200 from now on."""
        self._ready_since = datetime.now(UTC)
        self._logger.info("Health check state change", extra={"status": "ready"})

    def pipelines_not_ready(self) -> None:
        """Answer 503 from now on."""
        self._ready_since = None
        self._logger.info("Health check state change", extra={"status": "unavailable"})

    def _reply(self) -> Reply:
        return answer(self._ready_since, datetime.now(UTC), self._config.response_body)
