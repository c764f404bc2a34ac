"""One watch request: the changes of a kind, one after another, until the server ends it."""

import json
import random
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import aiohttp

from otel_operator.errors import ApiError, OperatorError
from otel_operator.json_types import JsonObject
from otel_operator.kinds import Kind
from otel_operator.kube.client import accepted, api_error, selection
from otel_operator.kube.connection import Connection
from otel_operator.kube.retry import NO_ANSWER

_SHORTEST_SECONDS, _LONGEST_SECONDS = 240, 480
"""How long the server is asked to go on; spread, so that replicas do not return together."""
_SILENCE_SECONDS = 150.0
"""A server says at least a bookmark a minute; after two missed ones the connection counts as lost."""
_CONNECT_SECONDS = 10.0


async def watch(
    session: aiohttp.ClientSession,
    connection: Connection,
    kind: Kind,
    version: str,
    *,
    namespace: str | None = None,
    labels: str = "",
    fields: str = "",
    metadata_only: bool = False,
) -> AsyncIterator[JsonObject]:
    """Yield watch events (`type` ADDED, MODIFIED, DELETED or BOOKMARK, and `object`) after `version`, of all namespaces for None.

    `labels` and `fields` are selectors; an object that no longer matches them shows as DELETED.

    Raises:
        Gone: the server no longer has what came after `version`; list anew.
        ApiError: status 0 when the connection was lost, and any other refusal.

    """
    query = {
        **selection(labels, fields),
        "watch": "1",
        "allowWatchBookmarks": "true",
        "resourceVersion": version,
        "timeoutSeconds": str(random.randint(_SHORTEST_SECONDS, _LONGEST_SECONDS)),  # noqa: S311 (spread, not a secret)
    }
    path = kind.path(namespace)
    said = f"WATCH {path}"
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_SILENCE_SECONDS)
    headers = {"Accept": accepted(metadata_only=metadata_only)}
    url = f"{connection.server}{path}?{urlencode(query)}"
    try:
        async with session.get(url, headers=headers, timeout=timeout) as response:
            if response.status != 200:
                raise api_error(said, response.status, await response.text(errors="replace"))
            async for line in response.content:
                if line.strip():
                    yield _event(said, line)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise ApiError(said, NO_ANSWER, "Unreachable", f"{type(error).__name__}: {error}") from error
    except ApiError:
        raise
    except (OperatorError, ValueError) as error:
        # ValueError: a line longer than the reader takes, or one that is no JSON.
        raise ApiError(said, NO_ANSWER, "Unreadable", str(error)) from error


def _event(said: str, line: bytes) -> JsonObject:
    event = json.loads(line)
    if not isinstance(event, dict) or not isinstance(event.get("object"), dict):
        raise ValueError("a line of the watch is no event")
    if event.get("type") == "ERROR":
        status = event["object"]
        raise api_error(said, int(status.get("code") or 500), json.dumps(status))
    return event
