"""The health_check extension: 200 while the pipelines take data, 503 otherwise."""

import logging
from datetime import UTC, datetime

from otel_agent.extensions.health_check.answer import answer
from otel_agent.extensions.health_check.config import HealthCheckConfig
from otel_agent.pipeline.component import Host
from otel_agent.telemetry.admin import AdminServer, Reply, split_endpoint


class HealthCheck:
    """Serves one path; a `PipelineWatcher`."""

    def __init__(self, config: HealthCheckConfig, logger: logging.Logger) -> None:
        self._config = config
        self._logger = logger
        self._ready_since: datetime | None = None
        host, port = split_endpoint(config.endpoint)
        self._server = AdminServer(host, port, {config.path: self._reply})

    @property
    def port(self) -> int:
        """The bound port."""
        return self._server.port

    async def start(self, host: Host) -> None:
        """Begin to answer, with 503 until the pipelines are ready."""
        await self._server.start()
        self._logger.info("Starting health_check extension", extra={"endpoint": self._config.endpoint})

    async def shutdown(self) -> None:
        """Stop answering. Idempotent."""
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
