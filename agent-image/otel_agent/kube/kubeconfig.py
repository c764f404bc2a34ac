"""Access to the Kubernetes API as a kubeconfig gives it."""

import base64
from collections.abc import Mapping
from logging import Logger
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from otel_agent.config.blocks.tls import TlsClientConfig
from otel_agent.kube.access import LOOK_INTERVAL, Headers, KubeAccess, bearer, bearer_in, no_proxy
from otel_agent.pipeline.errors import StartError
from otel_agent.transport.tls import ClientTls
from otel_agent.transport.watched_file import WatchedFile

_MAX_BYTES = 4 * 1024 * 1024


def read_kubeconfig(key: str, path: Path, logger: Logger, context: str = "") -> KubeAccess:
    """Return the access of a context, by default the current one.

    `key` is the configuration key, for messages: `StartError` begins with it and the path, and says what cannot be used.
    """

    def fail(what: str) -> StartError:
        return StartError(f"{key}: {path}: {what}")

    document = _document(path, fail)
    try:
        found = _named(document, "contexts", context or document.get("current-context", ""))["context"]
        cluster = _named(document, "clusters", found["cluster"])["cluster"]
        user = _named(document, "users", found["user"]).get("user") or {}
        server = str(cluster["server"]).rstrip("/")
    except (KeyError, TypeError, LookupError) as error:
        raise fail(f"is incomplete: {error}") from error
    for unsupported in ("exec", "auth-provider"):
        if unsupported in user:
            raise fail(f"the user's {unsupported} is not supported; use a token or a client certificate")
    proxy = str(cluster.get("proxy-url") or "")
    try:
        return KubeAccess(
            server,
            ClientTls(_tls(cluster, user, path.parent), logger) if server.startswith("https:") else None,
            _headers(key, user, path.parent, logger),
            server_hostname=str(cluster.get("tls-server-name") or ""),
            namespace=found.get("namespace") or "default",
            proxy=(lambda url: proxy) if proxy else no_proxy,
        )
    except ValidationError as error:
        raise fail("; ".join(each["msg"] for each in error.errors())) from error
    except (OSError, ValueError, StartError) as error:
        raise fail(str(error)) from error


def _document(path: Path, fail: Any) -> Mapping[str, Any]:
    try:
        with path.open("rb") as opened:
            content = opened.read(_MAX_BYTES + 1)
        document = yaml.safe_load(content) if len(content) <= _MAX_BYTES else None
    except OSError as error:
        raise fail(error.strerror or str(error)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise fail(f"is no YAML: {error}") from error
    if len(content) > _MAX_BYTES:
        raise fail(f"has more than {_MAX_BYTES} bytes")
    if not isinstance(document, dict):
        raise fail("is no kubeconfig")
    return document


def _named(document: Mapping[str, Any], section: str, name: str) -> Any:
    for entry in document.get(section) or ():
        if entry.get("name") == name:
            return entry
    raise LookupError(f"{section} have no {name!r}")


def _tls(cluster: Mapping[str, Any], user: Mapping[str, Any], folder: Path) -> TlsClientConfig:
    settings: dict[str, Any] = {
        "insecure_skip_verify": bool(cluster.get("insecure-skip-tls-verify")),
        "reload_interval": LOOK_INTERVAL,
    }
    named = (("ca", cluster, "certificate-authority"), ("cert", user, "client-certificate"), ("key", user, "client-key"))
    for name, section, key in named:
        if data := section.get(f"{key}-data"):
            settings[f"{name}_pem"] = base64.b64decode(data, validate=True).decode()
        elif file := section.get(key):
            settings[f"{name}_file"] = str(folder / file)
    return TlsClientConfig.model_validate(settings)


def _headers(key: str, user: Mapping[str, Any], folder: Path, logger: Logger) -> Headers:
    if token := user.get("token"):
        return bearer(str(token))
    if file := user.get("tokenFile"):
        return bearer_in(WatchedFile(f"{key}: tokenFile", str(folder / file), logger))
    if name := user.get("username"):
        pair = base64.b64encode(f"{name}:{user.get('password', '')}".encode()).decode()
        return lambda: {"Authorization": f"Basic {pair}"}
    return dict
