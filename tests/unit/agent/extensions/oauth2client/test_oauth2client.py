import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from pydantic import ValidationError

from otel_agent.extensions.oauth2client.config import OAuth2ClientConfig
from otel_agent.pdata.telemetry import NO_CLIENT
from otel_agent.pipeline.errors import RetryableError


class Endpoint:
    """A token endpoint that numbers its tokens."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[tuple[str, dict[str, list[str]]]] = []
        self.accepts_header = True
        self.status = 200
        self.lifetime = 3600

    async def answer(self, request: web.BaseRequest) -> web.Response:
        authorization = request.headers.get("Authorization", "")
        self.requests.append((authorization, parse_qs(await request.text())))
        if self.status != 200:
            return web.json_response({"error": "temporarily_unavailable"}, status=self.status)
        if authorization and not self.accepts_header:
            return web.json_response({"error": "invalid_client"}, status=401)
        return web.json_response(
            {"access_token": f"token-{len(self.requests)}", "token_type": "bearer", "expires_in": self.lifetime}
        )


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    made = Endpoint()
    runner = web.ServerRunner(web.Server(made.answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/token"
    yield made
    await runner.cleanup()


def keys(endpoint: Endpoint, **more: Any) -> dict[str, Any]:
    return {"client_id": "me&you", "client_secret": "s:cret", "token_url": endpoint.url, **more}


async def test_one_token_serves_all_exports(extension: Any, endpoint: Endpoint) -> None:
    client = await extension("oauth2client", **keys(endpoint, scopes=["a", "b"], endpoint_params={"audience": ["x", "y"]}))
    sent = await asyncio.gather(*(client.credentials({"k": "v"}, NO_CLIENT) for _ in range(20)))
    assert all(headers == {"k": "v", "Authorization": "Bearer token-1"} for headers in sent)
    ((authorization, form),) = endpoint.requests
    assert base64.b64decode(authorization.removeprefix("Basic ")) == b"me%26you:s%3Acret"
    assert form == {"grant_type": ["client_credentials"], "scope": ["a b"], "audience": ["x", "y"]}


async def test_a_token_is_renewed_before_its_end(extension: Any, endpoint: Endpoint) -> None:
    endpoint.lifetime = 60
    client = await extension("oauth2client", **keys(endpoint, expiry_buffer="61s"))
    assert await client.credentials({}, NO_CLIENT) == {"Authorization": "Bearer token-1"}
    assert await client.credentials({}, NO_CLIENT) == {"Authorization": "Bearer token-2"}


async def test_an_endpoint_that_wants_the_secret_in_the_form_gets_it_there(extension: Any, endpoint: Endpoint) -> None:
    endpoint.accepts_header, endpoint.lifetime = False, 1
    client = await extension("oauth2client", **keys(endpoint))
    await client.credentials({}, NO_CLIENT)
    await client.credentials({}, NO_CLIENT)
    assert [bool(authorization) for authorization, _ in endpoint.requests] == [True, False, False]
    assert endpoint.requests[1][1]["client_secret"] == ["s:cret"]


async def test_without_a_token_the_export_is_tried_again(extension: Any, endpoint: Endpoint) -> None:
    endpoint.status = 503
    client = await extension("oauth2client", **keys(endpoint))
    with pytest.raises(RetryableError, match=r"failed to get security token .* 503 temporarily_unavailable"):
        await client.credentials({}, NO_CLIENT)
    endpoint.status = 200
    assert await client.credentials({}, NO_CLIENT) == {"Authorization": "Bearer token-2"}


async def test_an_endpoint_that_is_down_fails_no_start(extension: Any) -> None:
    client = await extension("oauth2client", client_id="a", client_secret="b", token_url="http://127.0.0.1:1/token")
    with pytest.raises(RetryableError, match="failed to get security token"):
        await client.credentials({}, NO_CLIENT)


async def test_secrets_may_be_in_files(extension: Any, endpoint: Endpoint, tmp_path: Any) -> None:
    (tmp_path / "secret").write_text("filed\n")
    given = keys(endpoint, client_secret_file=str(tmp_path / "secret"))
    await (await extension("oauth2client", **given)).credentials({}, NO_CLIENT)
    assert base64.b64decode(endpoint.requests[0][0].removeprefix("Basic ")) == b"me%26you:filed"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"client_id": ""}, "no client_id"),
        ({"client_secret": ""}, "no client_secret"),
        ({"token_url": "ftp://x"}, "not an http"),
        ({"grant_type": "urn:jwt"}, "not supported"),
        ({"timeout": "-1s"}, "must not be negative"),
    ],
)
def test_impossible_settings_are_refused(change: dict[str, Any], message: str) -> None:
    given = {"client_id": "a", "client_secret": "b", "token_url": "https://x/token", **change}
    with pytest.raises(ValidationError, match=message):
        OAuth2ClientConfig.model_validate(given)
