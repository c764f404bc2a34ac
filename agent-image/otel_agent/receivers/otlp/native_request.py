"""One request of the native front end, from what the extension gave to the answer."""

import asyncio
import base64
import logging
from collections.abc import Mapping

from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.telemetry import ClientInfo, Signal
from otel_agent.pipeline.errors import ConsumeError
from otel_agent.receivers.otlp.cors import Cors
from otel_agent.receivers.otlp.front_end import native_module
from otel_agent.receivers.otlp.intake import Intake
from otel_agent.receivers.otlp.native_answers import Kind, Ready, failed, refused
from otel_agent.receivers.otlp.native_plan import SIGNALS, Plan
from otel_agent.transport.authentication import AuthenticationError, ServerAuthenticator
from otel_agent.transport.content_encoding import BodyTooLarge, MalformedBody, decompress
from otel_agent.transport.status_codes import GrpcCode

Headers = list[tuple[str, str]]
Taken = tuple[int, int, int, bytes, int, str, Headers | None, str | None]
"""Token, kind, signal, body, items (-1: not counted), peer, headers if asked for, what the body is still packed with."""

_THREAD_BYTES = 64 * 1024
"""JSON and packed bodies of this size on are read in a thread, so that others in the event loop are not kept waiting."""
_TRANSPORT = {Kind.GRPC: "grpc", Kind.PROTOBUF: "http", Kind.JSON: "http"}
_NOT_METADATA = ("content-type", "te", "grpc-encoding", "grpc-accept-encoding", "grpc-timeout")


class NativeRequests:
    """Handles the requests of one port."""

    def __init__(self, plan: Plan, intakes: Mapping[str, Intake], logger: logging.Logger) -> None:
        self.authenticator: ServerAuthenticator | None = None
        self._include_metadata = plan.own.include_metadata
        self._limits = {
            Kind.GRPC: plan.settings.grpc_limit,
            Kind.PROTOBUF: plan.settings.http_limit,
            Kind.JSON: plan.settings.http_limit,
        }
        self._cors = Cors(plan.http.cors)
        self._response_headers = plan.settings.response_headers
        self._intakes = [intakes[_TRANSPORT[kind]] for kind in (Kind.GRPC, Kind.PROTOBUF, Kind.JSON)]
        self._checked = bool(getattr(native_module(), "INGRESS_CHECKS_WHOLE", False))
        self._logger = logger

    async def answer(self, taken: Taken) -> Ready | None:
        """Return the answer; None is success. Never raises but for being cancelled."""
        kind = Kind(taken[1])
        if not self._cors.enabled or kind is Kind.GRPC:
            return await self._export(kind, taken)
        headers = {name.title(): value for name, value in taken[6] or ()}
        if kind is Kind.PREFLIGHT:
            found = self._cors.preflight(headers)
            return (204, list((found or {}).items()), b"")
        status, fields, body = await self._export(kind, taken) or _success(kind)
        return (status, [*fields, *self._cors.answer(headers.get("Origin")).items()], body)

    async def _export(self, kind: Kind, taken: Taken) -> Ready | None:
        _, _, number, body, items, peer, headers, encoding = taken
        signal = SIGNALS[number]
        try:
            client = ClientInfo(peer) if headers is None else await self._client(kind, peer, headers)
            if encoding is not None:
                body = await self._unpack(encoding, body, self._limits[kind])
            if kind is Kind.JSON:
                body = await _from_json(signal, body)
            if encoding is None and self._checked and kind is not Kind.JSON:
                await self._intakes[kind].handle_checked(signal, body, items, client)
            else:
                await self._intakes[kind].handle(signal, body, client)
        except ConsumeError as error:
            return refused(kind, error)
        except AuthenticationError as error:
            return failed(kind, 401, GrpcCode.UNAUTHENTICATED, str(error))
        except BodyTooLarge as error:
            return failed(kind, 400, GrpcCode.RESOURCE_EXHAUSTED, str(error))
        except (MalformedBody, InvalidTelemetry) as error:
            return failed(kind, 400, GrpcCode.INVALID_ARGUMENT, str(error))
        except Exception:  # edge: the client is told, and other requests go on
            self._logger.exception("Unexpected error while handling a request", extra={"signal": str(signal)})
            return failed(kind, 500, GrpcCode.INTERNAL, "internal error")
        return None

    async def _unpack(self, encoding: str, body: bytes, limit: int) -> bytes:
        if not encoding or len(body) < _THREAD_BYTES:
            return decompress(encoding, body, limit)
        return await asyncio.to_thread(decompress, encoding, body, limit)

    async def _client(self, kind: Kind, peer: str, headers: Headers) -> ClientInfo:
        metadata: dict[str, tuple[str, ...]] = {}
        for name, value in headers:
            if kind is Kind.GRPC and name in _NOT_METADATA:
                continue
            text = _binary(value) if kind is Kind.GRPC and name.endswith("-bin") else value
            metadata[name] = (*metadata.get(name, ()), text)
        auth = await self.authenticator.authenticate(metadata) if self.authenticator is not None else {}
        return ClientInfo(peer, metadata if self._include_metadata else {}, auth)


def _binary(value: str) -> str:
    """Metadata whose key ends in -bin travels as base64; its bytes are kept as characters, as of the portable front end."""
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4)).decode("latin-1")
    except ValueError:
        return value


def _success(kind: Kind) -> Ready:
    if kind is Kind.JSON:
        return (200, [("content-type", "application/json")], b"{}")
    return (200, [("content-type", "application/x-protobuf")], b"")


async def _from_json(signal: Signal, body: bytes) -> bytes:
    from otel_agent.pdata.otlp_json import json_to_request  # protobuf is 5 MB that senders of protobuf do not need

    if len(body) < _THREAD_BYTES:
        return json_to_request(signal, body)
    return await asyncio.to_thread(json_to_request, signal, body)
