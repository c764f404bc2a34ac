"""The command lines of the control plane's programs: pure, shared by the API-server-only form and the whole node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from e2e.cluster.certificates import KeyPair

SERVICE_RANGE = "10.96.0.0/16"
KUBERNETES_SERVICE = "10.96.0.1"


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """What the control plane's programs must agree on: where they listen, and whose certificates they trust."""

    data: Path
    address: str
    port: int
    etcd_port: int
    etcd_peer_port: int
    authority: KeyPair
    server: KeyPair
    admin: KeyPair
    signing: KeyPair

    @property
    def url(self) -> str:
        """The API server's address as its own machine sees it."""
        return f"https://{self.address}:{self.port}"

    @property
    def etcd_url(self) -> str:
        """Where etcd serves the API server."""
        return f"http://127.0.0.1:{self.etcd_port}"


def etcd_arguments(plane: ControlPlane) -> list[str]:
    """Return etcd's flags. No fsync: the data need not survive the machine, and a test disk is slow."""
    peer = f"http://127.0.0.1:{plane.etcd_peer_port}"
    return [
        f"--data-dir={plane.data / 'etcd'}",
        f"--listen-client-urls={plane.etcd_url}",
        f"--advertise-client-urls={plane.etcd_url}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
        "--logger=zap",
        "--log-level=warn",
    ]


def apiserver_arguments(plane: ControlPlane, *, node: bool, extra: Sequence[str] = ()) -> list[str]:
    """Return kube-apiserver's flags; ``node`` when a kubelet and kube-proxy make the Service network real."""
    flags = [
        f"--etcd-servers={plane.etcd_url}",
        f"--secure-port={plane.port}",
        f"--bind-address={'0.0.0.0' if node else plane.address}",
        f"--cert-dir={plane.data / 'apiserver'}",
        f"--tls-cert-file={plane.server.certificate}",
        f"--tls-private-key-file={plane.server.key}",
        f"--client-ca-file={plane.authority.certificate}",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        f"--service-account-key-file={plane.signing.certificate}",
        f"--service-account-signing-key-file={plane.signing.key}",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        "--authorization-mode=Node,RBAC",
        "--allow-privileged=true",
        # A test changes objects faster than a person; quotas between clients are not what is tested.
        "--enable-priority-and-fairness=false",
    ]
    if node:
        flags += [
            f"--advertise-address={plane.address}",
            f"--kubelet-client-certificate={plane.admin.certificate}",
            f"--kubelet-client-key={plane.admin.key}",
            "--kubelet-preferred-address-types=InternalIP",
        ]
    else:
        # A loopback address is not allowed in an Endpoints object, and nothing would use it.
        flags += ["--endpoint-reconciler-type=none"]
    return [*flags, *extra]


def controller_manager_arguments(plane: ControlPlane, kubeconfig: Path) -> list[str]:
    """Return kube-controller-manager's flags: all its normal controllers, garbage collection included."""
    return [
        f"--kubeconfig={kubeconfig}",
        f"--service-account-private-key-file={plane.signing.key}",
        f"--root-ca-file={plane.authority.certificate}",
        f"--cluster-signing-cert-file={plane.authority.certificate}",
        f"--cluster-signing-key-file={plane.authority.key}",
        # Its default is made under /usr/libexec, outside what this program cleans up.
        f"--flex-volume-plugin-dir={plane.data / 'volume-plugins'}",
        "--use-service-account-credentials",
        "--leader-elect=false",
        "--secure-port=0",
        # The default of 20 requests a second makes rollouts of a test suite wait on the client, not on the cluster.
        "--kube-api-qps=200",
        "--kube-api-burst=400",
    ]


def scheduler_arguments(kubeconfig: Path) -> list[str]:
    """Return kube-scheduler's flags."""
    return [f"--kubeconfig={kubeconfig}", "--leader-elect=false", "--secure-port=0"]
