"""How the API server is reached: from inside the cluster, by a kubeconfig, or with Prometheus' client settings."""

from collections.abc import Mapping
from logging import Logger
from pathlib import Path

from otel_agent.kube.access import KubeAccess
from otel_agent.kube.errors import KubeError
from otel_agent.kube.kubeconfig import read_kubeconfig
from otel_agent.kube.pod import SERVICE_ACCOUNT, access_of_pod, own_namespace
from otel_agent.pipeline.errors import StartError
from otel_agent.receivers.prometheus.http_access import AccessError, first_values, own_headers
from otel_agent.receivers.prometheus.proxies import choose_proxy
from otel_agent.receivers.prometheus.settings.discovery import KubernetesDiscovery
from otel_agent.transport.tls import ClientTls


def api_access(config: KubernetesDiscovery, logger: Logger) -> KubeAccess:
    """Return the way to the API server; `StartError` when there is none."""
    if config.kubeconfig_file:
        return read_kubeconfig("kubeconfig_file", Path(config.kubeconfig_file), logger)
    if not config.api_server:
        return access_of_pod("kubernetes_sd_configs", logger, elsewhere="outside of a pod set api_server or kubeconfig_file")
    server = config.api_server.rstrip("/")

    def headers() -> Mapping[str, str]:
        try:
            return own_headers(config)
        except AccessError as error:
            raise KubeError(server, str(error)) from error

    return KubeAccess(
        server,
        ClientTls(config.tls_config.block, logger),
        headers,
        server_hostname=config.tls_config.server_name,
        proxy=lambda url: choose_proxy(config, url),
        proxy_headers=first_values(config.proxy_connect_header) or None,
        follow_redirects=config.follow_redirects,
    )


def watched_namespaces(config: KubernetesDiscovery, service_account: Path = SERVICE_ACCOUNT) -> list[str]:
    """Return the namespaces to look into, none for all; `StartError` when that of the pod is meant and cannot be read."""
    names = list(config.namespaces.names)
    if config.namespaces.own_namespace:
        try:
            names.append(own_namespace(service_account))
        except OSError as error:
            raise StartError(f"namespaces::own_namespace: cannot read the pod's namespace: {error}") from error
    return names
