"""Requests with the collector's HTTP client settings: connections are kept and used again, files of TLS are looked at again."""

from collections.abc import Mapping
from logging import Logger
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from otel_agent.config.blocks.http_client import HttpClientConfig
from otel_agent.pdata.telemetry import NO_CLIENT, ClientInfo
from otel_agent.pipeline.component import Host
from otel_agent.transport.authentication import ClientAuthenticator, client_authenticator, refuse_middlewares
from otel_agent.transport.tls import ClientTls


class HttpSession:
    """Requests to one URL. `open` it in the event loop; to `close` it is idempotent. Time is bounded by the caller."""

    def __init__(self, config: HttpClientConfig, url: str, logger: Logger) -> None:
        self._config = config
        self._url = url
        self._logger = logger
        self._proxy = proxy_for(url, config.proxy_url)
        self._authenticator: ClientAuthenticator | None = None
        self._tls: ClientTls | None = None
        self._session: aiohttp.ClientSession | None = None

    def open(self, host: Host) -> None:
        """Make the session, nothing is sent yet; `StartError` for settings that cannot be used."""
        config = self._config
        refuse_middlewares(config.middlewares)
        self._authenticator = client_authenticator(host, config.auth)
        self._tls = ClientTls(config.tls, self._logger) if self._url.startswith("https:") else None
        connector = aiohttp.TCPConnector(
            limit=0,
            limit_per_host=config.max_conns_per_host,
            keepalive_timeout=None if config.disable_keep_alives else config.idle_conn_timeout or None,
            force_close=config.disable_keep_alives,
            ssl=self._tls.context() if self._tls is not None else True,
        )
        keeps_cookies = config.cookies is not None and config.cookies.enabled
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.CookieJar(unsafe=True) if keeps_cookies else aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
        )

    async def send(
        self, method: str, headers: Mapping[str, str], *, body: bytes | None = None, client: ClientInfo = NO_CLIENT
    ) -> aiohttp.ClientResponse:
        """Send a request with the credentials for what `client` sent; redirects are not followed.

        The caller releases the response. `ConsumeError` without credentials; aiohttp.ClientError, OSError without an answer.
        """
        assert self._session is not None, "HttpSession.send before open"
        if self._authenticator is not None:
            headers = await self._authenticator.credentials(headers, client)
        if self._tls is not None:
            self._tls.context()
        return await self._session.request(
            method,
            self._url,
            data=body,
            headers=headers,
            proxy=self._proxy,
            allow_redirects=False,
            server_hostname=self._config.tls.server_name_override or None,
        )

    async def close(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


def proxy_for(url: str, configured: str) -> str | None:
    """Return the proxy to reach `url` through: the configured one, else what HTTP_PROXY, HTTPS_PROXY and NO_PROXY say."""
    if configured:
        return configured
    parts = urlsplit(url)
    if proxy_bypass(parts.netloc) or parts.hostname in ("localhost", "127.0.0.1", "::1"):
        return None
    return getproxies().get(parts.scheme)
