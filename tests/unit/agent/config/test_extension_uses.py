"""Extensions that components name must run, or the collector would not start."""

from typing import Any

import pytest

from otel_agent.config.check import check_config

NOT_THERE = 'extension "file_storage" is not in service::extensions: configure it under extensions and add it there'


def problems(**change: Any) -> list[tuple[tuple[str, ...], str]]:
    """Of a configuration with a queue on disk, and some sections changed."""
    raw: dict[str, Any] = {
        "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": "127.0.0.1:4317"}}}},
        "exporters": {"otlp_grpc": {"endpoint": "a:1", "sending_queue": {"storage": "file_storage"}}},
        "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["otlp_grpc"]}}},
        **change,
    }
    return [(problem.path, problem.message) for problem in check_config(raw)]


def service(*extensions: str, **pipelines: Any) -> dict[str, Any]:
    traces = {"receivers": ["otlp"], "exporters": ["otlp_grpc"]}
    return {"extensions": list(extensions), "pipelines": pipelines or {"traces": traces}}


STORAGE = {"file_storage": {"directory": "/var/lib/otelcol"}}
WHERE = ("exporters", "otlp_grpc", "sending_queue", "storage")


def test_a_storage_that_is_not_there_is_a_problem_where_it_is_named() -> None:
    assert problems() == [(WHERE, NOT_THERE)]


def test_one_that_is_configured_and_does_not_run_is_a_problem() -> None:
    [(path, message)] = problems(extensions=STORAGE)
    assert (path, message) == (WHERE, 'extension "file_storage" is not in service::extensions: add it there')


def test_one_that_runs_is_none() -> None:
    assert problems(extensions=STORAGE, service=service("file_storage")) == []


@pytest.mark.parametrize(
    "exporters",
    [
        {"nop": None, "otlp_grpc": {"endpoint": "a:1", "auth": {"authenticator": "basic_auth"}}},
        {"nop": None, "loki": {"endpoint": "http://a:1", "sending_queue": {"storage": "file_storage"}}},
    ],
)
def test_what_a_component_that_no_pipeline_has_names_does_not_matter(exporters: dict[str, Any]) -> None:
    pipelines = {"traces": {"receivers": ["otlp"], "exporters": ["nop"]}}
    assert problems(exporters=exporters, service=service(**pipelines)) == []


def test_what_is_turned_off_names_nothing() -> None:
    queue = {"enabled": False, "storage": "file_storage"}
    assert problems(exporters={"otlp_grpc": {"endpoint": "a:1", "sending_queue": queue}}) == []


@pytest.mark.parametrize(
    ("receiver", "where"),
    [
        ({"grpc": {"auth": {"authenticator": "file_storage"}}}, ("grpc", "auth", "authenticator")),
        ({"http": {"middlewares": [{"id": "file_storage"}]}}, ("http", "middlewares", "0", "id")),
    ],
)
def test_authenticators_and_middlewares_are_looked_at(receiver: dict[str, Any], where: tuple[str, ...]) -> None:
    found = problems(receivers={"otlp": {"protocols": receiver}}, exporters={"otlp_grpc": {"endpoint": "a:1"}})
    assert found == [(("receivers", "otlp", "protocols", *where), NOT_THERE)]


def test_a_list_of_extensions_that_is_not_known_yet_is_no_problem() -> None:
    assert problems(service={**service(), "extensions": "${env:EXTENSIONS}"}) == []
    assert problems(service=service("${env:STORAGE}")) == []
