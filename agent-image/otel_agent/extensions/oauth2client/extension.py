"""The oauth2client extension: a token from a token endpoint, kept until shortly before its end."""

import asyncio
import logging
import time
from collections.abc import Mapping
from urllib.parse import quote_plus

import aiohttp

from otel_agent.extensions.oauth2client.config import OAuth2ClientConfig
from otel_agent.extensions.oauth2client.tokens import Token, TokenRefusedError, parse_token
from otel_agent.pdata.telemetry import ClientInfo
from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import RetryableError
from otel_agent.transport.http_answer import AnswerTooLong, read_answer
from otel_agent.transport.request_headers import replace
from otel_agent.transport.tls import ClientTls
from otel_agent.transport.watched_file import WatchedFile

_MAX_ANSWER = 1024 * 1024
_LONGEST_SECONDS = 60.0
"""For one request when `timeout` is 0; the exporters' own timeouts are usually shorter."""


class OAuth2Client:
    """A `ClientAuthenticator`. The first export fetches the token, so an endpoint that is down fails no start."""

    demands_tls = True

    def __init__(self, config: OAuth2ClientConfig, logger: logging.Logger) -> None:
        self._config = config
        self._logger = logger
        self._id_file: WatchedFile | None = None
        self._secret_file: WatchedFile | None = None
        self._session: aiohttp.ClientSession | None = None
        self._tls: ClientTls | None = None
        self._token: Token | None = None
        self._fetching = asyncio.Lock()
        self._in_header = True
        """How the endpoint takes the client's secret: as basic authentication or, when it refuses that, in the form."""

    async def start(self, host: Host) -> None:
        """Read files and certificates; `StartError` when that is impossible."""
        config = self._config
        if config.client_id_file:
            self._id_file = WatchedFile("client_id_file", config.client_id_file, self._logger)
        if config.client_secret_file:
            self._secret_file = WatchedFile("client_secret_file", config.client_secret_file, self._logger)
        self._tls = ClientTls(config.tls, self._logger) if config.token_url.startswith("https:") else None
        connector = aiohttp.TCPConnector(ssl=self._tls.context() if self._tls is not None else True)
        timeout = aiohttp.ClientTimeout(total=config.timeout or _LONGEST_SECONDS)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=True)

    async def shutdown(self) -> None:
        """Close connections. Idempotent."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def credentials(self, headers: Mapping[str, str], client: ClientInfo) -> Mapping[str, str]:
        """Add the token, fetching one when there is none or its end is near; all exports wait for one request."""
        token = self._token
        if token is None or not token.usable(time.monotonic(), self._config.expiry_buffer):
            async with self._fetching:
                token = self._token
                if token is None or not token.usable(time.monotonic(), self._config.expiry_buffer):
                    token = self._token = await self._fetch()
        return replace(headers, "Authorization", token.header)

    async def _fetch(self) -> Token:
        try:
            try:
                return await self._request(in_header=self._in_header)
            except TokenRefusedError as error:
                if not error.rejected:
                    raise
                token = await self._request(in_header=not self._in_header)
                self._in_header = not self._in_header
                return token
        except (TokenRefusedError, aiohttp.ClientError, OSError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            raise RetryableError(
                f"failed to get security token from token endpoint {self._config.token_url}: {reason}"
            ) from error

    async def _request(self, *, in_header: bool) -> Token:
        if self._session is None:
            raise RetryableError("oauth2client is stopped")
        identity = self._id_file.text if self._id_file is not None else self._config.client_id
        secret = self._secret_file.text if self._secret_file is not None else str(self._config.client_secret)
        form = [("grant_type", "client_credentials")]
        if self._config.scopes:
            form.append(("scope", " ".join(self._config.scopes)))
        for name, values in self._config.endpoint_params.items():
            form += [(name, value) for value in (values if isinstance(values, list) else [values])]
        headers = {"Accept": "application/json"}
        if in_header:
            headers["Authorization"] = aiohttp.encode_basic_auth(quote_plus(identity), quote_plus(secret))
        else:
            form += [("client_id", identity), ("client_secret", secret)]
        if self._tls is not None:
            self._tls.context()
        sent = time.monotonic()
        async with self._session.post(
            self._config.token_url,
            data=form,
            headers=headers,
            allow_redirects=False,
            server_hostname=self._config.tls.server_name_override or None,
        ) as answer:
            return parse_token(answer.status, await _read(answer), sent)


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    try:
        return await read_answer(answer, _MAX_ANSWER)
    except AnswerTooLong as error:
        raise TokenRefusedError(f"the token endpoint: {error}") from error
