import base64
from collections.abc import Mapping

import pytest

from otel_agent.transport.oauth2 import Form, Grant, Token, TokenRefusedError, TokenSource, parse_token


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"access_token": 1}', b'{"access_token": ""}', b"\xff"])
def test_answers_without_a_token_are_refused(body: bytes) -> None:
    with pytest.raises(TokenRefusedError, match="without an access_token"):
        parse_token(200, body, 0.0)


def test_a_token_without_an_end_is_kept() -> None:
    token = parse_token(200, b'{"access_token": "a", "expires_in": "x", "token_type": "MAC"}', 5.0)
    assert token == Token("a", "MAC", None)
    assert token.usable(1e9, 300)


async def test_what_is_shown_is_quoted_and_the_form_tried_where_a_header_is_refused() -> None:
    seen: list[tuple[str | None, dict[str, str]]] = []

    async def post(form: Form, headers: Mapping[str, str]) -> tuple[int, bytes]:
        seen.append((headers.get("Authorization"), dict(form)))
        return (401, b"{}") if "Authorization" in headers else (200, b'{"access_token": "t"}')

    grants = [Grant("me:1", "a b", ("x", "y"), (("audience", "z"),))]
    source = TokenSource(post, lambda: grants[-1], 30.0)
    assert (await source.token()).header == (await source.token()).header == "Bearer t"
    form = {"grant_type": "client_credentials", "scope": "x y", "audience": "z"}
    basic = f"Basic {base64.b64encode(b'me%3A1:a+b').decode()}"
    assert seen == [(basic, form), (None, {**form, "client_id": "me:1", "client_secret": "a b"})]
