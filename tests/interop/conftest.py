"""What the tests of interoperation share: certificates, and a group of processes that ends with the run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e.cluster.processes import ProcessGroup
from e2e.images import agents
from tests.interop import go_collector
from tests.interop.arrivals import Arrivals
from tests.interop.collectors import Starter, ours
from tests.interop.injected import copied
from tests.interop.program import Program
from tests.interop.routes import RECEIVER_PORTS, receiver_ports, taking
from tests.interop.runtimes import MissingRuntime
from tests.interop.senders import SENDERS
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


@dataclass(frozen=True, slots=True)
class Counting:
    """Our collector at the end of chains: its port for plain OTLP/gRPC, and what arrived there."""

    port: int
    arrivals: Arrivals


@pytest.fixture(scope="session")
def counting(starter: Starter, certificates: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Counting:
    """One for the whole run."""
    arrivals = Arrivals(tmp_path_factory.mktemp("counted"))
    _, numbers = starter.start(
        "counting",
        ours(),
        RECEIVER_PORTS,
        lambda numbers: taking(receiver_ports(numbers), certificates, arrivals.exporters()),
    )
    return Counting(receiver_ports(numbers)["plain"][0], arrivals)


@pytest.fixture(scope="session")
def go(pytestconfig: pytest.Config) -> Path:
    """The Go collector; the first run on a machine builds it, which takes minutes."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    # Nobody should have to look at a silent terminal meanwhile.
    with capture.global_and_fixture_disabled():
        return go_collector.build()


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Callable[[str], Program]]:
    """Start a sender's program the first time it is asked for; skip the test where its runtime is missing."""
    folder = tmp_path_factory.mktemp("programs")
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    started: dict[Callable[[], list[str]], Program] = {}
    with ExitStack() as stack:

        def start(name: str) -> Program:
            command = SENDERS[name].command
            if command not in started:
                try:
                    # The first run on a machine downloads packages: nobody should look at a silent terminal meanwhile.
                    with capture.global_and_fixture_disabled():
                        words = command()
                except MissingRuntime as error:
                    pytest.skip(f"{name}: {error}")
                started[command] = stack.enter_context(Program(name, words, folder / f"{name}.log"))
            return started[command]

        yield start


@pytest.fixture(scope="session")
def volumes(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> dict[str, Path]:
    """Each agent, copied as an init container does; the test is skipped where a runtime is missing."""
    missing = [name for name in ("node", "npm", "java", "javac", "mvn") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not on PATH: {', '.join(missing)}")
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    # The first run on a machine downloads packages: nobody should look at a silent terminal meanwhile.
    with capture.global_and_fixture_disabled():
        return {language: copied(language, tmp_path_factory.mktemp(language)) for language in agents.LANGUAGES}
