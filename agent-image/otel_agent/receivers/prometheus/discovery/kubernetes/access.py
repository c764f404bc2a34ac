"""How the API server is reached: from inside the cluster, by a kubeconfig, or as configured."""

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from otel_agent.config.model import Opaque
from otel_agent.pipeline.errors import StartError
from otel_agent.receivers.prometheus.settings.discovery import KubernetesDiscovery
from otel_agent.receivers.prometheus.settings.http_client import Authorization, BasicAuth, PromHttpClient, PromTlsConfig

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_MAX_FILE = 4 * 1024 * 1024


def api_access(config: KubernetesDiscovery) -> tuple[str, PromHttpClient]:
    """Return the server's URL and the client settings for it; `StartError` when there is no way to a server."""
    if config.kubeconfig_file:
        return from_kubeconfig(Path(config.kubeconfig_file))
    if config.api_server:
        return config.api_server.rstrip("/"), config
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST"), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    if not host or not (SERVICE_ACCOUNT / "token").is_file():
        raise StartError("kubernetes_sd_configs: no service account is here; outside of a pod set api_server or kubeconfig_file")
    client = PromHttpClient(
        authorization=Authorization(credentials_file=str(SERVICE_ACCOUNT / "token")),
        tls_config=PromTlsConfig(ca_file=str(SERVICE_ACCOUNT / "ca.crt")),
    )
    return f"https://{f'[{host}]' if ':' in host else host}:{port}", client


def own_namespace() -> str:
    """Namespace of the pod that this runs in; `StartError` outside of one."""
    try:
        return (SERVICE_ACCOUNT / "namespace").read_text().strip()
    except OSError as error:
        raise StartError(f"namespaces::own_namespace: cannot read the pod's namespace: {error}") from error


def from_kubeconfig(path: Path) -> tuple[str, PromHttpClient]:
    """Read the current context of a kubeconfig; `StartError` for one that cannot be used."""
    try:
        with path.open("rb") as opened:
            content = yaml.safe_load(opened.read(_MAX_FILE))
        context = _named(content, "contexts", "context", content["current-context"])
        cluster = _named(content, "clusters", "cluster", context["cluster"])
        user = _named(content, "users", "user", context["user"])
        return str(cluster["server"]).rstrip("/"), _client(path.parent, cluster, user)
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise StartError(f"kubeconfig_file {path}: {error or type(error).__name__}") from error


def _named(content: Mapping[str, Any], section: str, key: str, name: str) -> Mapping[str, Any]:
    for item in content[section]:
        if item["name"] == name:
            found: Mapping[str, Any] = item.get(key) or {}
            return found
    raise ValueError(f'there is no "{name}" in {section}')


def _client(folder: Path, cluster: Mapping[str, Any], user: Mapping[str, Any]) -> PromHttpClient:
    if "exec" in user or "auth-provider" in user:
        raise ValueError("users that authenticate by a program are not supported: give a token or a client certificate")

    def pem(section: Mapping[str, Any], key: str) -> str:
        if data := section.get(f"{key}-data"):
            return base64.b64decode(data).decode()
        return (folder / section[key]).read_text() if section.get(key) else ""

    tls = PromTlsConfig(
        ca=pem(cluster, "certificate-authority"),
        cert=pem(user, "client-certificate"),
        key=Opaque(pem(user, "client-key")),
        insecure_skip_verify=bool(cluster.get("insecure-skip-tls-verify", False)),
        server_name=str(cluster.get("tls-server-name", "")),
    )
    authorization = basic = None
    if user.get("token"):
        authorization = Authorization(credentials=Opaque(str(user["token"])))
    elif user.get("tokenFile"):
        authorization = Authorization(credentials_file=str(folder / user["tokenFile"]))
    elif user.get("username"):
        basic = BasicAuth(username=str(user["username"]), password=Opaque(str(user.get("password", ""))))
    return PromHttpClient(
        tls_config=tls, authorization=authorization, basic_auth=basic, proxy_url=str(cluster.get("proxy-url", ""))
    )
