"""Fetches a configuration by HTTP, within bounds of time and size."""

import time
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPResponse
from threading import Thread
from urllib.parse import urlsplit

from otel_agent.config.references import without_password
from otel_agent.config.yaml_document import MAX_TEXT

STEP_SECONDS = 10.0
"""For one step of a request: connecting, one read."""
TOTAL_SECONDS = 30.0
"""For everything: names, redirects, headers and body."""
_CHUNK = 64 * 1024


def fetch(url: str) -> bytes:
    """Body that the address answers with status 200, at most one byte longer than MAX_TEXT; ValueError or OSError."""
    if urlsplit(url).username is not None:
        raise ValueError(f'"{without_password(url)}": user and password in an address are not supported')
    results: list[bytes | Exception] = []
    # In a thread, because nothing else bounds name resolution or a server that sends its headers byte by byte.
    thread = Thread(target=_collect, args=(url, results), name="configuration fetch", daemon=True)
    thread.start()
    thread.join(TOTAL_SECONDS)
    result = results[0] if results else OSError(f"not complete after {TOTAL_SECONDS:g} seconds")
    if isinstance(result, Exception):
        raise OSError(f'unable to fetch "{url}": {result}') from result
    return result


def _collect(url: str, results: list[bytes | Exception]) -> None:
    try:
        results.append(_get(url))
    except urllib.error.HTTPError as error:
        error.close()
        results.append(OSError(f"status {error.code}, expected 200"))
    except urllib.error.URLError as error:
        results.append(OSError(str(error.reason)))
    except (OSError, ValueError, HTTPException) as error:
        results.append(OSError(str(error) or type(error).__name__))


def _get(url: str) -> bytes:
    deadline = time.monotonic() + TOTAL_SECONDS
    request = urllib.request.Request(url, headers={"Accept": "application/yaml, */*"})  # noqa: S310 - callers fix the scheme
    with urllib.request.urlopen(request, timeout=STEP_SECONDS) as response:  # noqa: S310
        if response.status != 200:
            raise OSError(f"status {response.status}, expected 200")
        return _read_body(response, deadline)


def _read_body(response: HTTPResponse, deadline: float) -> bytes:
    data = bytearray()
    while len(data) <= MAX_TEXT and (chunk := response.read1(_CHUNK)):
        data += chunk
        if time.monotonic() > deadline:
            raise OSError("too slow")
    if len(data) <= MAX_TEXT and response.length:
        raise OSError(f"the connection ended {response.length} bytes before the end of the answer")
    return bytes(data)
