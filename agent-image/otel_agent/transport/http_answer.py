"""Answers of HTTP servers, read no further than they may be long."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import aiohttp


class AnswerTooLong(Exception):
    """The body of an answer has more bytes than it may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the answer is larger than {limit} bytes")


async def read_answer(response: "aiohttp.ClientResponse", limit: int) -> bytes:
    """Return the whole body; `AnswerTooLong` beyond `limit` bytes, which costs the connection. The caller bounds the time."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > limit:
            response.close()
            raise AnswerTooLong(limit)
        chunks.append(chunk)
    return b"".join(chunks)
