"""Detectors of clouds, each against a metadata service that is strict about paths and headers."""

import logging
from typing import Any

import pytest

from otel_agent.processors.resource_detection.detectors.aws import Ec2Detector, EksDetector
from otel_agent.processors.resource_detection.detectors.azure import AksDetector, AzureDetector, cluster_name
from otel_agent.processors.resource_detection.detectors.consul import ConsulDetector
from otel_agent.processors.resource_detection.detectors.docker import DockerDetector
from otel_agent.processors.resource_detection.detectors.ecs import EcsDetector
from otel_agent.processors.resource_detection.detectors.gcp import GcpDetector
from otel_agent.processors.resource_detection.fetch import FetchError
from otel_agent.processors.resource_detection.kubernetes import KubernetesApi
from tests.unit.agent.processors.resource_detection.metadata_server import Answer, serving

CLOUD = (
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "ECS_CONTAINER_METADATA_URI",
    "ECS_CONTAINER_METADATA_URI_V4",
    "FUNCTION_TARGET",
    "K_CONFIGURATION",
    "CLOUD_RUN_JOB",
    "GAE_SERVICE",
    "KUBERNETES_SERVICE_HOST",
    "CONSUL_HTTP_ADDR",
    "CONSUL_HTTP_TOKEN",
)
SESSION = {"X-aws-ec2-metadata-token": "session"}
CLOSED = "http://127.0.0.1:1"
IDENTITY = {
    "region": "eu-west-1",
    "accountId": "123456789012",
    "availabilityZone": "eu-west-1a",
    "instanceId": "i-0123",
    "imageId": "ami-1",
    "instanceType": "m5.large",
}


@pytest.fixture(autouse=True)
def no_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CLOUD:
        monkeypatch.delenv(name, raising=False)


def imds() -> dict[str, Answer]:
    return {
        "/latest/api/token": Answer("session", {"X-aws-ec2-metadata-token-ttl-seconds": "300"}, "PUT"),
        "/latest/meta-data/instance-id": Answer("i-0123", SESSION),
        "/latest/dynamic/instance-identity/document": Answer(IDENTITY, SESSION),
        "/latest/meta-data/hostname": Answer("ip-10-0-0-1.internal", SESSION),
        "/latest/meta-data/tags/instance": Answer("Name\nteam.owner\nsecret", SESSION),
        "/latest/meta-data/tags/instance/Name": Answer("web-1", SESSION),
        "/latest/meta-data/tags/instance/team.owner": Answer("shop", SESSION),
    }


EC2 = {
    "cloud.provider": "aws",
    "cloud.platform": "aws_ec2",
    "cloud.region": "eu-west-1",
    "cloud.account.id": "123456789012",
    "cloud.availability_zone": "eu-west-1a",
    "host.id": "i-0123",
    "host.image.id": "ami-1",
    "host.type": "m5.large",
    "host.name": "ip-10-0-0-1.internal",
}


def ec2(tags: tuple[str, ...] = (), *, fail: bool = False) -> Ec2Detector:
    return Ec2Detector(2, tags=tags, max_attempts=3, max_backoff=0.001, fail_on_missing_metadata=fail)


async def test_an_instance_of_ec2_is_asked_with_a_session_token(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(imds()) as server:
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.address)
        assert await ec2().detect() == EC2
        assert server.requests.count("PUT /latest/api/token") == 1


async def test_tags_whose_names_match_become_attributes(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(imds()) as server:
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.address)
        assert await ec2(("^Name$", "^team")).detect() == {**EC2, "ec2.tag.Name": "web-1", "ec2.tag.team.owner": "shop"}


async def test_a_service_that_fails_at_first_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = imds()
    answers["/latest/meta-data/hostname"].failures = 2
    async with serving(answers) as server:
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.address)
        assert await ec2().detect() == EC2


async def test_without_a_metadata_service_it_is_not_ec2_unless_that_is_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", CLOSED)
    assert await ec2().detect() == {}
    with pytest.raises(FetchError, match="/latest/api/token"):
        await ec2(fail=True).detect()


def eks(server: str, wanted: frozenset[str] = frozenset()) -> EksDetector:
    api = KubernetesApi(2, logging.getLogger("test"), authenticate=False, address=server)
    return EksDetector(2, api, "node-a", wanted.__contains__)


NODE = {
    "metadata": {"uid": "u", "labels": {"topology.kubernetes.io/region": "eu-west-1", "node.kubernetes.io/instance-type": "m5"}},
    "spec": {"providerID": "aws:///eu-west-1a/i-0123"},
}


async def test_a_cluster_of_eks_is_known_by_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    async with serving({"/version": Answer({"gitVersion": "v1.31.2-eks-7f9249a"})}) as server:
        assert await eks(server.address).detect() == {"cloud.provider": "aws", "cloud.platform": "aws_eks"}
    async with serving({"/version": Answer({"gitVersion": "v1.31.2"})}) as server:
        assert await eks(server.address).detect() == {}


async def test_eks_takes_the_instance_from_the_node_where_metadata_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/secrets/eks.amazonaws.com/serviceaccount/token")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", CLOSED)
    async with serving({"/api/v1/nodes/node-a": Answer(NODE)}) as server:
        assert await eks(server.address, frozenset({"host.id"})).detect() == {
            "cloud.provider": "aws",
            "cloud.platform": "aws_eks",
            "host.id": "i-0123",
            "host.type": "m5",
            "cloud.region": "eu-west-1",
            "cloud.availability_zone": "eu-west-1a",
        }


async def test_outside_of_a_cluster_it_is_not_eks() -> None:
    assert await eks(CLOSED).detect() == {}


async def test_a_task_of_ecs_tells_itself_and_where_its_logs_go(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"awslogs-group": "/ecs/shop", "awslogs-region": "eu-west-1", "awslogs-stream": "web/1"}
    web = {"DockerId": "w", "LogDriver": "awslogs", "KnownStatus": "RUNNING", "Type": "NORMAL", "LogOptions": options}
    own = {**web, "DockerId": "me", "LogOptions": {"awslogs-group": "/own"}}
    task = {
        "Cluster": "main",
        "TaskARN": "arn:aws:ecs:eu-west-1:123456789012:task/main/abc",
        "Family": "shop",
        "Revision": "7",
        "AvailabilityZone": "eu-west-1b",
        "LaunchType": "FARGATE",
        "Containers": [web, own, {**web, "KnownStatus": "STOPPED", "LogOptions": {"awslogs-group": "/old"}}],
    }
    async with serving({"/v4/me/task": Answer(task), "/v4/me": Answer(own)}) as server:
        monkeypatch.setenv("ECS_CONTAINER_METADATA_URI_V4", f"{server.address}/v4/me")
        assert await EcsDetector(2).detect() == {
            "cloud.provider": "aws",
            "cloud.platform": "aws_ecs",
            "cloud.region": "eu-west-1",
            "cloud.account.id": "123456789012",
            "cloud.availability_zone": "eu-west-1b",
            "aws.ecs.task.arn": "arn:aws:ecs:eu-west-1:123456789012:task/main/abc",
            "aws.ecs.task.id": "abc",
            "aws.ecs.task.family": "shop",
            "aws.ecs.task.revision": "7",
            "aws.ecs.cluster.arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/main",
            "aws.ecs.launchtype": "fargate",
            "aws.log.group.names": ["/ecs/shop"],
            "aws.log.group.arns": ["arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/shop"],
            "aws.log.stream.names": ["web/1"],
            "aws.log.stream.arns": ["arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/shop:log-stream:web/1"],
        }


async def test_without_a_task_it_is_not_ecs() -> None:
    assert await EcsDetector(2).detect() == {}


def google(**values: str) -> dict[str, Answer]:
    common = {"project/project-id": "shop-1", "instance/id": "42", "instance/zone": "projects/1/zones/europe-west1-b"}
    flavor = {"Metadata-Flavor": "Google"}
    return {f"/computeMetadata/v1/{path}": Answer(value, flavor) for path, value in {**common, **values}.items()}


async def found_on_google(monkeypatch: pytest.MonkeyPatch, answers: dict[str, Answer], **env: str) -> dict[str, Any]:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    async with serving(answers) as server:
        monkeypatch.setenv("GCE_METADATA_HOST", server.address.removeprefix("http://"))
        return dict(await GcpDetector(2).detect())


async def test_a_machine_of_google_compute_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = google(
        **{
            "instance/machine-type": "projects/1/machineTypes/n2-standard-4",
            "instance/name": "web-1",
            "instance/hostname": "web-1.internal",
            "instance/attributes/created-by": "projects/1/zones/europe-west1-b/instanceGroupManagers/web",
        }
    )
    assert await found_on_google(monkeypatch, answers) == {
        "cloud.provider": "gcp",
        "cloud.account.id": "shop-1",
        "cloud.platform": "gcp_compute_engine",
        "cloud.availability_zone": "europe-west1-b",
        "cloud.region": "europe-west1",
        "host.type": "n2-standard-4",
        "host.id": "42",
        "host.name": "web-1",
        "gcp.gce.instance.hostname": "web-1.internal",
        "gcp.gce.instance.name": "web-1",
        "gcp.gce.instance_group_manager.name": "web",
        "gcp.gce.instance_group_manager.zone": "europe-west1-b",
    }


@pytest.mark.parametrize(("location", "key"), [("europe-west1", "cloud.region"), ("europe-west1-b", "cloud.availability_zone")])
async def test_a_cluster_of_google_is_regional_or_zonal(monkeypatch: pytest.MonkeyPatch, location: str, key: str) -> None:
    answers = google(**{"instance/attributes/cluster-name": "main", "instance/attributes/cluster-location": location})
    assert await found_on_google(monkeypatch, answers, KUBERNETES_SERVICE_HOST="10.0.0.1") == {
        "cloud.provider": "gcp",
        "cloud.account.id": "shop-1",
        "cloud.platform": "gcp_kubernetes_engine",
        "k8s.cluster.name": "main",
        "host.id": "42",
        key: location,
    }


async def test_a_job_of_cloud_run(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = google(**{"instance/region": "projects/1/regions/europe-west1"})
    env = {"CLOUD_RUN_JOB": "nightly", "CLOUD_RUN_EXECUTION": "nightly-x", "CLOUD_RUN_TASK_INDEX": "0"}
    assert await found_on_google(monkeypatch, answers, **env) == {
        "cloud.provider": "gcp",
        "cloud.account.id": "shop-1",
        "cloud.platform": "gcp_cloud_run",
        "cloud.region": "europe-west1",
        "faas.name": "nightly",
        "faas.instance": "42",
        "gcp.cloud_run.job.execution": "nightly-x",
        "gcp.cloud_run.job.task_index": "0",
    }


@pytest.mark.parametrize(("name", "platform"), [("K_CONFIGURATION", "gcp_cloud_run"), ("FUNCTION_TARGET", "gcp_cloud_functions")])
async def test_a_service_of_google(monkeypatch: pytest.MonkeyPatch, name: str, platform: str) -> None:
    answers = google(**{"instance/region": "projects/1/regions/europe-west1"})
    found = await found_on_google(monkeypatch, answers, **{name: "x", "K_SERVICE": "shop", "K_REVISION": "shop-1"})
    assert (found["cloud.platform"], found["faas.name"], found["faas.version"]) == (platform, "shop", "shop-1")


async def test_without_a_metadata_server_it_is_not_google(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GCE_METADATA_HOST", CLOSED.removeprefix("http://"))
    assert await GcpDetector(2).detect() == {}


COMPUTE = {
    "name": "vm-1",
    "osProfile": {"computerName": "web"},
    "vmId": "v-1",
    "location": "westeurope",
    "subscriptionId": "s-1",
    "zone": "2",
    "vmSize": "D4",
    "vmScaleSetName": "",
    "resourceGroupName": "MC_group_main_westeurope",
    "tagsList": [{"name": "team", "value": "shop"}, {"name": "cost", "value": "1"}],
}
AZURE = {"/metadata/instance/compute?api-version=2020-09-01&format=json": Answer(COMPUTE, {"Metadata": "True"})}


async def test_a_machine_of_azure_and_its_tags() -> None:
    async with serving(AZURE) as server:
        assert await AzureDetector(2, ["^te"], server.address).detect() == {
            "cloud.provider": "azure",
            "cloud.platform": "azure.vm",
            "host.name": "web",
            "host.id": "v-1",
            "cloud.region": "westeurope",
            "cloud.account.id": "s-1",
            "cloud.availability_zone": "2",
            "azure.vm.name": "vm-1",
            "azure.vm.size": "D4",
            "azure.resourcegroup.name": "MC_group_main_westeurope",
            "azure.tag.team": "shop",
        }
    assert await AzureDetector(2, [], CLOSED).detect() == {}


async def test_a_cluster_of_azure_has_its_name_in_the_resource_group(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(AZURE) as server:
        assert await AksDetector(2, server.address).detect() == {}
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
        assert await AksDetector(2, server.address).detect() == {
            "cloud.provider": "azure",
            "cloud.platform": "azure.aks",
            "k8s.cluster.name": "main",
        }
    assert cluster_name("my_own_group") == "my_own_group"


async def test_the_agent_of_consul_is_asked_with_its_token() -> None:
    facts = {"Config": {"NodeName": "n", "Datacenter": "dc1", "NodeID": "id"}, "Meta": {"rack": "7", "other": "x"}}
    async with serving({"/v1/agent/self?dc=dc1": Answer(facts, {"X-Consul-Token": "t"})}) as server:
        detector = ConsulDetector(
            2, address=server.address, datacenter="dc1", namespace="", token="t", token_file="", meta=["rack", "absent"]
        )
        assert await detector.detect() == {"host.name": "n", "cloud.region": "dc1", "host.id": "id", "rack": "7"}


async def test_the_docker_daemon_is_asked_on_its_socket(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "abc")
    path = str(tmp_path / "docker.sock")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    answers = {
        "/info": Answer({"Name": "host-1", "OSType": "linux"}),
        "/containers/abc/json": Answer({"Name": "/agent", "Config": {"Image": "otelcol:1"}}),
    }
    async with serving(answers, unix_socket=path) as server:
        assert await DockerDetector(2, container=False).detect() == {"host.name": "host-1", "os.type": "linux"}
        assert server.requests == ["GET /info"]
        assert await DockerDetector(2, container=True).detect() == {
            "host.name": "host-1",
            "os.type": "linux",
            "container.name": "agent",
            "container.image.name": "otelcol:1",
        }
