"""One connection to an admin server: HTTP/1.1 by h11, whose import costs 1 MiB where aiohttp's server costs 25."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

import h11

IDLE_SECONDS = 30.0
"""How long a client may take for a request, and for the next one on the same connection."""
_LARGEST_HEAD = 16 * 1024
_LARGEST_BODY = 64 * 1024
"""Nobody has a reason to send one; beyond this the connection is closed instead of kept."""
_CHUNK = 16 * 1024


class AdminRequest:
    """Method, path without its query, the query's parameters (the last of a name counts), and headers (lower-case keys)."""

    __slots__ = ("headers", "method", "path", "query")

    def __init__(self, method: str, target: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        parts = urlsplit(target)
        self.method, self.path, self.query = method, unquote(parts.path), dict(parse_qsl(parts.query))
        self.headers: dict[str, tuple[str, ...]] = {}
        for key, value in headers:
            name = key.decode("latin-1").lower()
            self.headers[name] = (*self.headers.get(name, ()), value.decode("latin-1"))


class AdminAnswer:
    """Status, headers and body to send; a HEAD request gets all but the body."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.status, self.body, self.headers = status, body, headers


Respond = Callable[[AdminRequest], Awaitable[AdminAnswer]]


class Connections:
    """Those of one server, at most `most` at a time; more are closed at once, and `refused` is called for each."""

    def __init__(self, most: int, respond: Respond, refused: Callable[[], None]) -> None:
        self._most = most
        self._respond = respond
        self._refused = refused
        self._open: set[asyncio.Task[None]] = set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, as `asyncio.start_server` calls it."""
        task = asyncio.current_task()
        assert task is not None
        try:
            if len(self._open) < self._most:
                self._open.add(task)
                await serve_connection(reader, writer, self._respond)
            else:
                self._refused()
        except asyncio.CancelledError:
            return  # the server stops; asyncio would log the task as failed
        finally:
            self._open.discard(task)
            writer.close()

    async def close(self) -> None:
        """Close all. Idempotent."""
        tasks = list(self._open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def serve_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, respond: Respond) -> None:
    """Answer requests until the client leaves, is silent for too long or sends what is not HTTP; never raises for its sake."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_LARGEST_HEAD)
    try:
        while await _serve_request(connection, reader, writer, respond):
            connection.start_next_cycle()
    except h11.RemoteProtocolError as error:
        if connection.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            text = f"{error}\n".encode()
            await _send(connection, writer, AdminAnswer(error.error_status_hint, text, {"Content-Type": "text/plain"}), False)
    except (TimeoutError, OSError):
        return  # gone or too slow: there is nobody to tell


async def _serve_request(
    connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, respond: Respond
) -> bool:
    """Answer one request; False when the connection is at its end."""
    async with asyncio.timeout(IDLE_SECONDS):
        request = await _next_event(connection, reader)
        if not isinstance(request, h11.Request):
            return False
        received = 0
        while not isinstance(event := await _next_event(connection, reader), h11.EndOfMessage):
            received += len(event.data) if isinstance(event, h11.Data) else _LARGEST_BODY
            if received > _LARGEST_BODY:
                return False
    asked = AdminRequest(request.method.decode("ascii"), request.target.decode("latin-1"), request.headers)
    answer = await respond(asked)
    await _send(connection, writer, answer, head=request.method == b"HEAD")
    return connection.our_state is h11.DONE and connection.their_state is h11.DONE


async def _next_event(connection: h11.Connection, reader: asyncio.StreamReader) -> object:
    while (event := connection.next_event()) is h11.NEED_DATA:
        connection.receive_data(await reader.read(_CHUNK))
    return event


async def _send(connection: h11.Connection, writer: asyncio.StreamWriter, answer: AdminAnswer, head: bool) -> None:
    headers = [*answer.headers.items(), ("Content-Length", str(len(answer.body)))]
    response = h11.Response(status_code=answer.status, headers=headers, reason=HTTPStatus(answer.status).phrase.encode())
    parts = [connection.send(response)]
    if not head:
        parts.append(connection.send(h11.Data(data=answer.body)))
    parts.append(connection.send(h11.EndOfMessage()))
    writer.write(b"".join(part for part in parts if part))
    async with asyncio.timeout(IDLE_SECONDS):
        await writer.drain()
