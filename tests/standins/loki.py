"""A stand-in for Loki's push API that refuses whatever Loki would, and more: order within a stream, and the wire format.

Written from the API's documentation, and apart from the exporter that it judges: protobuf is read here by hand.

`python -m tests.standins.loki --port 3100` serves it to other machines; `GET /taken` and `GET /refused` tell what came, as JSON.
"""

import argparse
import asyncio
import dataclasses
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import cramjam
from aiohttp import web

PATH = "/loki/api/v1/push"
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_PAIR = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\(?:["\\nrt]|u[0-9a-f]{4}|U[0-9a-f]{8}))*)"')
_ESCAPE = re.compile(r"\\(u[0-9a-f]{4}|U[0-9a-f]{8}|.)")
_OLDEST, _NEWEST = 10**18, 4 * 10**18
"""Nanoseconds that a test's records may have: from 2001 to 2096."""


class Refused(Exception):
    """The request is not one that the API takes."""


@dataclass
class Pushed:
    """One line that was taken."""

    tenant: str
    labels: dict[str, str]
    nanoseconds: int
    line: str
    metadata: dict[str, str]


@dataclass
class Loki:
    """Use as `async with`. `answers` are for the next requests: a status, (status, headers), or None to judge as without it."""

    answers: list[Any] = field(default_factory=list)
    taken: list[Pushed] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    host: str = "127.0.0.1"
    port: int = 0

    async def __aenter__(self) -> "Loki":
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_post(PATH, self._push)
        application.router.add_get("/taken", self._tell_taken)
        application.router.add_get("/refused", self._tell_refused)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATH}"

    async def _tell_taken(self, _: web.Request) -> web.Response:
        return web.json_response([dataclasses.asdict(pushed) for pushed in self.taken])

    async def _tell_refused(self, _: web.Request) -> web.Response:
        return web.json_response(self.refused)

    async def _push(self, request: web.Request) -> web.Response:
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        body = await request.read()
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            status, headers = answer if isinstance(answer, tuple) else (answer, {})
            return web.Response(status=status, headers=headers, text=f"told to answer {status}\nmore")
        try:
            found = list(read_push(request.headers.get("Content-Type", ""), body))
        except (Refused, ValueError, KeyError) as error:
            self.refused.append(str(error))
            return web.Response(status=400, text=str(error))
        tenant = request.headers.get("X-Scope-OrgID", "")
        self.taken += [Pushed(tenant, labels, *entry) for labels, entries in found for entry in entries]
        return web.Response(status=204)


Entries = list[tuple[int, str, dict[str, str]]]


def read_push(content_type: str, body: bytes) -> Iterator[tuple[dict[str, str], Entries]]:
    """Yield labels and entries of each stream; `Refused` for anything that is not exactly as it should be."""
    if content_type == "application/x-protobuf":
        streams = list(_protobuf_streams(body))
    elif content_type == "application/json":
        streams = list(_json_streams(body))
    else:
        raise Refused(f"Content-Type {content_type!r}")
    if not streams:
        raise Refused("no streams")
    if len({tuple(sorted(labels.items())) for labels, _ in streams}) != len(streams):
        raise Refused("one stream twice")
    for labels, entries in streams:
        if not labels:
            raise Refused("error at least one label pair is required per stream")
        if not entries:
            raise Refused("a stream without entries")
        if any(not value for value in labels.values()):
            raise Refused(f"an empty label value: {labels}")
        times = [nanoseconds for nanoseconds, _, _ in entries]
        if times != sorted(times):
            raise Refused(f"entries out of order: {times}")
        if not all(_OLDEST < time < _NEWEST for time in times):
            raise Refused(f"timestamps that are none: {times}")
        yield labels, entries


def parse_labels(text: str) -> dict[str, str]:
    """Read `{a="b", c="d"}`, names sorted and each once."""
    if not (text.startswith("{") and text.endswith("}")):
        raise Refused(f"labels {text!r}")
    labels: dict[str, str] = {}
    rest = text[1:-1]
    while rest:
        found = _PAIR.match(rest)
        if found is None:
            raise Refused(f"labels {text!r} at {rest!r}")
        if found[1] in labels:
            raise Refused(f"label {found[1]} twice")
        labels[found[1]] = _ESCAPE.sub(_unescaped, found[2])
        rest = rest[found.end() :]
        if rest:
            if not rest.startswith(", "):
                raise Refused(f"labels {text!r} at {rest!r}")
            rest = rest[2:]
    if list(labels) != sorted(labels):
        raise Refused(f"labels {text!r} are not sorted")
    return labels


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else {"n": "\n", "r": "\r", "t": "\t"}.get(code, code)


def _protobuf_streams(body: bytes) -> Iterator[tuple[dict[str, str], Entries]]:
    if body.startswith(b"\xff\x06\x00\x00sNaPpY"):
        raise Refused("snappy frames, where the block format is wanted")
    try:
        data = bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError as error:
        raise Refused(f"snappy: {error}") from error
    for stream in _messages(data, {1: bytes}, "PushRequest").get(1, []):
        fields = _messages(stream, {1: bytes, 2: bytes, 3: int}, "Stream")
        yield parse_labels(_one(fields, 1).decode()), [_entry(entry) for entry in fields.get(2, [])]


def _entry(data: bytes) -> tuple[int, str, dict[str, str]]:
    fields = _messages(data, {1: bytes, 2: bytes, 3: bytes}, "Entry")
    time = _messages(_one(fields, 1), {1: int, 2: int}, "Timestamp")
    nanos = _one(time, 2) if 2 in time else 0
    if not 0 <= nanos < 10**9:
        raise Refused(f"{nanos} nanoseconds")
    pairs = [_messages(pair, {1: bytes, 2: bytes}, "LabelPair") for pair in fields.get(3, [])]
    metadata = {_one(pair, 1).decode(): _one(pair, 2).decode() for pair in pairs}
    if len(metadata) != len(pairs) or not all(map(_LABEL_NAME.fullmatch, metadata)):
        raise Refused(f"structured metadata {metadata}")
    return _one(time, 1) * 10**9 + nanos, _one(fields, 2).decode() if 2 in fields else "", metadata


def _one(fields: dict[int, list[Any]], number: int) -> Any:
    if len(fields.get(number, [])) != 1:
        raise Refused(f"field {number} occurs {len(fields.get(number, []))} times")
    return fields[number][0]


def _messages(data: bytes, known: dict[int, type], name: str) -> dict[int, list[Any]]:
    """Fields of one message: varints and delimited ones; any other, or one that is not known, is refused."""
    fields: dict[int, list[Any]] = {}
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if known.get(number) is not {0: int, 2: bytes}.get(wire, object):
            raise Refused(f"{name} has no field {number} of wire type {wire}")
        value, at = _varint(data, at)
        if wire == 2:
            content = data[at : at + value]
            if len(content) != value:
                raise Refused(f"{name} ends too soon")
            at += value
            fields.setdefault(number, []).append(content)
        else:
            fields.setdefault(number, []).append(value)
    return fields


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise Refused("a number ends too soon")
        value |= (data[at] & 127) << shift
        at += 1
        if data[at - 1] < 128:
            return value, at
    raise Refused("a number of more than ten bytes")


def _json_streams(body: bytes) -> Iterator[tuple[dict[str, str], Entries]]:
    request = json.loads(body)
    if set(request) != {"streams"}:
        raise Refused(f"keys {sorted(request)}")
    for stream in request["streams"]:
        if set(stream) != {"stream", "values"}:
            raise Refused(f"keys {sorted(stream)}")
        labels = stream["stream"]
        if not all(_LABEL_NAME.fullmatch(name) and isinstance(value, str) for name, value in labels.items()):
            raise Refused(f"labels {labels}")
        entries: Entries = []
        for value in stream["values"]:
            if not (2 <= len(value) <= 3 and isinstance(value[0], str) and value[0].isdigit() and isinstance(value[1], str)):
                raise Refused(f"value {value}")
            metadata = value[2] if len(value) == 3 else {}
            if not all(isinstance(text, str) for text in metadata.values()):
                raise Refused(f"structured metadata {metadata}")
            entries.append((int(value[0]), value[1], metadata))
        yield labels, entries


async def serve(port: int) -> None:
    """Serve until cancelled."""
    async with Loki(host="", port=port):
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=3100)
    asyncio.run(serve(parser.parse_args().port))
