"""The cluster and the installed product that all scenarios share.

It is ended afterwards; `pytest e2e --keep` leaves it running, so that the next run continues on it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e import product
from e2e.cluster.session import Cluster, open_cluster
from e2e.kubectl import Kubectl

ORDER = ["guide", "configuration", "samples", "failover", "delivery", "injection", "demo", "uninstall", "helm"]
"""Cheap and basic first; then the scenario that removes the product, and the one that needs a cluster without it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--provider", default="auto", help="where the cluster comes from: auto, kind, node, existing")
    parser.addoption("--cluster-name", default="e2e", help="name of the cluster, so that it never meets the demo's")
    parser.addoption("--keep", action="store_true", help="leave the cluster running afterwards")
    parser.addoption("--apart", type=float, default=5, help="seconds between the two looks at what a GitOps tool would change")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: ORDER.index(item.path.parent.name))


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A running cluster; ended afterwards unless --keep was given."""
    cluster = open_cluster(provider=request.config.getoption("--provider"), name=request.config.getoption("--cluster-name"))
    cluster.up()
    yield cluster
    if not request.config.getoption("--keep"):
        cluster.down()


@pytest.fixture(scope="session")
def kubectl(cluster: Cluster) -> Kubectl:
    return Kubectl(cluster.kubectl, cluster.kubeconfig)


@pytest.fixture(scope="session")
def installed(cluster: Cluster, kubectl: Kubectl) -> None:
    """The product, installed as the README says."""
    product.load_images(cluster.load)
    product.install(kubectl)


@pytest.fixture
def namespace(kubectl: Kubectl, installed: None, request: pytest.FixtureRequest) -> Iterator[Kubectl]:
    """Kubectl in a fresh namespace; removed at the end, without waiting."""
    name = request.node.name.replace("_", "-").split("[")[0][-60:].strip("-").lower()
    scoped = kubectl.within(name)
    scoped.ensure_namespace()
    yield scoped
    kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def manifest(request: pytest.FixtureRequest) -> Callable[[str], Path]:
    """Path of a manifest beside the test."""
    return lambda name: request.path.parent / name
