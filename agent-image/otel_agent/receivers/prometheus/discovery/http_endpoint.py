"""Target groups by HTTP (http_sd_configs, and the jobs of a target allocator)."""

import asyncio
from collections.abc import Sequence

import orjson

from otel_agent.receivers.prometheus.discovery.groups import DiscoveryError, TargetGroup, parse_groups
from otel_agent.receivers.prometheus.discovery.refresh import Look
from otel_agent.receivers.prometheus.http_access import AccessError, HttpAccess
from otel_agent.receivers.prometheus.settings.discovery import HttpDiscovery
from otel_agent.transport.http_answer import AnswerTooLong, read_answer

_MAX_ANSWER = 64 * 1024 * 1024
_LONGEST_SECONDS = 60.0


def look_at(config: HttpDiscovery, access: HttpAccess) -> Look:
    """Return the look of one http_sd_config."""
    headers = {"Accept": "application/json", "X-Prometheus-Refresh-Interval-Seconds": f"{config.refresh_interval:g}"}

    async def look() -> Sequence[TargetGroup]:
        groups = parse_groups(await get_json(access, config.url, headers), config.url)
        return [TargetGroup(group.source, group.targets, {**group.labels, "__meta_url": config.url}) for group in groups]

    return look


async def get_json(access: HttpAccess, url: str, headers: dict[str, str]) -> object:
    """Fetch a JSON document, bounded in time and size; `DiscoveryError` says why there is none."""
    import aiohttp

    try:
        async with asyncio.timeout(_LONGEST_SECONDS), await access.get(url, headers) as response:
            if response.status != 200:
                raise DiscoveryError(f"{url}: server returned HTTP status {response.status} {response.reason or ''}".rstrip())
            if response.content_type != "application/json":
                raise DiscoveryError(f'{url}: unsupported content type "{response.content_type}", application/json is needed')
            body = await read_answer(response, _MAX_ANSWER)
    except TimeoutError as error:
        raise DiscoveryError(f"{url}: no answer within {_LONGEST_SECONDS:g} s") from error
    except (aiohttp.ClientError, AccessError, AnswerTooLong, OSError) as error:
        raise DiscoveryError(f"{url}: {error or type(error).__name__}") from error
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DiscoveryError(f"{url}: {error}") from error
