"""Detectors of Azure: azure and aks."""

from collections.abc import Sequence
from typing import Any

from otel_agent.kube.pod import server_of_cluster
from otel_agent.pdata.patterns import compile_pattern
from otel_agent.processors.resource_detection.detector import Found, given
from otel_agent.processors.resource_detection.fetch import Fetcher, FetchError

ADDRESS = "http://169.254.169.254"
_PATH = "/metadata/instance/compute?api-version=2020-09-01&format=json"
_GENERATED_GROUP_PARTS = 4


async def compute(timeout: float, address: str) -> dict[str, Any]:
    """Return what the metadata service says about the machine; empty where none answers."""
    fetcher = Fetcher(timeout)
    try:
        return await fetcher.mapping(f"{address}{_PATH}", {"Metadata": "True"})
    except FetchError:
        return {}
    finally:
        await fetcher.close()


class AzureDetector:
    """The virtual machine, and its tags."""

    def __init__(self, timeout: float, tags: Sequence[str], address: str = ADDRESS) -> None:
        self._timeout = timeout
        self._tags = [compile_pattern(pattern) for pattern in tags]
        self._address = address

    async def detect(self) -> Found:
        """Return what was found; nothing outside of Azure."""
        facts = await compute(self._timeout, self._address)
        if not facts:
            return {}
        found = given(
            {
                "cloud.provider": "azure",
                "cloud.platform": "azure.vm",
                "host.name": (facts.get("osProfile") or {}).get("computerName") or facts.get("name"),
                "host.id": facts.get("vmId"),
                "cloud.region": facts.get("location"),
                "cloud.account.id": facts.get("subscriptionId"),
                "cloud.availability_zone": facts.get("zone"),
                "azure.vm.name": facts.get("name"),
                "azure.vm.size": facts.get("vmSize"),
                "azure.vm.scaleset.name": facts.get("vmScaleSetName"),
                "azure.resourcegroup.name": facts.get("resourceGroupName"),
            }
        )
        for tag in facts.get("tagsList") or []:
            name = str(tag.get("name", ""))
            if any(pattern.search(name) for pattern in self._tags):
                found[f"azure.tag.{name}"] = str(tag.get("value", ""))
        return found


class AksDetector:
    """A cluster of AKS: in a pod on a machine of Azure."""

    def __init__(self, timeout: float, address: str = ADDRESS) -> None:
        self._timeout = timeout
        self._address = address

    async def detect(self) -> Found:
        """Return the platform and the cluster's name; nothing elsewhere."""
        facts = await compute(self._timeout, self._address) if server_of_cluster() else {}
        if not facts:
            return {}
        name = cluster_name(str(facts.get("resourceGroupName", "")))
        return given({"cloud.provider": "azure", "cloud.platform": "azure.aks", "k8s.cluster.name": name})


def cluster_name(group: str) -> str:
    """Return the cluster's name in a resource group MC_<group>_<cluster>_<place>; of another name, that name."""
    parts = group.split("_")
    return parts[2] if len(parts) == _GENERATED_GROUP_PARTS and parts[0].lower() == "mc" else group
