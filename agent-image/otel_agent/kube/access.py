"""What a client of the Kubernetes API must know: where the server is, and how to show who asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from otel_agent.transport.tls import ClientTls
from otel_agent.transport.watched_file import WatchedFile

Headers = Callable[[], Mapping[str, str]]
"""Returns headers of the next request, credentials among them. May read files, so it is called in a thread. `KubeError`."""

LOOK_INTERVAL = "60s"
"""Between looks at certificates, which the kubelet and others replace well before they end."""


def no_proxy(url: str) -> None:
    """Reach every URL directly: as API servers are, whatever the environment says of proxies."""


@dataclass(frozen=True, slots=True)
class KubeAccess:
    """All that a client needs."""

    server: str
    """URL without a slash at its end."""
    tls: ClientTls | None = None
    """None for plain HTTP."""
    headers: Headers = dict
    server_hostname: str = ""
    """Name that the certificate must have, where it is not the URL's."""
    namespace: str = "default"
    """Of the pod, or of the kubeconfig's context."""
    proxy: Callable[[str], str | None] = no_proxy
    """URL of the proxy for a URL, None for none."""
    proxy_headers: Mapping[str, str] | None = None
    follow_redirects: bool = True


def bearer(token: str) -> Headers:
    """Show a token."""
    return lambda: {"Authorization": f"Bearer {token}"}


def bearer_in(file: WatchedFile) -> Headers:
    """Show the token that a file holds at the time: those of service accounts are replaced every hour or so."""
    return lambda: {"Authorization": f"Bearer {file.text}"}
