"""How components reach the Kubernetes API (`auth_type`, collector specification, sections 3.5 and 4.8)."""

from typing import Literal

from otel_agent.config.model import ConfigModel


class KubeApiConfig(ConfigModel):
    """Who the collector is to the API server."""

    auth_type: Literal["serviceAccount", "kubeConfig", "none", "tls"] = "serviceAccount"
    """`serviceAccount`: that of the pod; `kubeConfig`: of the file that KUBECONFIG names, or ~/.kube/config."""
    context: str = ""
    """Of the kubeconfig; empty is its current one."""
