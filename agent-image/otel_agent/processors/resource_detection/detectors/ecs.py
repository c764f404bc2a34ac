"""Detector ecs: the task metadata endpoint of Amazon ECS."""

import os
from typing import Any

from otel_agent.processors.resource_detection.detector import Found, given
from otel_agent.processors.resource_detection.fetch import Fetcher


class EcsDetector:
    """The task, and where the logs of its containers go."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout

    async def detect(self) -> Found:
        """Return what the endpoint says; nothing where the environment names none."""
        address = os.environ.get("ECS_CONTAINER_METADATA_URI_V4") or os.environ.get("ECS_CONTAINER_METADATA_URI", "")
        if not address:
            return {}
        fetcher = Fetcher(self._timeout)
        try:
            task = await fetcher.mapping(f"{address.rstrip('/')}/task")
            own = await fetcher.mapping(address.rstrip("/"))
        finally:
            await fetcher.close()
        arn = str(task.get("TaskARN", ""))
        region, account, task_id = parse_task(arn)
        launch = str(task.get("LaunchType", "")).lower()
        found = {
            "cloud.provider": "aws",
            "cloud.platform": "aws_ecs",
            "cloud.region": region,
            "cloud.account.id": account,
            "cloud.availability_zone": task.get("AvailabilityZone"),
            "aws.ecs.task.arn": arn,
            "aws.ecs.task.id": task_id,
            "aws.ecs.task.family": task.get("Family"),
            "aws.ecs.task.revision": task.get("Revision"),
            "aws.ecs.cluster.arn": _cluster(str(task.get("Cluster", "")), region, account),
            "aws.ecs.launchtype": launch if launch in ("ec2", "fargate") else None,
        }
        return given({**found, **_logs(task.get("Containers") or [], own, account)})


def parse_task(arn: str) -> tuple[str, str, str]:
    """Return region, account and id of arn:aws:ecs:region:account:task/[cluster/]id; empty for what is none."""
    parts = arn.split(":")
    return (parts[3], parts[4], parts[5].rpartition("/")[2]) if len(parts) > 5 else ("", "", "")


def _cluster(name: str, region: str, account: str) -> str:
    return name if ":" in name or not name else f"arn:aws:ecs:{region}:{account}:cluster/{name}"


def _logs(containers: list[dict[str, Any]], own: dict[str, Any], account: str) -> dict[str, list[str]]:
    """Of running containers other than our own that log to CloudWatch; each name once."""
    group_names, group_arns, stream_names, stream_arns = [], [], [], []
    for container in containers:
        options = container.get("LogOptions") or {}
        group, region, stream = (options.get(f"awslogs-{what}", "") for what in ("group", "region", "stream"))
        if (
            container.get("DockerId") == own.get("DockerId")
            or container.get("LogDriver") != "awslogs"
            or container.get("KnownStatus") != "RUNNING"
            or container.get("Type") != "NORMAL"
            or not group
        ):
            continue
        arn = f"arn:aws:logs:{region}:{account}:log-group:{group}"
        group_names.append(group)
        group_arns.append(arn)
        if stream:
            stream_names.append(stream)
            stream_arns.append(f"{arn}:log-stream:{stream}")
    lists = {"group.names": group_names, "group.arns": group_arns, "stream.names": stream_names, "stream.arns": stream_arns}
    return {f"aws.log.{key}": list(dict.fromkeys(values)) for key, values in lists.items()}
