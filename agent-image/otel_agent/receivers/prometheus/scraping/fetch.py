"""One request for a target's metrics, bounded in time and size."""

import asyncio
from dataclasses import dataclass

from otel_agent.receivers.prometheus.http_access import AccessError, HttpAccess
from otel_agent.receivers.prometheus.scraping.target import Target
from otel_agent.transport.http_answer import AnswerTooLong, read_answer

MAX_BODY = 256 * 1024 * 1024
"""Bytes that are read where body_size_limit sets no limit: a target that never ends must not take the collector with it."""


class ScrapeError(Exception):
    """The target gave no metrics."""


class BodyTooLargeError(ScrapeError):
    """The target gave more than the limit allows."""


@dataclass(frozen=True, slots=True)
class Body:
    """A whole answer, decompressed."""

    content: bytes
    content_type: str


async def fetch(access: HttpAccess, target: Target, headers: dict[str, str], limit: int) -> Body:
    """Fetch, in the target's time; `ScrapeError` says why there is nothing."""
    import aiohttp

    bound = limit or MAX_BODY
    try:
        async with asyncio.timeout(target.timeout):
            async with await access.get(target.url, headers) as response:
                if response.status != 200:
                    raise ScrapeError(f"server returned HTTP status {response.status} {response.reason or ''}".rstrip())
                content = await read_answer(response, bound)
                return Body(content, response.headers.get("Content-Type", ""))
    except TimeoutError as error:
        raise ScrapeError(f"no complete answer within the scrape timeout of {target.timeout:g} s") from error
    except AnswerTooLong as error:
        of = "body_size_limit" if limit else "the limit where there is no body_size_limit"
        raise BodyTooLargeError(f"body size limit exceeded: more than {bound} bytes ({of})") from error
    except (aiohttp.ClientError, AccessError, OSError, ValueError) as error:
        raise ScrapeError(f"{error or type(error).__name__}") from error
