"""One request of the native front end, from what the extension gave to the answer."""

import asyncio
import base64
import logging
import time
from collections.abc import Mapping
from enum import Enum
from urllib.parse import parse_qs

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
Metadata = Mapping[str, tuple[str, ...]]
Taken = tuple[int, int, int, bytes, int, str, Headers | None, str | None, float | None]
"""Token, kind, signal, body, items (-1: not counted), peer, headers if asked for, what the body is still packed with, seconds
that the client still waits if it said so."""

_THREAD_BYTES = 64 * 1024
"""JSON and packed bodies of this size on are read in a thread, so that others in the event loop are not kept waiting."""
_TRANSPORT = {Kind.GRPC: "grpc", Kind.PROTOBUF: "http", Kind.JSON: "http"}
_KNOWN_PEERS = 4096
"""Addresses remembered; when there are more, all are forgotten and remembered anew."""
_QUERY = ":query"
"""Name under which the extension hands over a query string, beside the headers."""
_NOT_METADATA = ("content-type", "te", "grpc-encoding", "grpc-accept-encoding", "grpc-timeout")


class Later(Enum):
    """Stands for an answer that takes waiting."""

    LATER = 0


LATER = Later.LATER


class NativeRequests:
    """Handles the requests of one port."""

    def __init__(self, plan: Plan, intakes: Mapping[str, Intake], logger: logging.Logger) -> None:
        self.authenticator: ServerAuthenticator | None = None
        self.too_large = 0
        """Bodies that turned out too large when they were unpacked here."""
        self._parameters = plan.http.auth.request_params if plan.settings.query and plan.http.auth is not None else []
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
        self._peers: dict[str, ClientInfo] = {}
        self._logger = logger

    def answer_now(self, taken: Taken) -> Ready | Later | None:
        """Return the answer, of which None is success, or LATER when `answer` has to make it. Never raises.

        Most requests were unpacked, checked and counted in the extension, and the pipelines take them at once: these cost no
        coroutine. All else is LATER: JSON, preflights, what needs an authenticator (which the extension hands over unchecked).
        """
        _, number, signal, body, items, peer, headers, encoding, left = taken
        if items < 0 or encoding is not None or not self._checked:
            return LATER
        try:
            client = self._known(peer) if headers is None else self._described(peer, _metadata(number, headers), {})
            return None if self._intakes[number].handle_now(SIGNALS[signal], body, items, client, _deadline(left)) else LATER
        except ConsumeError as error:
            return refused(Kind(number), error)
        except Exception as error:  # noqa: BLE001 -- edge: the client is told, and other requests go on
            return self._unexpected(error, Kind(number), SIGNALS[signal])

    async def answer(self, taken: Taken) -> Ready | None:
        """Return the answer; None is success. Never raises but for being cancelled."""
        kind = Kind(taken[1])
        if kind is not Kind.PREFLIGHT:
            return await self._export(kind, taken)
        found = self._cors.preflight({name.title(): value for name, value in taken[6] or ()})
        return (204, list((found or {}).items()), b"")

    async def _export(self, kind: Kind, taken: Taken) -> Ready | None:
        _, _, number, body, items, peer, headers, encoding, left = taken
        signal, deadline = SIGNALS[number], _deadline(left)
        try:
            client = self._known(peer) if headers is None else await self._client(kind, peer, headers)
            if encoding is not None:
                body = await self._unpack(encoding, body, self._limits[kind])
            if kind is Kind.JSON:
                body = await _from_json(signal, body)
            if encoding is None and self._checked and kind is not Kind.JSON:
                await self._intakes[kind].handle_checked(signal, body, items, client, deadline)
            else:
                await self._intakes[kind].handle(signal, body, client, deadline)
        except ConsumeError as error:
            return refused(kind, error)
        except AuthenticationError as error:
            return failed(kind, 401, GrpcCode.UNAUTHENTICATED, str(error))
        except BodyTooLarge as error:
            self.too_large += 1
            return failed(kind, 400, GrpcCode.RESOURCE_EXHAUSTED, str(error))
        except (MalformedBody, InvalidTelemetry) as error:
            return failed(kind, 400, GrpcCode.INVALID_ARGUMENT, str(error))
        except Exception as error:  # noqa: BLE001 -- edge: the client is told, and other requests go on
            return self._unexpected(error, kind, signal)
        return None

    def _unexpected(self, error: Exception, kind: Kind, signal: Signal) -> Ready:
        self._logger.error("Unexpected error while handling a request", extra={"signal": str(signal)}, exc_info=error)
        return failed(kind, 500, GrpcCode.INTERNAL, "internal error")

    async def _unpack(self, encoding: str, body: bytes, limit: int) -> bytes:
        if not encoding or len(body) < _THREAD_BYTES:
            return decompress(encoding, body, limit)
        return await asyncio.to_thread(decompress, encoding, body, limit)

    async def _client(self, kind: Kind, peer: str, headers: Headers) -> ClientInfo:
        metadata, parameters = _metadata(kind, headers), self._chosen(headers)
        auth = await self.authenticator.authenticate({**metadata, **parameters}) if self.authenticator is not None else {}
        return self._described(peer, metadata, auth)

    def _chosen(self, headers: Headers) -> Metadata:
        """Return the query parameters that the authenticator is to see, by their names as they are configured."""
        query = next((value for name, value in headers if name == _QUERY), "") if self._parameters else ""
        found = parse_qs(query, keep_blank_values=True, errors="replace")
        return {name: tuple(found[name]) for name in self._parameters if name in found}

    def _described(self, peer: str, metadata: Metadata, auth: Mapping[str, str]) -> ClientInfo:
        return ClientInfo(peer, metadata if self._include_metadata else {}, auth)

    def _known(self, peer: str) -> ClientInfo:
        """Return the client of whom only the address is told, the same object each time."""
        client = self._peers.get(peer)
        if client is None:
            if len(self._peers) >= _KNOWN_PEERS:
                self._peers.clear()
            client = self._peers[peer] = ClientInfo(peer)
        return client


def _deadline(left: float | None) -> float | None:
    return None if left is None else time.monotonic() + left


def _metadata(kind: int, headers: Headers) -> Metadata:
    metadata: dict[str, tuple[str, ...]] = {}
    for name, value in headers:
        if name == _QUERY or (kind == Kind.GRPC and name in _NOT_METADATA):
            continue
        text = _binary(value) if kind == Kind.GRPC and name.endswith("-bin") else value
        metadata[name] = (*metadata.get(name, ()), text)
    return metadata


def _binary(value: str) -> str:
    """Metadata whose key ends in -bin travels as base64; its bytes are kept as characters, as of the portable front end."""
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4)).decode("latin-1")
    except ValueError:
        return value


async def _from_json(signal: Signal, body: bytes) -> bytes:
    from otel_agent.pdata.otlp_json import json_to_request  # protobuf is 5 MB that senders of protobuf do not need

    if len(body) < _THREAD_BYTES:
        return json_to_request(signal, body)
    return await asyncio.to_thread(json_to_request, signal, body)
