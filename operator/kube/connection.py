"""Where the API server is and who we are to it: in-cluster or kubeconfig, through `kubernetes.aio.config`.

Tokens are renewed as they age: an in-cluster token is read again each minute, an exec plugin runs again when its
credential expires. Kopf's watch and our own client each have their own HTTP session over the same configuration.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import yaml

from otel_operator.errors import OperatorError
from otel_operator.kube import light_packages

light_packages.install()

from kubernetes.aio.client import rest  # noqa: E402
from kubernetes.aio.client.configuration import Configuration  # noqa: E402
from kubernetes.aio.config.config_exception import ConfigException  # noqa: E402

SERVICE_ACCOUNT_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
POOL_SIZE = 16
_PLUGIN_CHECK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Connection:
    """A loaded client configuration and the namespace that it names as our own."""

    configuration: Any
    """`kubernetes.aio.client.Configuration`."""
    namespace: str

    @property
    def server(self) -> str:
        """Base URL of the API server."""
        return str(self.configuration.host)

    def rest(self) -> Any:
        """Make a REST layer (own connection pool) over this configuration."""
        return rest.RESTClientObject(self.configuration)

    async def authorization(self) -> str | None:
        """Return the Authorization header's value of now, renewed if needed; None when certificates identify us.

        Raises OperatorError when it cannot be renewed.
        """
        try:
            value = await self.configuration.get_api_key_with_prefix("BearerToken")
        except ConfigException as error:
            raise OperatorError(f"credential not renewed: {error}") from error
        return str(value).strip() if value else None

    def session(self) -> aiohttp.ClientSession:
        """Make a plain session (TLS, proxy and a fresh Authorization per request) for a library that brings its own paths."""

        async def authorize(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
            if value := await self.authorization():
                request.headers["Authorization"] = value
            return await handler(request)

        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self.rest().ssl_context, limit=0),
            proxy=self.configuration.proxy,
            read_bufsize=2**21,
            headers={"User-Agent": "otel-operator"},
            middlewares=(authorize,),
        )


async def connect(kubeconfig: str | None = None, context: str | None = None) -> Connection:
    """Load the configuration: `kubeconfig` if given, else in-cluster, else $KUBECONFIG or ~/.kube/config.

    Raises OperatorError naming what was tried.
    """
    configuration = Configuration()
    configuration.connection_pool_maxsize = POOL_SIZE
    # Since Python 3.13 the default context refuses the many cluster CAs that lack key identifiers.
    configuration.disable_strict_ssl_verification = True
    # aiohttp would read ~/.netrc and the proxy variables for every request, each in a thread.
    configuration.client_session_kwargs = {"trust_env": False}
    try:
        if kubeconfig or not os.environ.get("KUBERNETES_SERVICE_HOST"):
            namespace = await _from_kubeconfig(configuration, kubeconfig, context)
        else:
            namespace = _in_cluster(configuration)
    except (ConfigException, OSError, ValueError) as error:
        remedy = "give --kubeconfig or run in a pod with a ServiceAccount"
        raise OperatorError(f"no connection to Kubernetes: {error}; {remedy}") from error
    configuration.proxy = configuration.proxy or _environment_proxy(str(configuration.host))
    return Connection(configuration, os.environ.get("NAMESPACE") or namespace)


def _environment_proxy(server: str) -> str | None:
    """Return the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY ask for, None for a direct connection."""
    parts = urlsplit(server)
    return None if proxy_bypass(parts.netloc) else getproxies().get(parts.scheme)


def _in_cluster(configuration: Any) -> str:
    from kubernetes.aio.config.incluster_config import load_incluster_config

    load_incluster_config(configuration)
    return SERVICE_ACCOUNT_NAMESPACE.read_text().strip() if SERVICE_ACCOUNT_NAMESPACE.exists() else "default"


async def _from_kubeconfig(configuration: Any, kubeconfig: str | None, context: str | None) -> str:
    from kubernetes.aio.config.kube_config import KUBE_CONFIG_DEFAULT_LOCATION, load_kube_config

    path = kubeconfig or KUBE_CONFIG_DEFAULT_LOCATION or "~/.kube/config"  # an empty $KUBECONFIG is none
    if not _any_file(path):
        raise ConfigException(f"no kubeconfig file at {path}")
    try:
        loader = await load_kube_config(path, context, client_configuration=configuration, persist_config=False)
    except (yaml.YAMLError, UnicodeError, AttributeError, LookupError, TypeError) as error:
        # The package does not look before it reads: an empty file is a TypeError.
        raise ConfigException(f"{path} is no kubeconfig file: {error}") from error
    if hasattr(loader, "exec_plugin_expiry"):
        _renew_from_plugin(configuration, loader)
    return str(loader.current_context["context"].get("namespace") or "default")


def _any_file(paths: str) -> bool:
    return any(Path(part).expanduser().is_file() for part in paths.split(os.pathsep) if part)


def _renew_from_plugin(configuration: Any, loader: Any) -> None:
    """Run the exec plugin again when its credential expires, looking at most every half minute."""
    checked = time.monotonic()

    async def refresh(target: Any) -> None:
        nonlocal checked
        if time.monotonic() - checked < _PLUGIN_CHECK_SECONDS:
            return
        checked = time.monotonic()
        await loader.load_from_exec_plugin()
        if token := getattr(loader, "token", None):
            target.api_key["BearerToken"] = token

    configuration.refresh_api_key_hook = refresh
