"""HTTP requests with Prometheus' client settings: scrapes and HTTP discovery use it, and the Kubernetes API their headers."""

import asyncio
import base64
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from otel_agent.pipeline.errors import StartError
from otel_agent.receivers.prometheus.proxies import choose_proxy
from otel_agent.receivers.prometheus.settings.http_client import PromHttpClient
from otel_agent.transport.http_answer import AnswerTooLong, read_answer
from otel_agent.transport.oauth2 import MAX_ANSWER, Form, Grant, TokenRefusedError, TokenSource
from otel_agent.transport.tls import ClientTls
from otel_agent.transport.user_agent import USER_AGENT

if TYPE_CHECKING:
    import aiohttp

_MAX_SECRET = 1024 * 1024
_TOKEN_SLACK = 30.0
_REDIRECTS = 10


class AccessError(Exception):
    """A request cannot be made: a secret is missing, or a token refused."""


def check_files(client: PromHttpClient) -> None:
    """Refuse settings that name a file which is not there; `StartError` names it."""
    for name in client.files():
        if not Path(name).is_file():
            raise StartError(f"file {name} does not exist: every file of TLS and credentials must")


class HttpAccess:
    """A session with its credentials. Open it in the event loop; closing is idempotent."""

    def __init__(self, client: PromHttpClient, logger: logging.Logger, *, connections: int = 0) -> None:
        self._client = client
        self._logger = logger
        self._connections = connections
        self._reads_secrets = bool(client.files())
        self._session: aiohttp.ClientSession | None = None
        self._tls: ClientTls | None = None
        self._tokens = TokenSource(self._post, self._grant, _TOKEN_SLACK) if client.oauth2 is not None else None
        self._to_tokens: HttpAccess | None = None

    def open(self) -> None:
        """Make the session; `StartError` for TLS settings that cannot be used."""
        import aiohttp

        self._tls = ClientTls(self._client.tls_config.block, self._logger)
        connector = aiohttp.TCPConnector(ssl=self._tls.context(), limit=self._connections, limit_per_host=0)
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            headers={"User-Agent": USER_AGENT},
            auto_decompress=True,
        )

    async def get(self, url: str, headers: dict[str, str], *, follow: bool | None = None) -> "aiohttp.ClientResponse":
        """Send a GET; the caller bounds its time and releases the response. AccessError, aiohttp.ClientError, OSError."""
        client = self._client
        own = await asyncio.to_thread(own_headers, client) if self._reads_secrets else own_headers(client)
        follow = client.follow_redirects if follow is None else follow
        return await self._send("GET", url, headers | own | await self._token(), follow=follow)

    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], *, form: Form | None = None, follow: bool = False
    ) -> "aiohttp.ClientResponse":
        assert self._session is not None, "a request before open"
        if self._tls is not None:
            self._tls.context()
        client = self._client
        return await self._session.request(
            method,
            url,
            data=form,
            headers=headers,
            allow_redirects=follow,
            max_redirects=_REDIRECTS,
            proxy=choose_proxy(client, url),
            proxy_headers=first_values(client.proxy_connect_header) or None,
            server_hostname=client.tls_config.server_name or None,
        )

    async def close(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        to_tokens, self._to_tokens = self._to_tokens, None
        if to_tokens is not None:
            await to_tokens.close()
        if session is not None:
            await session.close()

    async def _token(self) -> dict[str, str]:
        config = self._client.oauth2
        if config is None or self._tokens is None:
            return {}
        try:
            return {"Authorization": (await self._tokens.token()).header}
        except TokenRefusedError as error:
            raise AccessError(f"{config.token_url}: {error}") from error

    def _grant(self) -> Grant:
        config = self._client.oauth2
        assert config is not None
        secret = read_secret(config.client_secret_file) if config.client_secret_file else str(config.client_secret)
        return Grant(config.client_id, secret, config.scopes, tuple(config.endpoint_params.items()))

    async def _post(self, form: Form, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Post to the token endpoint, which has TLS and proxies of its own."""
        config = self._client.oauth2
        assert config is not None
        if self._to_tokens is None:
            client = PromHttpClient(tls_config=config.tls_config, proxy_url=config.proxy_url, no_proxy=config.no_proxy)
            self._to_tokens = HttpAccess(client, self._logger)
            self._to_tokens.open()
        async with await self._to_tokens._send("POST", config.token_url, headers, form=form) as response:
            try:
                return response.status, await read_answer(response, MAX_ANSWER)
            except AnswerTooLong as error:
                raise AccessError(f"{config.token_url}: {error}") from error


def first_values(headers: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the first value of each header: as many as can be sent to a proxy."""
    return {name: str(values[0]) for name, values in headers.items() if values}


def own_headers(client: PromHttpClient) -> dict[str, str]:
    """Return the headers of the settings, with secrets read from their files now; `AccessError` when one cannot be read."""
    headers = {
        name: ",".join([*header.values, *header.secrets, *(read_secret(file) for file in header.files)])
        for name, header in client.http_headers.items()
    }
    if client.basic_auth is not None:
        basic = client.basic_auth
        user = read_secret(basic.username_file) if basic.username_file else basic.username
        password = read_secret(basic.password_file) if basic.password_file else basic.password
        headers["Authorization"] = f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
    elif client.authorization is not None:
        scheme = client.authorization
        secret = read_secret(scheme.credentials_file) if scheme.credentials_file else scheme.credentials
        headers["Authorization"] = f"{scheme.type.strip()} {secret}"
    elif client.bearer_token or client.bearer_token_file:
        token = read_secret(client.bearer_token_file) if client.bearer_token_file else client.bearer_token
        headers["Authorization"] = f"Bearer {token}"
    return headers


def read_secret(file: str) -> str:
    """Return the content of a file without white space around it."""
    try:
        with Path(file).open("rb") as opened:
            content = opened.read(_MAX_SECRET)
        return content.decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise AccessError(f"cannot read {file}: {error}") from error
