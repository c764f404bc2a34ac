from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.extensions.headers_setter.config import HeadersSetterConfig
from otel_agent.pdata.telemetry import NO_CLIENT, ClientInfo

SENDER = ClientInfo("", {"x-tenant": ("acme",), "x-many": ("a", "b")}, {"username": "jane"})


async def result(extension: Any, header: dict[str, Any], client: ClientInfo = SENDER, **before: str) -> dict[str, str]:
    setter = await extension("headers_setter", headers=[header])
    return dict(await setter.credentials(before, client))


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ({"value": "fixed"}, "fixed"),
        ({"from_context": "X-Tenant"}, "acme"),
        ({"from_context": "x-many"}, "a,b"),
        ({"from_attribute": "auth.username"}, "jane"),
        ({"from_attribute": "username"}, "jane"),
        ({"from_context": "missing", "default_value": "nobody"}, "nobody"),
        ({"from_attribute": "missing", "default_value": "nobody"}, "nobody"),
    ],
)
async def test_a_value_comes_from_its_source(extension: Any, source: dict[str, Any], value: str) -> None:
    assert await result(extension, {"key": "X-Scope", **source}) == {"X-Scope": value}


@pytest.mark.parametrize(
    ("action", "with_it", "without_it"),
    [
        ("upsert", {"X-A": "new"}, {"X-A": "new"}),
        ("insert", {"x-a": "old"}, {"X-A": "new"}),
        ("update", {"X-A": "new"}, {}),
        ("delete", {}, {}),
    ],
)
async def test_actions_look_at_what_is_there(
    extension: Any, action: str, with_it: dict[str, str], without_it: dict[str, str]
) -> None:
    header = {"action": action, "key": "X-A", "value": "new"}
    assert await result(extension, header, **{"x-a": "old"}) == with_it
    assert await result(extension, header) == without_it


async def test_without_a_value_nothing_is_set(extension: Any) -> None:
    assert await result(extension, {"key": "x", "from_context": "x-tenant"}, NO_CLIENT, y="z") == {"y": "z"}


async def test_a_changed_file_is_used_at_once(extension: Any, tmp_path: Path) -> None:
    (tmp_path / "value").write_text("old")
    setter = await extension("headers_setter", headers=[{"key": "x", "value_file": str(tmp_path / "value")}])
    assert await setter.credentials({}, NO_CLIENT) == {"x": "old"}
    (tmp_path / "value").write_text("newer")
    assert await setter.credentials({}, NO_CLIENT) == {"x": "newer"}


async def test_another_extension_may_add_its_credentials(extension: Any, host: Any) -> None:
    bearer = await extension("bearertokenauth", token="t")
    host.extension = lambda _: bearer
    setter = await extension("headers_setter", additional_auth="bearertokenauth", headers=[{"key": "x", "value": "y"}])
    assert await setter.credentials({}, NO_CLIENT) == {"Authorization": "Bearer t", "x": "y"}
    assert setter.demands_tls


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "missing headers configuration"),
        ({"headers": [{"value": "x"}]}, "missing header name"),
        ({"headers": [{"key": "x"}]}, "missing header source"),
        ({"headers": [{"key": "x", "value": "a", "from_context": "b"}]}, "exclude each other"),
        ({"headers": [{"key": "x", "value": "a", "default_value": "b"}]}, "default_value"),
    ],
)
def test_impossible_settings_are_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        HeadersSetterConfig.model_validate(keys)
