from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from otel_agent.transport.http_answer import AnswerTooLong, read_answer


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(3):
            await response.write(b"abcd")
        await response.write_eof()
        return response

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_an_answer_of_just_the_limit_is_whole(url: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert await read_answer(response, 12) == b"abcdabcdabcd"


async def test_a_longer_answer_is_refused_and_its_connection_closed(url: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        with pytest.raises(AnswerTooLong, match="the answer is larger than 11 bytes"):
            await read_answer(response, 11)
        assert response.closed
