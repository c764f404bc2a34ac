"""What the tests of interoperation share: certificates, and a group of processes that ends with the run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.cluster.processes import ProcessGroup
from tests.interop import go_collector
from tests.interop.collectors import Starter
from tests.interop.variants import Certificates


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Of the whole run."""
    return Certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    """Starts collectors that live until the end of the run, or of the test that ends them."""
    with ProcessGroup(tmp_path_factory.mktemp("collectors")) as group:
        yield Starter(group)


@pytest.fixture(scope="session")
def go(pytestconfig: pytest.Config) -> Path:
    """The Go collector; the first run on a machine builds it, which takes minutes."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    # Nobody should have to look at a silent terminal meanwhile.
    with capture.global_and_fixture_disabled():
        return go_collector.build()
