"""How a pod reaches the Kubernetes API: the address from its environment, its ServiceAccount's token and CA from files."""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from otel_agent.exporters.load_balancing.addresses import bracketed

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class NotInCluster(Exception):
    """There is no API server to be found from here."""


@dataclass(frozen=True, slots=True)
class ClusterAccess:
    """Files are read at each use, because the kubelet renews them."""

    url: str
    """Such as `https://10.96.0.1:443`."""
    account: Path
    """Folder with `token`, `ca.crt` and `namespace`."""

    @property
    def token(self) -> str:
        """Bearer token; OSError when it cannot be read."""
        return (self.account / "token").read_text().strip()

    @property
    def namespace(self) -> str:
        """The pod's own namespace; `default` where that is not known."""
        try:
            return (self.account / "namespace").read_text().strip() or "default"
        except OSError:
            return "default"

    def tls(self) -> ssl.SSLContext:
        """Trust the cluster's CA; OSError when it cannot be read."""
        return ssl.create_default_context(cafile=str(self.account / "ca.crt"))


def in_cluster(environment: Mapping[str, str] = os.environ, account: Path = SERVICE_ACCOUNT) -> ClusterAccess:
    """Return the access that every pod has; `NotInCluster` elsewhere."""
    host, port = environment.get("KUBERNETES_SERVICE_HOST", ""), environment.get("KUBERNETES_SERVICE_PORT", "443")
    if not host:
        raise NotInCluster("the k8s resolver works in a pod only: KUBERNETES_SERVICE_HOST is not set")
    return ClusterAccess(f"https://{bracketed(host)}:{port}", account)
