"""The API server of the cluster that the collector runs in, and the pod's service account."""

import os
from collections.abc import Mapping
from logging import Logger
from pathlib import Path

from otel_agent.config.blocks.tls import TlsClientConfig
from otel_agent.kube.access import LOOK_INTERVAL, KubeAccess, bearer_in
from otel_agent.pipeline.errors import StartError
from otel_agent.transport.tls import ClientTls
from otel_agent.transport.watched_file import WatchedFile

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where the kubelet mounts `token`, `ca.crt` and `namespace`."""


def server_of_cluster(environment: Mapping[str, str] = os.environ) -> str:
    """Return the URL that every pod is given, such as `https://10.96.0.1:443`; empty outside of a cluster."""
    host, port = environment.get("KUBERNETES_SERVICE_HOST", ""), environment.get("KUBERNETES_SERVICE_PORT", "443")
    if not host:
        return ""
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


def own_namespace(service_account: Path = SERVICE_ACCOUNT) -> str:
    """Return the namespace of the pod; OSError where it is not mounted."""
    return (service_account / "namespace").read_text().strip()


def access_of_pod(
    key: str,
    logger: Logger,
    *,
    elsewhere: str,
    environment: Mapping[str, str] = os.environ,
    service_account: Path = SERVICE_ACCOUNT,
) -> KubeAccess:
    """Return the access that every pod has. `StartError` begins with `key` and, outside of a pod, ends with `elsewhere`."""
    server = server_of_cluster(environment)
    if not server:
        raise StartError(f"{key} needs a pod (KUBERNETES_SERVICE_HOST is not set); {elsewhere}")
    try:
        settings = {"ca_file": str(service_account / "ca.crt"), "reload_interval": LOOK_INTERVAL}
        tls = ClientTls(TlsClientConfig.model_validate(settings), logger)
    except StartError as error:
        raise StartError(f"{key}: {error}") from error
    token = WatchedFile(key, str(service_account / "token"), logger)
    try:
        namespace = own_namespace(service_account)
    except OSError:
        namespace = ""
    return KubeAccess(server, tls, bearer_in(token), namespace=namespace or "default")
