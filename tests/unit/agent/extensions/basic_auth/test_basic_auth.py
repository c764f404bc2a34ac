import base64
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from pydantic import ValidationError

from otel_agent.extensions.basic_auth.config import BasicAuthConfig
from otel_agent.extensions.basic_auth.htpasswd import matches, parse_htpasswd
from otel_agent.pdata.telemetry import NO_CLIENT
from otel_agent.pipeline.errors import StartError
from otel_agent.transport.authentication import AuthenticationError

HASH = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
SHA = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="


def header(user: str, password: str, scheme: str = "Basic") -> dict[str, tuple[str, ...]]:
    return {"authorization": (f"{scheme} {base64.b64encode(f'{user}:{password}'.encode()).decode()}",)}


def test_bcrypt_sha_and_plain_text_are_understood() -> None:
    users = parse_htpasswd(f"# people\n\na:{HASH}\nb:{SHA}\nc:plain:text\n")
    assert matches(users, "a", "secret")
    assert matches(users, "b", "secret")
    assert matches(users, "c", "plain:text")
    assert not any(matches(users, user, "wrong") for user in ("a", "b", "c", "d"))
    assert not matches(users, "a", "secret" * 20)
    assert not matches({"x": "$2y$broken"}, "x", "secret")


@pytest.mark.parametrize(("text", "message"), [("nobody", "line 1 is not user:hash"), ("\na:$apr1$x$y", "line 2.*htpasswd -B")])
def test_lines_that_are_not_understood_are_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_htpasswd(text)


@pytest.mark.parametrize("scheme", ["Basic", "basic"])
async def test_a_server_takes_the_right_password_again_and_again(extension: Any, scheme: str) -> None:
    server = await extension("basic_auth", htpasswd={"inline": f"user:{HASH}"})
    for _ in range(2):
        auth = await server.authenticate(header("user", "secret", scheme))
        assert auth == {"username": "user", "raw": base64.b64encode(b"user:secret").decode()}
    with pytest.raises(AuthenticationError, match="invalid credentials"):
        await server.authenticate(header("user", "wrong"))


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "no basic auth provided"),
        ({"authorization": ("Bearer x",)}, "invalid schema prefix"),
        ({"authorization": ("Basic *",)}, "invalid authorization format"),
        ({"authorization": ("Basic eA==",)}, "invalid authorization format"),
        ({"authorization": ("Basic \udce9",)}, "invalid authorization format"),
        (header("nobody", "secret"), "invalid credentials"),
        (header("USER", "secret"), "invalid credentials"),
    ],
)
async def test_a_server_refuses_everything_else(extension: Any, headers: Any, message: str) -> None:
    server = await extension("basic_auth", htpasswd={"inline": f"user:{HASH}"})
    with pytest.raises(AuthenticationError, match=message):
        await server.authenticate(headers)


async def test_inline_users_win_over_those_of_the_file(extension: Any, tmp_path: Path) -> None:
    (tmp_path / "users").write_text("a:file\nb:file\n")
    server = await extension("basic_auth", htpasswd={"file": str(tmp_path / "users"), "inline": "a:inline"})
    await server.authenticate(header("a", "inline"))
    await server.authenticate(header("b", "file"))
    with pytest.raises(AuthenticationError):
        await server.authenticate(header("a", "file"))


async def test_a_file_that_cannot_be_read_fails_the_start(extension: Any, tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"htpasswd::file: .*/missing"):
        await extension("basic_auth", htpasswd={"file": str(tmp_path / "missing")})


async def test_a_client_sends_what_the_files_hold_now(extension: Any, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("old\n")
    client = await extension("basic_auth", client_auth={"username": "user", "password_file": str(password)})
    sent = await client.credentials({"authorization": "configured", "x": "y"}, NO_CLIENT)
    assert sent == {"x": "y", "Authorization": header("user", "old")["authorization"][0]}
    password.write_text("rotated\n")
    sent = await client.credentials({}, NO_CLIENT)
    assert sent == {"Authorization": header("user", "rotated")["authorization"][0]}
    password.unlink()
    assert await client.credentials({}, NO_CLIENT) == sent


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "no credential source"),
        ({"htpasswd": {"inline": "a:b"}, "client_auth": {"username": "a"}}, "only one of"),
        ({"htpasswd": {}}, "no credential source"),
        ({"client_auth": {}}, "`username` is empty"),
        ({"client_auth": {"username": "a:b"}}, "colon"),
        ({"client_auth": {"username": "a", "password": "b", "password_file": "c"}}, "exclude each other"),
    ],
)
def test_impossible_settings_are_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        BasicAuthConfig.model_validate(keys)
