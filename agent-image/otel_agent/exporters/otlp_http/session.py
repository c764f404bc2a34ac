"""An HTTP client session from the client settings: connections are kept and used again."""

import ssl
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from otel_agent.config.blocks.http_client import HttpClientConfig
from otel_agent.transport.tls import client_context


def open_session(config: HttpClientConfig, url: str) -> tuple[aiohttp.ClientSession, ssl.SSLContext | None]:
    """Return a session for `url` and the TLS context it uses; `StartError` for TLS settings that cannot be used.

    Must run in the event loop.
    """
    context = client_context(config.tls) if url.startswith("https:") else None
    connector = aiohttp.TCPConnector(
        limit=0,
        limit_per_host=config.max_conns_per_host,
        keepalive_timeout=None if config.disable_keep_alives else config.idle_conn_timeout or None,
        force_close=config.disable_keep_alives,
        ssl=context if context is not None else True,
    )
    keeps_cookies = config.cookies is not None and config.cookies.enabled
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.CookieJar(unsafe=True) if keeps_cookies else aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
    )
    return session, context


def proxy_for(url: str, configured: str) -> str | None:
    """Return the proxy to reach `url` through: the configured one, else what HTTP_PROXY, HTTPS_PROXY and NO_PROXY say."""
    if configured:
        return configured
    parts = urlsplit(url)
    if proxy_bypass(parts.netloc) or parts.hostname in ("localhost", "127.0.0.1", "::1"):
        return None
    return getproxies().get(parts.scheme)
