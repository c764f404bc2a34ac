"""Detectors of Amazon's machines: ec2 and eks."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from otel_agent.kube.pod import server_of_cluster
from otel_agent.kube.resources import object_path
from otel_agent.pdata.patterns import compile_pattern
from otel_agent.processors.resource_detection.detector import Found, given
from otel_agent.processors.resource_detection.fetch import Fetcher, FetchError
from otel_agent.processors.resource_detection.kubernetes import KubernetesApi

T = TypeVar("T")
ADDRESS = "http://169.254.169.254"
_TOKEN_SECONDS = "300"  # noqa: S105 -- how long a session lasts, no secret
_FIRST_PAUSE = 0.1
_OF_THE_INSTANCE = (
    *("cloud.account.id", "cloud.region", "cloud.availability_zone"),
    *("host.id", "host.image.id", "host.name", "host.type"),
)


class InstanceMetadata:
    """The instance metadata service, by a session token (IMDSv2)."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._address = os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", ADDRESS).rstrip("/")
        self._token = ""

    async def get(self, path: str) -> str:
        """Return the text at a path below /latest; FetchError when there is none."""
        if not self._token:
            headers = {"X-aws-ec2-metadata-token-ttl-seconds": _TOKEN_SECONDS}
            self._token = await self._fetcher.text(f"{self._address}/latest/api/token", headers, "PUT")
        return await self._fetcher.text(f"{self._address}/latest/{path}", {"X-aws-ec2-metadata-token": self._token})

    async def identity(self) -> Found:
        """Return what the identity document says of the instance, and its host name."""
        try:
            document = json.loads(await self.get("dynamic/instance-identity/document"))
        except ValueError as error:
            raise FetchError(f"the identity document is not JSON: {error}") from error
        return given(
            {
                "cloud.region": document.get("region"),
                "cloud.account.id": document.get("accountId"),
                "cloud.availability_zone": document.get("availabilityZone"),
                "host.id": document.get("instanceId"),
                "host.image.id": document.get("imageId"),
                "host.type": document.get("instanceType"),
                "host.name": await self.get("meta-data/hostname"),
            }
        )


class Ec2Detector:
    """The instance, and its tags where the metadata service may tell them."""

    def __init__(
        self, timeout: float, *, tags: Sequence[str], max_attempts: int, max_backoff: float, fail_on_missing_metadata: bool
    ) -> None:
        self._timeout = timeout
        self._tags = [compile_pattern(pattern) for pattern in tags]
        self._max_attempts = max_attempts
        self._max_backoff = max_backoff
        self._fail = fail_on_missing_metadata

    async def detect(self) -> Found:
        """Return what the instance is; nothing without a metadata service, unless that is to be a failure."""
        fetcher = Fetcher(self._timeout)
        metadata = InstanceMetadata(fetcher)
        try:
            try:
                await self._persist(lambda: metadata.get("meta-data/instance-id"))
            except FetchError:
                if self._fail:
                    raise
                return {}
            found = await self._persist(metadata.identity)
            tags = await self._read_tags(metadata)
            return {"cloud.provider": "aws", "cloud.platform": "aws_ec2", **found, **tags}
        finally:
            await fetcher.close()

    async def _persist(self, ask: Callable[[], Awaitable[T]]) -> T:
        pause = _FIRST_PAUSE
        for _ in range(self._max_attempts - 1):
            try:
                return await ask()
            except FetchError as error:
                if 400 <= error.status < 500:
                    raise
            await asyncio.sleep(min(pause, self._max_backoff))
            pause *= 2
        return await ask()

    async def _read_tags(self, metadata: InstanceMetadata) -> Found:
        if not self._tags:
            return {}
        names = (await metadata.get("meta-data/tags/instance")).splitlines()
        chosen = [name for name in names if any(pattern.search(name) for pattern in self._tags)]
        return {f"ec2.tag.{name}": await metadata.get(f"meta-data/tags/instance/{name}") for name in chosen}


class EksDetector:
    """A cluster of EKS: known by the paths of its tokens, or by the version that its API server tells."""

    def __init__(self, timeout: float, api: KubernetesApi, node: str, wanted: Callable[[str], bool]) -> None:
        self._timeout = timeout
        self._api = api
        self._node = node
        self._wanted = wanted

    async def detect(self) -> Found:
        """Return the platform, and what of the instance is wanted: from its metadata, or from the node where that is closed."""
        if not server_of_cluster() or not await self._is_eks():
            return {}
        found: Found = {"cloud.provider": "aws", "cloud.platform": "aws_eks"}
        if any(map(self._wanted, _OF_THE_INSTANCE)):
            found |= await self._instance()
        return found

    async def _is_eks(self) -> bool:
        if "eks.amazonaws.com" in os.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE", ""):
            return True
        if "eks-pod-identity" in os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", ""):
            return True
        version = await self._api.get("/version")
        return "-eks-" in str(version.get("gitVersion", ""))

    async def _instance(self) -> Found:
        fetcher = Fetcher(self._timeout / 2)
        try:
            return await InstanceMetadata(fetcher).identity()
        except FetchError:
            return await self._from_node()
        finally:
            await fetcher.close()

    async def _from_node(self) -> Found:
        """`providerID` is aws:///<zone>/<instance>."""
        if not self._node:
            return {}
        node = await self._api.get(object_path("node", self._node))
        labels = (node.get("metadata") or {}).get("labels") or {}
        _, _, place = str((node.get("spec") or {}).get("providerID", "")).partition(":///")
        zone, _, instance = place.partition("/")
        return given(
            {
                "host.id": instance,
                "cloud.availability_zone": zone,
                "cloud.region": labels.get("topology.kubernetes.io/region"),
                "host.type": labels.get("node.kubernetes.io/instance-type"),
                "host.name": labels.get("kubernetes.io/hostname"),
            }
        )
