import pytest

from otel_agent.transport.http_session import proxy_for


def test_proxies_of_the_environment_spare_the_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    assert proxy_for("http://outside.example:4318/v1/traces", "") == "http://proxy:3128"
    assert proxy_for("http://inside.example:4318/v1/traces", "") is None
    assert proxy_for("http://localhost:4318/v1/traces", "") is None
