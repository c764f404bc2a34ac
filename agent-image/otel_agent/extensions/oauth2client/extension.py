"""The oauth2client extension: a token from a token endpoint, kept until shortly before its end."""

import logging
from collections.abc import Mapping

import aiohttp

from otel_agent.extensions.oauth2client.config import OAuth2ClientConfig
from otel_agent.pdata.telemetry import ClientInfo
from otel_agent.pipeline.component import Host
from otel_agent.pipeline.errors import RetryableError
from otel_agent.transport.http_answer import AnswerTooLong, read_answer
from otel_agent.transport.oauth2 import MAX_ANSWER, Form, Grant, TokenRefusedError, TokenSource
from otel_agent.transport.request_headers import replace
from otel_agent.transport.tls import ClientTls
from otel_agent.transport.watched_file import WatchedFile

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
        self._tokens = TokenSource(self._post, self._grant, config.expiry_buffer)

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
        """Add the token; `RetryableError` when there is none to be had."""
        try:
            token = await self._tokens.token()
        except (TokenRefusedError, aiohttp.ClientError, OSError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            raise RetryableError(
                f"failed to get security token from token endpoint {self._config.token_url}: {reason}"
            ) from error
        return replace(headers, "Authorization", token.header)

    def _grant(self) -> Grant:
        config = self._config
        more = [
            (name, value)
            for name, values in config.endpoint_params.items()
            for value in (values if isinstance(values, list) else [values])
        ]
        return Grant(
            self._id_file.text if self._id_file is not None else config.client_id,
            self._secret_file.text if self._secret_file is not None else str(config.client_secret),
            config.scopes,
            more,
        )

    async def _post(self, form: Form, headers: Mapping[str, str]) -> tuple[int, bytes]:
        if self._session is None:
            raise RetryableError("oauth2client is stopped")
        if self._tls is not None:
            self._tls.context()
        async with self._session.post(
            self._config.token_url,
            data=form,
            headers=headers,
            allow_redirects=False,
            server_hostname=self._config.tls.server_name_override or None,
        ) as answer:
            try:
                return answer.status, await read_answer(answer, MAX_ANSWER)
            except AnswerTooLong as error:
                raise TokenRefusedError(f"the token endpoint: {error}") from error
