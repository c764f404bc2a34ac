"""Detectors of the environment, the host and the cluster."""

import json
import logging
import socket
from pathlib import Path
from typing import Any

import pytest

from otel_agent.kube.errors import KubeError
from otel_agent.processors.resource_detection.attributes import SYSTEM
from otel_agent.processors.resource_detection.detector import DetectionError
from otel_agent.processors.resource_detection.detectors.cluster import K8sApiDetector, KubeadmDetector, OpenshiftDetector
from otel_agent.processors.resource_detection.detectors.environment import (
    ElasticBeanstalkDetector,
    EnvDetector,
    HerokuDetector,
    LambdaDetector,
    parse_pairs,
)
from otel_agent.processors.resource_detection.detectors.system import SystemDetector, host_name
from otel_agent.processors.resource_detection.kubernetes import KubernetesApi
from tests.unit.agent.processors.resource_detection.metadata_server import Answer, serving

LOGGER = logging.getLogger("test")
BEARER = {"Authorization": "Bearer secret"}
UID = {"metadata": {"uid": "cluster-1"}}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("a=b", {"a": "b"}),
        (" a = b , c.d=e%20f+g,empty=", {"a": "b", "c.d": "e f g", "empty": ""}),
        ("a=b=c", {"a": "b=c"}),
    ],
)
def test_pairs_of_the_environment_are_read(text: str, found: dict[str, str]) -> None:
    assert parse_pairs(text) == found


@pytest.mark.parametrize("text", ["a", "a=b,c", "a=%zz", "=", "ä=b"])
def test_what_is_no_pair_is_an_error(text: str) -> None:
    with pytest.raises(DetectionError, match="OTEL_RESOURCE_ATTRIBUTES"):
        parse_pairs(text)


async def test_the_older_variable_is_read_without_the_newer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_RESOURCE_ATTRIBUTES", raising=False)
    monkeypatch.setenv("OTEL_RESOURCE", "a=old")
    assert await EnvDetector().detect() == {"a": "old"}
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "a=new")
    assert await EnvDetector().detect() == {"a": "new"}


async def test_lambda_and_heroku_are_known_by_their_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await LambdaDetector().detect(), await HerokuDetector().detect()) == ({}, {})
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    monkeypatch.setenv("AWS_LAMBDA_LOG_STREAM_NAME", "s")
    assert await LambdaDetector().detect() == {
        "cloud.provider": "aws",
        "cloud.platform": "aws_lambda",
        "faas.name": "f",
        "faas.instance": "s",
        "aws.log.stream.names": ["s"],
    }
    monkeypatch.setenv("HEROKU_APP_ID", "app")
    monkeypatch.setenv("HEROKU_DYNO_ID", "dyno")
    assert await HerokuDetector().detect() == {
        "cloud.provider": "heroku",
        "heroku.app.id": "app",
        "service.instance.id": "dyno",
    }


async def test_elastic_beanstalk_is_known_by_its_file(tmp_path: Path) -> None:
    file = tmp_path / "environment.conf"
    assert await ElasticBeanstalkDetector(file).detect() == {}
    file.write_text(json.dumps({"deployment_id": 23, "environment_name": "prod", "version_label": "v1"}))
    assert await ElasticBeanstalkDetector(file).detect() == {
        "cloud.provider": "aws",
        "cloud.platform": "aws_elastic_beanstalk",
        "service.instance.id": "23",
        "deployment.environment": "prod",
        "service.version": "v1",
    }
    file.write_text("{")
    with pytest.raises(DetectionError, match="is not JSON"):
        await ElasticBeanstalkDetector(file).detect()


def system_of(root: Path, *names: str) -> SystemDetector:
    return SystemDetector(["os"], frozenset(names).__contains__, root)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "etc/os-release": 'NAME="Debian GNU/Linux"\nVERSION_ID="13"\nVERSION="13 (trixie)"\n# comment\nBUILD_ID=b1\n',
        "etc/machine-id": "f00d\n",
        "proc/cpuinfo": (
            "processor : 0\nvendor_id : Maker\ncpu family : 6\nmodel : 85\nmodel name : Fast\nstepping : 7\n"
            "cache size : 1024 KB\n\n"
        ),
        "sys/class/net/lo/flags": "0x9\n",
        "sys/class/net/lo/address": "00:00:00:00:00:00\n",
        "sys/class/net/eth9/flags": "0x1003\n",
        "sys/class/net/eth9/address": "0a:1b:2c:3d:4e:5f\n",
        "sys/class/net/down0/flags": "0x1002\n",
        "proc/net/if_inet6": "fe800000000000000000000000000001 02 40 20 80 eth9\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


async def test_the_system_is_described(root: Path) -> None:
    found = await system_of(root, *SYSTEM).detect()
    description = found.pop("os.description")
    assert str(description).startswith("Debian GNU/Linux 13 (trixie) (Linux ")
    found.pop("host.arch")
    assert found == {
        "host.name": socket.gethostname(),
        "os.type": "linux",
        "host.id": "f00d",
        "host.ip": ["fe80::1"],
        "host.mac": ["0A-1B-2C-3D-4E-5F"],
        "host.interface": ["eth9"],
        "os.name": "Debian GNU/Linux",
        "os.version": "13",
        "os.build.id": "b1",
        "host.cpu.vendor.id": "Maker",
        "host.cpu.family": "6",
        "host.cpu.model.id": "85",
        "host.cpu.model.name": "Fast",
        "host.cpu.stepping": "7",
        "host.cpu.cache.l2.size": 1024,
    }


async def test_only_what_is_wanted_is_read(root: Path) -> None:
    assert await system_of(root, "os.type").detect() == {"os.type": "linux"}


def test_the_first_source_with_a_qualified_name_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "short")
    monkeypatch.setattr(socket, "getfqdn", lambda name: f"{name}.example.org.")
    assert host_name(["dns", "os"]) == "short.example.org"
    monkeypatch.setattr(socket, "getfqdn", lambda name: name)
    assert host_name(["dns", "os"]) == "short"
    with pytest.raises(DetectionError, match="none of the hostname_sources dns has a name"):
        host_name(["dns"])


@pytest.fixture
def account(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text("secret\n")
    return tmp_path


def api_of(server: Any, account: Path) -> KubernetesApi:
    return KubernetesApi(2, LOGGER, address=server.address, account=account)


async def test_the_node_is_asked_with_the_service_account(account: Path) -> None:
    node = {"metadata": {"uid": "node-1"}}
    answers = {"/api/v1/nodes/a": Answer(node, BEARER), "/api/v1/namespaces/kube-system": Answer(UID, BEARER)}
    async with serving(answers) as server:
        detector = K8sApiDetector(api_of(server, account), "a", lambda _: True, LOGGER)
        assert await detector.detect() == {"k8s.node.name": "a", "k8s.node.uid": "node-1", "k8s.cluster.uid": "cluster-1"}


async def test_without_permission_the_uid_of_the_cluster_is_left_out(account: Path, caplog: pytest.LogCaptureFixture) -> None:
    answers = {"/api/v1/namespaces/kube-system": Answer({}, BEARER, status=403)}
    async with serving(answers) as server:
        detector = K8sApiDetector(api_of(server, account), "a", lambda name: name != "k8s.node.uid", LOGGER)
        assert await detector.detect() == {"k8s.node.name": "a"}
    assert "k8s.cluster.uid is left out" in caplog.text


async def test_a_node_that_is_not_there_is_an_error(account: Path) -> None:
    async with serving({}) as server:
        with pytest.raises(KubeError, match="/api/v1/nodes/a: HTTP status 404"):
            await K8sApiDetector(api_of(server, account), "a", lambda _: True, LOGGER).detect()


async def test_kubeadm_tells_the_name_of_the_cluster(account: Path) -> None:
    config = {"data": {"ClusterConfiguration": "kind: ClusterConfiguration\nclusterName: main\n"}}
    answers = {
        "/api/v1/namespaces/kube-system/configmaps/kubeadm-config": Answer(config, BEARER),
        "/api/v1/namespaces/kube-system": Answer(UID, BEARER),
    }
    async with serving(answers) as server:
        detector = KubeadmDetector(api_of(server, account), lambda _: True)
        assert await detector.detect() == {"k8s.cluster.name": "main", "k8s.cluster.uid": "cluster-1"}


async def test_openshift_tells_its_cloud(account: Path) -> None:
    status = {"infrastructureName": "main-x", "platformStatus": {"type": "AWS", "aws": {"region": "EU-west-1"}}}
    path = "/apis/config.openshift.io/v1/infrastructures/cluster"
    async with serving({path: Answer({"status": status}, BEARER)}) as server:
        assert await OpenshiftDetector(api_of(server, account)).detect() == {
            "k8s.cluster.name": "main-x",
            "cloud.provider": "aws",
            "cloud.platform": "aws_openshift",
            "cloud.region": "eu-west-1",
        }
    async with serving({}) as server:
        assert await OpenshiftDetector(api_of(server, account)).detect() == {}


async def test_outside_of_a_cluster_the_api_server_is_not_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(DetectionError, match="does not run in a cluster"):
        await KubernetesApi(1, LOGGER, account=tmp_path).get("/version")
