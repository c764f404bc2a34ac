"""Access to the Kubernetes API as `auth_type` and `context` of a component ask for it."""

import os
from collections.abc import Mapping
from logging import Logger
from pathlib import Path

from otel_agent.config.blocks.kubernetes import KubeApiConfig
from otel_agent.config.blocks.tls import TlsClientConfig
from otel_agent.kube.access import KubeAccess
from otel_agent.kube.kubeconfig import read_kubeconfig
from otel_agent.kube.pod import SERVICE_ACCOUNT, access_of_pod, server_of_cluster
from otel_agent.pipeline.errors import StartError
from otel_agent.transport.tls import ClientTls

_ELSEWHERE = "use kubeConfig outside of a cluster"


def access_of(
    config: KubeApiConfig,
    logger: Logger,
    environment: Mapping[str, str] = os.environ,
    service_account: Path = SERVICE_ACCOUNT,
) -> KubeAccess:
    """Return the access that a configuration asks for; `StartError` says what is missing."""
    key = f"auth_type: {config.auth_type}"
    if config.auth_type == "kubeConfig":
        paths = [path for path in environment.get("KUBECONFIG", "").split(os.pathsep) if path]
        return read_kubeconfig(key, Path(paths[0]) if paths else Path.home() / ".kube" / "config", logger, config.context)
    if config.auth_type == "tls":
        raise StartError(f"{key} is not supported by the Kubernetes API; use serviceAccount or kubeConfig")
    if config.auth_type == "serviceAccount":
        return access_of_pod(key, logger, elsewhere=_ELSEWHERE, environment=environment, service_account=service_account)
    server = server_of_cluster(environment)
    if not server:
        raise StartError(f"{key} needs a pod (KUBERNETES_SERVICE_HOST is not set); {_ELSEWHERE}")
    return KubeAccess(server, ClientTls(TlsClientConfig(insecure_skip_verify=True), logger))
