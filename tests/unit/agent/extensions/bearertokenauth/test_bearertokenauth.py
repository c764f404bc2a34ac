from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.extensions.bearertokenauth.config import BearerTokenAuthConfig
from otel_agent.pdata.telemetry import NO_CLIENT
from otel_agent.pipeline.errors import StartError
from otel_agent.transport.authentication import AuthenticationError


async def test_a_server_takes_any_of_its_tokens(extension: Any) -> None:
    server = await extension("bearertokenauth", tokens=["a", "b"])
    for token in ("a", "b"):
        assert await server.authenticate({"authorization": (f"Bearer {token}",)}) == {"raw": f"Bearer {token}"}


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "missing or empty authorization header: Authorization"),
        ({"authorization": ("Bearer c",)}, "scheme or token does not match"),
        ({"authorization": ("a",)}, "scheme or token does not match"),
        ({"authorization": ("Basic a",)}, "scheme or token does not match"),
        ({"authorization": ("Bearer \udce9",)}, "scheme or token does not match"),
    ],
)
async def test_a_server_refuses_everything_else(extension: Any, headers: Any, message: str) -> None:
    server = await extension("bearertokenauth", token="a")
    with pytest.raises(AuthenticationError, match=message):
        await server.authenticate(headers)


async def test_header_and_scheme_can_be_others(extension: Any) -> None:
    both = await extension("bearertokenauth", token="a", header="X-Token", scheme="")
    assert await both.credentials({"x-token": "configured"}, NO_CLIENT) == {"X-Token": "a"}
    await both.authenticate({"x-token": ("a",)})


async def test_a_client_sends_the_first_token(extension: Any) -> None:
    client = await extension("bearertokenauth", tokens=["a", "b"], scheme="Token")
    assert await client.credentials({}, NO_CLIENT) == {"Authorization": "Token a"}
    assert client.demands_tls


async def test_a_changed_file_is_used_at_once(extension: Any, tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text("one\ntwo\n")
    both = await extension("bearertokenauth", filename=str(path), token="unused")
    assert await both.credentials({}, NO_CLIENT) == {"Authorization": "Bearer one"}
    await both.authenticate({"authorization": ("Bearer two",)})
    replacement = tmp_path / "new"
    replacement.write_text("six")
    replacement.replace(path)
    assert await both.credentials({}, NO_CLIENT) == {"Authorization": "Bearer six"}
    with pytest.raises(AuthenticationError):
        await both.authenticate({"authorization": ("Bearer two",)})


@pytest.mark.parametrize(("content", "message"), [(None, "No such file"), ("\n", "holds no token")])
async def test_a_file_without_a_token_fails_the_start(extension: Any, tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "tokens").write_text(content)
    with pytest.raises(StartError, match=message):
        await extension("bearertokenauth", filename=str(tmp_path / "tokens"))


@pytest.mark.parametrize(
    ("keys", "message"),
    [({}, "no bearer token"), ({"token": "a", "tokens": ["b"]}, "not both"), ({"token": "a", "header": ""}, "`header`")],
)
def test_impossible_settings_are_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        BearerTokenAuthConfig.model_validate(keys)
