"""Detector gcp: the metadata server of Google Cloud."""

import os

from otel_agent.processors.resource_detection.detector import Found, Value, given
from otel_agent.processors.resource_detection.fetch import Fetcher, FetchError

ADDRESS = "169.254.169.254"
_HEADERS = {"Metadata-Flavor": "Google"}


class GcpDetector:
    """Which of Google's platforms this is, and what the metadata server says about it."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout

    async def detect(self) -> Found:
        """Return what was found; nothing where no metadata server answers."""
        fetcher = Fetcher(self._timeout)
        metadata = _Metadata(fetcher)
        try:
            try:
                project = await metadata.get("project/project-id")
            except FetchError:
                return {}
            found = {"cloud.provider": "gcp", "cloud.account.id": project, **await self._platform(metadata)}
            return given(found)
        finally:
            await fetcher.close()

    async def _platform(self, metadata: "_Metadata") -> dict[str, Value | None]:
        env = os.environ
        if env.get("KUBERNETES_SERVICE_HOST") and (cluster := await metadata.find("instance/attributes/cluster-name")):
            return await self._kubernetes(metadata, cluster)
        if env.get("FUNCTION_TARGET"):
            return await self._service(metadata, "gcp_cloud_functions")
        if env.get("K_CONFIGURATION"):
            return await self._service(metadata, "gcp_cloud_run")
        if env.get("CLOUD_RUN_JOB"):
            return {
                **await self._service(metadata, "gcp_cloud_run"),
                "faas.name": env["CLOUD_RUN_JOB"],
                "faas.version": None,
                "gcp.cloud_run.job.execution": env.get("CLOUD_RUN_EXECUTION"),
                "gcp.cloud_run.job.task_index": env.get("CLOUD_RUN_TASK_INDEX"),
            }
        if env.get("GAE_SERVICE"):
            return {
                "cloud.platform": "gcp_app_engine",
                "cloud.availability_zone": await metadata.zone(),
                "cloud.region": await metadata.region(),
                "faas.name": env["GAE_SERVICE"],
                "faas.version": env.get("GAE_VERSION"),
                "faas.instance": env.get("GAE_INSTANCE"),
            }
        return await self._instance(metadata)

    async def _kubernetes(self, metadata: "_Metadata", cluster: str) -> dict[str, Value | None]:
        location = await metadata.get("instance/attributes/cluster-location")
        zonal = location.count("-") == 2
        return {
            "cloud.platform": "gcp_kubernetes_engine",
            "cloud.availability_zone": location if zonal else None,
            "cloud.region": None if zonal else location,
            "k8s.cluster.name": cluster,
            "host.id": await metadata.get("instance/id"),
            "host.name": await metadata.find("instance/name"),
        }

    async def _service(self, metadata: "_Metadata", platform: str) -> dict[str, Value | None]:
        return {
            "cloud.platform": platform,
            "cloud.region": (await metadata.get("instance/region")).rpartition("/")[2],
            "faas.name": os.environ.get("K_SERVICE"),
            "faas.version": os.environ.get("K_REVISION"),
            "faas.instance": await metadata.get("instance/id"),
        }

    async def _instance(self, metadata: "_Metadata") -> dict[str, Value | None]:
        group = (await metadata.find("instance/attributes/created-by")).split("/")
        managed = group[-2:-1] == ["instanceGroupManagers"] and len(group) >= 6
        return {
            "cloud.platform": "gcp_compute_engine",
            "cloud.availability_zone": await metadata.zone(),
            "cloud.region": await metadata.region(),
            "host.type": (await metadata.get("instance/machine-type")).rpartition("/")[2],
            "host.id": await metadata.get("instance/id"),
            "host.name": await metadata.get("instance/name"),
            "gcp.gce.instance.hostname": await metadata.find("instance/hostname"),
            "gcp.gce.instance.name": await metadata.get("instance/name"),
            "gcp.gce.instance_group_manager.name": group[-1] if managed else None,
            "gcp.gce.instance_group_manager.zone": group[3] if managed and group[2] == "zones" else None,
            "gcp.gce.instance_group_manager.region": group[3] if managed and group[2] == "regions" else None,
        }


class _Metadata:
    """The server; its values are texts, often with a path before them."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._base = f"http://{os.environ.get('GCE_METADATA_HOST', ADDRESS)}/computeMetadata/v1"

    async def get(self, path: str) -> str:
        return (await self._fetcher.text(f"{self._base}/{path}", _HEADERS)).strip()

    async def find(self, path: str) -> str:
        """Return a value, empty where there is none."""
        try:
            return await self.get(path)
        except FetchError as error:
            if error.status in (403, 404):
                return ""
            raise

    async def zone(self) -> str:
        """Return us-central1-a of projects/<number>/zones/us-central1-a."""
        return (await self.get("instance/zone")).rpartition("/")[2]

    async def region(self) -> str:
        return (await self.zone()).rpartition("-")[0]
