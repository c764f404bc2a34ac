from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from e2e.cluster.errors import ClusterError
from e2e.cluster.node.control import Answer, ControlServer, ask, check_path


@contextmanager
def serving(path: Path, requests: int) -> Iterator[None]:
    def handle(verb: str, component: str) -> Answer:
        if verb == "explode":
            raise ClusterError(f"{component} cannot")
        return {"verb": verb, "component": component}

    server = ControlServer(path, handle)

    def serve() -> None:
        for _ in range(requests):
            server.serve_one(30)

    thread = threading.Thread(target=serve)
    thread.start()
    yield
    thread.join(30)
    server.close()


def test_a_request_reaches_the_handler_and_its_answer_comes_back(tmp_path: Path) -> None:
    with serving(tmp_path / "c", 1):
        assert ask(tmp_path / "c", "restart", "etcd") == {"verb": "restart", "component": "etcd"}


def test_the_handlers_refusal_is_raised_where_it_was_asked(tmp_path: Path) -> None:
    with serving(tmp_path / "c", 1), pytest.raises(ClusterError, match="etcd cannot"):
        ask(tmp_path / "c", "explode", "etcd")


def test_no_supervisor_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="supervisor does not answer"):
        ask(tmp_path / "none", "status")


def test_a_path_the_kernel_would_refuse_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="OTEL_OPERATOR_CACHE"):
        check_path(tmp_path / ("x" * 120))
