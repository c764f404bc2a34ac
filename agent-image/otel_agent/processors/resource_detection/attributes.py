"""The resource attributes of each detector, and whether they are there by default (collector specification 4.9)."""


def _attributes(on: str, off: str = "") -> dict[str, bool]:
    return {**dict.fromkeys(on.split(), True), **dict.fromkeys(off.split(), False)}


_HOST = "host.id host.image.id host.name host.type"
_CLOUD = "cloud.provider cloud.platform"
_PLACE = "cloud.account.id cloud.region cloud.availability_zone"

SYSTEM = _attributes(
    "host.name os.type",
    "host.id host.arch host.ip host.mac host.interface os.description os.name os.version os.build.id host.cpu.vendor.id "
    "host.cpu.family host.cpu.model.id host.cpu.model.name host.cpu.stepping host.cpu.cache.l2.size",
)
DOCKER = _attributes("host.name os.type", "container.name container.image.name")
EC2 = _attributes(f"{_CLOUD} {_PLACE} {_HOST}")
ECS = _attributes(
    f"{_CLOUD} {_PLACE} aws.ecs.cluster.arn aws.ecs.launchtype aws.ecs.task.arn aws.ecs.task.family aws.ecs.task.id "
    "aws.ecs.task.revision aws.log.group.arns aws.log.group.names aws.log.stream.arns aws.log.stream.names"
)
EKS = _attributes(_CLOUD, f"{_PLACE} {_HOST} k8s.cluster.name")
ELASTIC_BEANSTALK = _attributes(f"{_CLOUD} deployment.environment service.instance.id service.version")
LAMBDA = _attributes(
    f"{_CLOUD} cloud.region aws.log.group.names aws.log.stream.names faas.instance faas.max_memory faas.name faas.version"
)
GCP = _attributes(
    f"{_CLOUD} {_PLACE} host.id host.name host.type k8s.cluster.name faas.name faas.version faas.instance "
    "gcp.cloud_run.job.execution gcp.cloud_run.job.task_index gcp.gce.instance_group_manager.name "
    "gcp.gce.instance_group_manager.region gcp.gce.instance_group_manager.zone",
    "gcp.gce.instance.hostname gcp.gce.instance.name",
)
AZURE = _attributes(
    f"{_CLOUD} cloud.account.id cloud.region host.id host.name azure.vm.name azure.vm.size azure.vm.scaleset.name "
    "azure.resourcegroup.name",
    "cloud.availability_zone",
)
AKS = _attributes(_CLOUD, "k8s.cluster.name")
K8S_API = _attributes("k8s.node.name k8s.node.uid k8s.cluster.uid")
KUBEADM = _attributes("k8s.cluster.name k8s.cluster.uid")
HEROKU = _attributes(
    "cloud.provider heroku.app.id heroku.dyno.id heroku.release.commit heroku.release.creation_timestamp service.instance.id "
    "service.name service.version"
)
CONSUL = _attributes("cloud.region host.id host.name")
OPENSHIFT = _attributes(f"{_CLOUD} cloud.region k8s.cluster.name")
