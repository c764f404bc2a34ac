"""The two destinations of the soak: OTLP/HTTP and OTLP/gRPC servers that note every item, and refuse when told to."""

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from random import Random
from typing import Any

import grpc
from aiohttp import web
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from grpc import aio
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from tests.soak.patience import Patience
from tests.soak.persistent_queue import body_of

LOGS = "opentelemetry.proto.collector.logs.v1.LogsService"
_SILENT = logging.getLogger("soak.silent")
"""Where aiohttp says that connections were reset, as they are all the time here."""
_SILENT.setLevel(logging.CRITICAL + 1)
_REFUSED_SHARE = 0.7
_LONGEST_WAIT = 3.0
"""Seconds that a refusal may ask for."""
_LARGEST_MESSAGE = 64 * 2**20


@dataclass
class Arrivals:
    """What has come to one destination."""

    numbers: set[int] = field(default_factory=set)
    items: int = 0
    requests: int = 0
    refused: int = 0
    corrupted: int = 0
    patience: Patience = field(default_factory=Patience)

    @property
    def again(self) -> int:
        """Items that came more than once."""
        return self.items - len(self.numbers)

    def take(self, body: bytes) -> None:
        """Note every item of a request."""
        self.requests += 1
        for resource in ExportLogsServiceRequest.FromString(body).resource_logs:
            for scope in resource.scope_logs:
                for record in scope.log_records:
                    self.items += 1
                    text = record.body.string_value
                    head = text.partition(":")[0]
                    if head.isdigit() and text == body_of(int(head)):
                        self.numbers.add(int(head))
                    else:
                        self.corrupted += 1


class Destination(ABC):
    """One protocol's server; `refusing` makes it refuse most requests and say, mostly, when to come back."""

    def __init__(self, port: int, dice: Random, clock: Callable[[], float] = time.monotonic) -> None:
        self.arrivals = Arrivals()
        self.refusing = False
        self._port = port
        self._dice = dice
        self._clock = clock

    @abstractmethod
    async def start(self) -> None:
        """Listen."""

    @abstractmethod
    async def stop(self) -> None:
        """End."""

    def _wait_for(self, body: bytes) -> float | None:
        """Return None when a request is taken, else the seconds to be told; 0 is none."""
        key = blake2b(body, digest_size=16).digest()
        self.arrivals.patience.came(key, self._clock())
        if not self.refusing or self._dice.random() >= _REFUSED_SHARE:
            return None
        self.arrivals.refused += 1
        seconds = self._dice.choice((0.0, 1.0, 2.0, _LONGEST_WAIT))
        if seconds:
            self.arrivals.patience.refused(key, seconds, self._clock())
        return seconds


class HttpDestination(Destination):
    """OTLP/HTTP: 429, 502, 503 and 504, with and without Retry-After."""

    async def start(self) -> None:
        """Listen."""
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None, logger=_SILENT))
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def stop(self) -> None:
        """End."""
        await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        seconds = self._wait_for(body)
        if seconds is None:
            self.arrivals.take(body)
            return web.Response(content_type="application/x-protobuf")
        if not seconds:
            return web.Response(status=self._dice.choice((429, 502, 503, 504)))
        return web.Response(status=self._dice.choice((429, 503)), headers={"Retry-After": f"{seconds:.0f}"})


class GrpcDestination(Destination):
    """OTLP/gRPC: Unavailable with and without RetryInfo, ResourceExhausted with it (without, it is final)."""

    async def start(self) -> None:
        """Listen."""
        self._server = aio.server(options=[("grpc.max_receive_message_length", _LARGEST_MESSAGE), ("grpc.so_reuseport", 0)])
        handler = grpc.unary_unary_rpc_method_handler(self._export)
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(LOGS, {"Export": handler}),))
        self._server.add_insecure_port(f"127.0.0.1:{self._port}")
        await self._server.start()

    async def stop(self) -> None:
        """End."""
        await self._server.stop(0)

    async def _export(self, body: bytes, context: Any) -> bytes:
        seconds = self._wait_for(body)
        if seconds is None:
            self.arrivals.take(body)
            return b""
        if not seconds:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "come again")
        code = self._dice.choice((grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED))
        await context.abort(code, "come again later", (("grpc-status-details-bin", _details(code.value[0], seconds)),))
        return b""


def _details(code: int, seconds: float) -> bytes:
    wait = Duration()
    wait.FromMilliseconds(round(seconds * 1000))
    info = AnyMessage()
    info.Pack(RetryInfo(retry_delay=wait))
    return bytes(Status(code=code, message="come again later", details=[info]).SerializeToString())
