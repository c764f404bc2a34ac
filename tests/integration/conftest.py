"""A real API server for the whole run, and a namespace of its own for each test."""

from __future__ import annotations

import gc
import inspect
import secrets
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.cluster.apiserver import ApiServer

FOLDER = Path(__file__).parent


@pytest.fixture(scope="session")
def apiserver(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[ApiServer]:
    """etcd, kube-apiserver and kube-controller-manager; the first run on a machine builds them, which takes minutes."""
    server = ApiServer(tmp_path_factory.mktemp("apiserver"))
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    # Nobody should have to look at a silent terminal while Kubernetes compiles.
    with capture.global_and_fixture_disabled():
        server.start()
    yield server
    server.stop()


@pytest.fixture
def pristine(tmp_path: Path) -> Iterator[ApiServer]:
    """An API server of the test's own, for what disturbs others: registrations of webhooks that do not run, CRDs that change."""
    with ApiServer(tmp_path / "pristine") as server:
        yield server


@pytest.fixture
def namespace(apiserver: ApiServer) -> Iterator[str]:
    """Name of a fresh namespace; its deletion is asked for afterwards and not waited for."""
    name = f"test-{secrets.token_hex(4)}"
    apiserver.create_namespace(name)
    yield name
    apiserver.kubectl("delete", "namespace", name, "--wait=false")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _uses_connections_of_asyncio(item):
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


def _uses_connections_of_asyncio(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function) and FOLDER in item.path.parents


@pytest.fixture(autouse=True)
def lost_connections(request: pytest.FixtureRequest) -> Iterator[None]:
    """Collect what a test left half open here, and not during a later test, which would fail.

    asyncio leaves a TLS connection's transport open when its end is cut short: lost in the handshake, or closed while the other
    side still sends, as a watch of the API server is.
    """
    yield
    if _uses_connections_of_asyncio(request.node):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
