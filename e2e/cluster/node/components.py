"""The node's programs: their command lines, the order they start in, and what has to be true before the next one starts."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from e2e.cluster.certificates import Authority, write_signing_key
from e2e.cluster.client import Probe, http_get, kubectl
from e2e.cluster.control_plane import (
    KUBERNETES_SERVICE,
    ControlPlane,
    apiserver_arguments,
    controller_manager_arguments,
    etcd_arguments,
    scheduler_arguments,
)
from e2e.cluster.errors import ComponentError
from e2e.cluster.fake_node import is_ready
from e2e.cluster.kubeconfig import write_kubeconfig
from e2e.cluster.node import configuration, dns_query
from e2e.cluster.node.layout import CONTAINERD_SOCKET, DNS_ADDRESS, DNS_DOMAIN, NODE_ADDRESS, Layout
from e2e.cluster.processes import Component, ProcessGroup
from e2e.cluster.waiting import wait_until

START_SECONDS = 120.0
RESTART_GRACE_SECONDS = 2.0
_ETCD_PORTS = (2379, 2380)


@dataclass(frozen=True, slots=True)
class Settings:
    """What `up` decided on the host: built programs by name, the API server's port, and the host socket's descriptor."""

    programs: dict[str, str]
    pause_archive: str
    port: int
    listener: int


class Node:
    """All programs of one node, started and watched from inside its namespaces."""

    def __init__(self, layout: Layout, settings: Settings, group: ProcessGroup, *, masquerade_all: bool) -> None:
        self._layout = layout
        self._settings = settings
        self._group = group
        self._plane = _prepare_control_plane(layout, settings.port)
        _write_configuration(layout, masquerade_all=masquerade_all)
        self._probe = Probe(self._plane.url, self._plane.authority.certificate, self._plane.admin)
        self._commands = self._command_lines()
        self.health: dict[str, Callable[[], object]] = {
            "etcd": lambda: http_get(f"{self._plane.etcd_url}/health"),
            "containerd": lambda: self._ctr("version"),
            "kube-apiserver": lambda: self._probe.get("/readyz"),
            "kubelet": lambda: http_get("http://127.0.0.1:10248/healthz"),
            "kube-proxy": lambda: http_get("http://127.0.0.1:10256/healthz"),
            "coredns": lambda: dns_query.resolves(NODE_ADDRESS, f"kubernetes.default.svc.{DNS_DOMAIN}"),
        }

    def start(self, report: Callable[[str], None]) -> None:
        """Start everything in order; ``report`` is told each step. Raises ComponentError with the log of what failed."""
        for name in ("etcd", "containerd", "forward"):
            self._run(name)
        self._until_healthy("etcd")
        self._run("kube-apiserver")
        self._until_healthy("containerd")
        report("etcd and containerd answer")
        self._ctr("--namespace=k8s.io", "images", "import", self._settings.pause_archive)
        self._until_healthy("kube-apiserver")
        report("API server is ready")
        for name in ("kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "coredns"):
            self._run(name)
        objects = "\n---\n".join(json.dumps(item) for item in configuration.dns_objects())
        kubectl(Path(self._settings.programs["kubectl"]), self._layout.kubeconfig, "apply", "-f", "-", stdin=objects)
        self._until("the default service account", lambda: self._probe.get("/api/v1/namespaces/default/serviceaccounts/default"))
        report("controllers work")
        self._until("the node's readiness", lambda: is_ready(self._probe.get(f"/api/v1/nodes/{self._layout.node}")))
        report("node is ready")
        name = f"kubernetes.default.svc.{DNS_DOMAIN}"
        self._until("cluster DNS through its Service", lambda: dns_query.resolves(DNS_ADDRESS, name))
        self._until("the API server through its Service", _connects_to_kubernetes_service)
        report("DNS and Services answer")

    def restart(self, name: str) -> None:
        """End one program if it still runs, start it again and wait until it is healthy."""
        self.kill(name, grace=RESTART_GRACE_SECONDS)
        self._run(name)
        self._until_healthy(name)

    def kill(self, name: str, *, grace: float = 0) -> None:
        """End one program, by default with SIGKILL; the others go on."""
        self._component(name).end(grace=grace)

    def status(self) -> list[dict[str, object]]:
        """Return name, pid (inside), start time and health of each program; health is ``ok`` or says what is wrong."""
        return [
            {"name": name, "pid": part.process.pid, "started": part.started, "health": self._judge(name, part)}
            for name, part in self._group.components.items()
        ]

    def _judge(self, name: str, part: Component) -> str:
        code = part.process.poll()
        if code is not None:
            return f"ended with code {code}"
        try:
            return "ok" if self.health.get(name, lambda: True)() else "unhealthy"
        except (OSError, ComponentError) as error:
            return f"unhealthy: {error}"

    def _component(self, name: str) -> Component:
        if name not in self._group.components:
            raise ComponentError(f"no component {name!r}; there are {', '.join(self._group.components)}")
        return self._group.components[name]

    def _run(self, name: str) -> None:
        descriptors = [self._settings.listener] if name == "forward" else []
        self._group.start(name, self._commands[name], pass_fds=descriptors)

    def _until_healthy(self, name: str) -> None:
        self._until(f"{name}'s health", self.health.get(name, lambda: True), self._component(name).check_alive)

    def _until(self, what: str, probe: Callable[[], object], alive: Callable[[], None] | None = None) -> None:
        wait_until(what, probe, seconds=START_SECONDS, alive=alive or self._group.check_alive)

    def _ctr(self, *arguments: str) -> bool:
        done = subprocess.run(
            ["ctr", f"--address={CONTAINERD_SOCKET}", *arguments], capture_output=True, text=True, check=False, timeout=60
        )
        if done.returncode:
            raise OSError(f"ctr {' '.join(arguments)}: {done.stderr.strip()}")
        return True

    def _command_lines(self) -> dict[str, list[str]]:
        layout, plane, programs = self._layout, self._plane, self._settings.programs
        files = layout.configuration
        lines: dict[str, list[str]] = {
            "etcd": etcd_arguments(plane),
            "kube-apiserver": apiserver_arguments(plane, node=True),
            "kube-controller-manager": controller_manager_arguments(plane, files / "kube-controller-manager.kubeconfig"),
            "kube-scheduler": scheduler_arguments(files / "kube-scheduler.kubeconfig"),
            "kubelet": [
                f"--config={files / 'kubelet.yaml'}",
                f"--kubeconfig={files / 'kubelet.kubeconfig'}",
                f"--hostname-override={layout.node}",
                f"--node-ip={NODE_ADDRESS}",
            ],
            "kube-proxy": [f"--config={files / 'kube-proxy.yaml'}", f"--hostname-override={layout.node}"],
            "coredns": ["-conf", str(files / "Corefile")],
        }
        forward = [sys.executable, "-m", "e2e.cluster.node.forward", str(self._settings.listener), "127.0.0.1", str(plane.port)]
        return {name: [programs[name], *arguments] for name, arguments in lines.items()} | {
            "containerd": ["containerd", "--config", str(files / "containerd.toml")],
            "forward": forward,
        }


def _prepare_control_plane(layout: Layout, port: int) -> ControlPlane:
    authority = Authority(layout.pki)
    service = [f"kubernetes{suffix}" for suffix in ("", ".default", ".default.svc", f".default.svc.{DNS_DOMAIN}")]
    plane = ControlPlane(
        data=layout.root / "data",
        address=NODE_ADDRESS,
        port=port,
        etcd_port=_ETCD_PORTS[0],
        etcd_peer_port=_ETCD_PORTS[1],
        authority=authority.pair,
        server=authority.server("kube-apiserver", ["127.0.0.1", NODE_ADDRESS, KUBERNETES_SERVICE, "localhost", *service]),
        admin=authority.client("admin", "admin", "system:masters"),
        signing=write_signing_key(authority.folder),
    )
    plane.data.mkdir()
    # The forwarder listens on the host at the very port the API server has in here: one file is good on both sides.
    write_kubeconfig(layout.kubeconfig, f"https://127.0.0.1:{port}", plane.authority.certificate, plane.admin, layout.name)
    for name, user, group in (
        ("kube-controller-manager", "system:kube-controller-manager", ""),
        ("kube-scheduler", "system:kube-scheduler", ""),
        ("kube-proxy", "system:kube-proxy", ""),
        ("kubelet", f"system:node:{layout.node}", "system:nodes"),
    ):
        pair = authority.client(name, user, group)
        write_kubeconfig(layout.configuration / f"{name}.kubeconfig", plane.url, plane.authority.certificate, pair, layout.name)
    return plane


def _write_configuration(layout: Layout, *, masquerade_all: bool) -> None:
    files = layout.configuration
    for folder in ("cni", "registries"):
        (files / folder).mkdir()
    (files / "containerd.toml").write_text(configuration.containerd_toml(layout))
    (files / "cni" / "10-pods.conflist").write_text(configuration.cni_json())
    (files / "kubelet.yaml").write_text(configuration.kubelet_yaml(layout))
    (files / "kube-proxy.yaml").write_text(configuration.proxy_yaml(layout, masquerade_all=masquerade_all))
    (files / "Corefile").write_text(configuration.corefile(layout))


def _connects_to_kubernetes_service() -> bool:
    with socket.create_connection((KUBERNETES_SERVICE, 443), timeout=1):
        return True
