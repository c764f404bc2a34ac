"""The headers_setter extension: outgoing headers from the context of the data."""

import logging
from collections.abc import Mapping

from otel_agent.config.blocks.references import AuthConfig
from otel_agent.extensions.headers_setter.config import HeaderConfig, HeadersSetterConfig
from otel_agent.pdata.telemetry import ClientInfo
from otel_agent.pipeline.component import Host
from otel_agent.transport.authentication import ClientAuthenticator, client_authenticator
from otel_agent.transport.request_headers import has, replace, without
from otel_agent.transport.watched_file import WatchedFile


class HeadersSetter:
    """A `ClientAuthenticator`."""

    def __init__(self, config: HeadersSetterConfig, logger: logging.Logger) -> None:
        self._config = config
        self._logger = logger
        self._files: dict[str, WatchedFile] = {}
        self._additional: ClientAuthenticator | None = None

    @property
    def demands_tls(self) -> bool:
        """As the additional authenticator; headers of one's own choice may be no secrets."""
        return self._additional is not None and self._additional.demands_tls

    async def start(self, host: Host) -> None:
        """Read the files and find the additional authenticator; `StartError` when either is impossible."""
        for header in self._config.headers:
            if header.value_file:
                self._files[header.value_file] = WatchedFile("value_file", header.value_file, self._logger)
        if self._config.additional_auth is not None:
            self._additional = client_authenticator(host, AuthConfig(authenticator=self._config.additional_auth))

    async def shutdown(self) -> None:
        """Do nothing."""

    async def credentials(self, headers: Mapping[str, str], client: ClientInfo) -> Mapping[str, str]:
        """Apply all actions."""
        if self._additional is not None:
            headers = await self._additional.credentials(headers, client)
        for header in self._config.headers:
            headers = _apply(header, headers, "" if header.action == "delete" else self._value(header, client))
        return headers

    def _value(self, header: HeaderConfig, client: ClientInfo) -> str:
        if header.value is not None:
            return header.value
        if header.value_file:
            return self._files[header.value_file].text
        if header.from_context:
            found = ",".join(client.metadata.get(header.from_context.lower(), ()))
        else:
            found = client.auth.get(header.from_attribute.removeprefix("auth."), "")
        return found or header.default_value or ""


def _apply(header: HeaderConfig, headers: Mapping[str, str], value: str) -> Mapping[str, str]:
    """Do one action; without a value nothing is set, so that a header is never empty by accident."""
    if header.action == "delete":
        return without(headers, header.key)
    if not value:
        return headers
    present = has(headers, header.key)
    if (header.action == "insert" and present) or (header.action == "update" and not present):
        return headers
    return replace(headers, header.key, value)
