"""The OTLP receiver: one server for each configured protocol, all feeding the same pipelines."""

import asyncio
from typing import Protocol

from otel_agent.config.featuregates import process_gates
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.receivers.otlp.config import OtlpReceiverConfig
from otel_agent.receivers.otlp.front_end import FrontEnd, choose
from otel_agent.receivers.otlp.intake import Intake
from otel_agent.receivers.otlp.native_plan import plans


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
        self.intakes = intakes = {name: Intake(context.consumers, context.metrics, context.id, name) for name in ("grpc", "http")}
        """By protocol: the way into the pipelines, whichever server takes the request."""
        everywhere = context.seat.runs_elsewhere(context.kind, context.id, "", number=1)
        for plan in plans(config, intakes["grpc"].signals, process_gates()):
            if choose(plan.own, process_gates(), context.logger) is FrontEnd.NATIVE:
                from otel_agent.receivers.otlp.native_server import NativeServer

                self.servers[plan.protocol] = NativeServer(plan, intakes, context.id, context.logger, everywhere=everywhere)
            elif plan.own is plan.grpc:
                from otel_agent.receivers.otlp.grpc_server import GrpcServer

                self.servers[plan.protocol] = GrpcServer(plan.grpc, intakes["grpc"], context.logger)
            else:
                from otel_agent.receivers.otlp.http_server import HttpServer

                self.servers[plan.protocol] = HttpServer(plan.http, intakes["http"], context.logger, everywhere=everywhere)

    async def start(self, host: Host) -> None:
        """Start all servers; when one fails the caller shuts down."""
        for server in self.servers.values():
            await server.start(host)

    async def shutdown(self) -> None:
        """Stop all servers at once."""
        await asyncio.gather(*(server.stop() for server in self.servers.values()))
