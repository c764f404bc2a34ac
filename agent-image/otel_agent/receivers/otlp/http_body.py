"""Reads the body of a request, packed or not, within its limits."""

import asyncio

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from otel_agent.transport.content_encoding import BodyTooLarge, MalformedBody, decompress


async def read_body(request: web.BaseRequest, encoding: str, limit: int, seconds: float) -> bytes:
    """Return the unpacked body.

    Raises `BodyTooLarge` as soon as more than `limit` bytes came or would come of unpacking, `MalformedBody` when the body ends
    too soon, is broken, or takes longer than `seconds` (0: no limit).
    """
    if (request.content_length or 0) > limit:
        raise BodyTooLarge(limit)
    try:
        async with asyncio.timeout(seconds or None):
            packed = await _read(request, limit)
    except TimeoutError as error:
        raise MalformedBody(f"the body did not arrive within {seconds:g} s") from error
    except (HttpProcessingError, web.RequestPayloadError, ConnectionError) as error:
        raise MalformedBody(f"the body cannot be read: {error}") from error
    return decompress(encoding, packed, limit)


async def _read(request: web.BaseRequest, limit: int) -> bytes:
    if request.version >= HttpVersion11 and request.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
        await _ask_for_body(request)
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge(limit)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _ask_for_body(request: web.BaseRequest) -> None:
    """Answer `Expect: 100-continue`, behind which the client holds the body back."""
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    # the answer proper has not begun, as aiohttp's own handler of this header tells the writer, too
    request.writer.output_size = 0
