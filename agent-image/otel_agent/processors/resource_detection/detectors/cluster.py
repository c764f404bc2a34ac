"""Detectors that ask the API server: k8s_api, kubeadm, openshift."""

import logging
from collections.abc import Callable
from typing import Any

import yaml

from otel_agent.kube.errors import KubeError
from otel_agent.kube.resources import CLUSTER, object_path
from otel_agent.processors.resource_detection.detector import DetectionError, Found, given
from otel_agent.processors.resource_detection.kubernetes import KubernetesApi

_DENIED = (401, 403)
_PLATFORMS = {
    "aws": ("aws", "aws_openshift", "aws", "region"),
    "azure": ("azure", "azure.openshift", "azure", "cloudName"),
    "gcp": ("gcp", "gcp_openshift", "gcp", "region"),
    "ibmcloud": ("ibm_cloud", "ibm_cloud_openshift", "ibmcloud", "location"),
    "openstack": ("", "", "openstack", "cloudName"),
}
"""By the type of an infrastructure: provider, platform, and where the region is."""


class K8sApiDetector:
    """The node that the collector runs on, and its cluster."""

    def __init__(self, api: KubernetesApi, node: str, wanted: Callable[[str], bool], logger: logging.Logger) -> None:
        self._api = api
        self._node = node
        self._wanted = wanted
        self._logger = logger

    async def detect(self) -> Found:
        """Return the node's name and uid, and the cluster's uid where permitted."""
        found: Found = {"k8s.node.name": self._node}
        if self._wanted("k8s.node.uid"):
            found["k8s.node.uid"] = await self._api.uid(object_path("node", self._node))
        if self._wanted("k8s.cluster.uid"):
            try:
                found["k8s.cluster.uid"] = await self._api.uid(CLUSTER)
            except KubeError as error:
                if error.status not in _DENIED:
                    raise
                self._logger.warning(
                    "k8s.cluster.uid is left out: the service account may not get the namespace kube-system; "
                    "permit it or turn the attribute off",
                    extra={"error": str(error)},
                )
        return found


class KubeadmDetector:
    """The cluster's name in kubeadm's ConfigMap, and its uid."""

    def __init__(self, api: KubernetesApi, wanted: Callable[[str], bool]) -> None:
        self._api = api
        self._wanted = wanted

    async def detect(self) -> Found:
        """Return both, as wanted."""
        found: Found = {}
        if self._wanted("k8s.cluster.name"):
            config_map = await self._api.get("/api/v1/namespaces/kube-system/configmaps/kubeadm-config")
            found["k8s.cluster.name"] = _cluster_name(config_map)
        if self._wanted("k8s.cluster.uid"):
            found["k8s.cluster.uid"] = await self._api.uid(CLUSTER)
        return found


class OpenshiftDetector:
    """The infrastructure object of OpenShift."""

    def __init__(self, api: KubernetesApi) -> None:
        self._api = api

    async def detect(self) -> Found:
        """Return the cloud, its region and the cluster's name; nothing on another cluster."""
        try:
            infrastructure = await self._api.get("/apis/config.openshift.io/v1/infrastructures/cluster")
        except KubeError as error:
            if error.status == 404:
                return {}
            raise
        status = infrastructure.get("status") or {}
        facts = status.get("platformStatus") or {}
        provider, platform, block, key = _PLATFORMS.get(str(facts.get("type", "")).lower(), ("", "", "", ""))
        return given(
            {
                "k8s.cluster.name": status.get("infrastructureName"),
                "cloud.provider": provider,
                "cloud.platform": platform,
                "cloud.region": str((facts.get(block) or {}).get(key, "")).lower(),
            }
        )


def _cluster_name(config_map: dict[str, Any]) -> str:
    text = (config_map.get("data") or {}).get("ClusterConfiguration", "")
    try:
        name = (yaml.safe_load(text) or {}).get("clusterName")
    except (yaml.YAMLError, AttributeError) as error:
        raise DetectionError(f"ClusterConfiguration of the ConfigMap kubeadm-config is no YAML mapping: {error}") from error
    if not name:
        raise DetectionError("ClusterConfiguration of the ConfigMap kubeadm-config has no clusterName")
    return str(name)
