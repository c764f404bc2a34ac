"""Where the Kubernetes API server is, and who the collector is to it."""

import base64
import os
import ssl
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from otel_agent.config.blocks.kubernetes import KubeApiConfig
from otel_agent.pipeline.errors import StartError

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_TOKEN_SECONDS = 60.0
"""Between reads of a token file; the kubelet replaces a token well before it ends."""


@dataclass(frozen=True, slots=True)
class KubeAccess:
    """All that a client needs."""

    server: str
    """URL without a slash at its end."""
    tls: ssl.SSLContext | None
    """None for plain HTTP."""
    authorization: Callable[[], str] = str
    """Value of the header for the next request; empty for none."""
    server_hostname: str = ""
    """Name that the certificate must have, where it is not the URL's."""
    namespace: str = "default"
    """Of the pod, or of the kubeconfig's context."""


def access_of(
    config: KubeApiConfig, environment: Mapping[str, str] = os.environ, service_account: Path = SERVICE_ACCOUNT
) -> KubeAccess:
    """Return the access that a configuration asks for; `StartError` says what is missing."""
    if config.auth_type == "kubeConfig":
        paths = [path for path in environment.get("KUBECONFIG", "").split(os.pathsep) if path]
        return _from_kubeconfig(Path(paths[0]) if paths else Path.home() / ".kube" / "config", config.context)
    if config.auth_type == "tls":
        raise StartError("auth_type: tls is not supported by the Kubernetes API; use serviceAccount or kubeConfig")
    host, port = environment.get("KUBERNETES_SERVICE_HOST", ""), environment.get("KUBERNETES_SERVICE_PORT", "443")
    if not host:
        raise StartError(
            f"auth_type: {config.auth_type} needs a pod (KUBERNETES_SERVICE_HOST is not set); use kubeConfig outside of a cluster"
        )
    server = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    if config.auth_type == "none":
        return KubeAccess(server, _unverified())
    try:
        tls = ssl.create_default_context(cafile=str(service_account / "ca.crt"))
        token = _TokenFile(service_account / "token")
    except OSError as error:
        raise StartError(f"auth_type: serviceAccount: {service_account} cannot be read: {_reason(error)}") from error
    namespace = service_account / "namespace"
    return KubeAccess(server, tls, token, namespace=namespace.read_text().strip() if namespace.exists() else "default")


class _TokenFile:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._token = path.read_text().strip()
        self._read = time.monotonic()

    def __call__(self) -> str:
        if time.monotonic() - self._read >= _TOKEN_SECONDS:
            self._read = time.monotonic()
            with suppress(OSError):  # the old one may still do; the API server's answer says when not
                self._token = self._path.read_text().strip()
        return f"Bearer {self._token}"


def _from_kubeconfig(path: Path, context_name: str) -> KubeAccess:
    def fail(what: str) -> StartError:
        return StartError(f"auth_type: kubeConfig: {path}: {what}")

    try:
        document = yaml.safe_load(path.read_text())
    except OSError as error:
        raise fail(_reason(error)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise fail(f"is no YAML: {error}") from error
    if not isinstance(document, dict):
        raise fail("is no kubeconfig")
    try:
        name = context_name or document.get("current-context", "")
        context = _named(document, "contexts", name)["context"]
        cluster = _named(document, "clusters", context["cluster"])["cluster"]
        user = _named(document, "users", context["user"]).get("user") or {}
        server = str(cluster["server"]).rstrip("/")
    except (KeyError, TypeError, LookupError) as error:
        raise fail(f"is incomplete: {error}") from error
    for unsupported in ("exec", "auth-provider"):
        if unsupported in user:
            raise fail(f"the user's {unsupported} is not supported; use a token or a client certificate")
    try:
        return KubeAccess(
            server,
            _tls(cluster, user, path.parent) if server.startswith("https:") else None,
            _authorization(user, path.parent),
            server_hostname=cluster.get("tls-server-name", ""),
            namespace=context.get("namespace") or "default",
        )
    except (OSError, ValueError) as error:
        raise fail(_reason(error)) from error


def _named(document: Mapping[str, Any], section: str, name: str) -> Any:
    for entry in document.get(section) or ():
        if entry.get("name") == name:
            return entry
    raise LookupError(f"{section} have no {name!r}")


def _tls(cluster: Mapping[str, Any], user: Mapping[str, Any], folder: Path) -> ssl.SSLContext:
    if cluster.get("insecure-skip-tls-verify"):
        context = _unverified()
    elif (authority := _bytes(cluster, "certificate-authority", folder)) is not None:
        context = ssl.create_default_context(cadata=authority.decode())
    else:
        context = ssl.create_default_context()
    certificate, key = _bytes(user, "client-certificate", folder), _bytes(user, "client-key", folder)
    if certificate is not None and key is not None:
        with tempfile.TemporaryDirectory(prefix="kube-") as private:  # OpenSSL reads both from files only
            files = Path(private) / "certificate", Path(private) / "key"
            for file, data in zip(files, (certificate, key), strict=True):
                file.write_bytes(data)
            context.load_cert_chain(*files)
    return context


def _bytes(section: Mapping[str, Any], key: str, folder: Path) -> bytes | None:
    if text := section.get(f"{key}-data"):
        return base64.b64decode(text, validate=True)
    return (folder / section[key]).read_bytes() if section.get(key) else None


def _authorization(user: Mapping[str, Any], folder: Path) -> Callable[[], str]:
    if token := user.get("token"):
        return lambda: f"Bearer {token}"
    if file := user.get("tokenFile"):
        return _TokenFile(folder / file)
    if name := user.get("username"):
        pair = base64.b64encode(f"{name}:{user.get('password', '')}".encode()).decode()
        return lambda: f"Basic {pair}"
    return str


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
