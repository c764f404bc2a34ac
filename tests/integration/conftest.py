"""A real API server for the whole run, and a namespace of its own for each test."""

from __future__ import annotations

import gc
import secrets
import warnings
from collections.abc import Iterator

import pytest

from e2e.cluster.apiserver import ApiServer


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
def namespace(apiserver: ApiServer) -> Iterator[str]:
    """Name of a fresh namespace; its deletion is asked for afterwards and not waited for."""
    name = f"test-{secrets.token_hex(4)}"
    apiserver.kubectl("create", "namespace", name)
    # The controller manager adds it a moment later, and until then the namespace takes no pod and gives out no token.
    apiserver.kubectl("wait", "--for=create", "serviceaccount/default", "-n", name, "--timeout=60s")
    yield name
    apiserver.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def lost_connections() -> Iterator[None]:
    """For a test that ends servers: what they left half open is collected here, and not during a later test, which would fail.

    asyncio leaves the transport of a connection open that is lost in the middle of its TLS handshake.
    """
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
