"""The OTLP receiver: one server for each configured protocol, all feeding the same pipelines."""

import asyncio
from typing import Protocol

from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.receivers.otlp.config import OtlpReceiverConfig
from otel_agent.receivers.otlp.intake import Intake


class Server(Protocol):
    """A front end: takes requests off the network and gives them to its intake."""

    port: int
    """TCP port it listens on once started; 0 for unix sockets."""

    async def start(self, host: Host) -> None:
        """Listen; `StartError` when that is impossible."""
        ...

    async def stop(self) -> None:
        """Stop listening, answer the requests that are being handled (for a bounded time), close connections."""
        ...


class OtlpReceiver:
    """One instance for all signals."""

    def __init__(self, config: OtlpReceiverConfig, context: BuildContext) -> None:
        self.servers: dict[str, Server] = {}
        """By protocol, "grpc" and "http"; each protocol's library (25 and 10 MB) is loaded only for those configured."""
        if config.protocols.grpc is not None:
            from otel_agent.receivers.otlp.grpc_server import GrpcServer

            intake = Intake(context.consumers, context.metrics, context.id, "grpc")
            self.servers["grpc"] = GrpcServer(config.protocols.grpc, intake, context.logger)
        if config.protocols.http is not None:
            from otel_agent.receivers.otlp.http_server import HttpServer

            intake = Intake(context.consumers, context.metrics, context.id, "http")
            self.servers["http"] = HttpServer(config.protocols.http, intake, context.logger)

    async def start(self, host: Host) -> None:
        """Start all servers; when one fails the caller shuts down."""
        for server in self.servers.values():
            await server.start(host)

    async def shutdown(self) -> None:
        """Stop all servers at once."""
        await asyncio.gather(*(server.stop() for server in self.servers.values()))
