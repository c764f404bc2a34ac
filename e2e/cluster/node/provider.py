"""The `node` provider, seen from the host: starts the namespaces, talks to the supervisor inside, ends it and cleans up."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from e2e.cluster import binaries, debian
from e2e.cluster.cache import locked
from e2e.cluster.errors import ClusterError
from e2e.cluster.node import cgroups, control, namespaces, pids
from e2e.cluster.node.components import START_SECONDS, Settings
from e2e.cluster.node.layout import PAUSE_IMAGE, Layout
from e2e.cluster.node.supervisor import FAILED, STEP
from e2e.cluster.oci_archive import write_program_image
from e2e.cluster.ports import free_ports
from e2e.cluster.processes import log_tail
from e2e.cluster.progress import elapsed, say
from e2e.cluster.provider import ComponentStatus, clusters_dir
from e2e.cluster.waiting import wait_until

_PROGRAMS = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
    "kubectl",
    "coredns",
    "pause",
)
_CHECKOUT = Path(__file__).parents[3]
_STOP_SECONDS = 30.0


class NodeProvider:
    """A one-node cluster in namespaces of its own; needs Linux and root, no Docker."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._layout = Layout(name, clusters_dir() / name)

    def up(self) -> None:
        """See Provider."""
        if self._ready():
            say(f"cluster {self.name} is already up")
            return
        if sys.platform != "linux" or os.geteuid() != 0:
            raise ClusterError("the node provider needs Linux and root: run it as root, or use kind or an existing cluster")
        self._check_place()
        with locked(self._layout.root.with_suffix(".lock"), f"cluster {self.name}"):
            if self._ready():
                return
            self._clean()
            debian.install(debian.NODE_PACKAGES)
            programs = binaries.ensure(_PROGRAMS)
            self._start(programs)

    def down(self) -> None:
        """See Provider."""
        if not self._layout.root.exists():
            say(f"cluster {self.name} is not up")
            return
        with locked(self._layout.root.with_suffix(".lock"), f"cluster {self.name}"):
            self._clean()
        say(f"cluster {self.name} is down")

    def status(self) -> list[ComponentStatus]:
        """See Provider."""
        if self._outer() is None:
            return []
        answer = control.ask(self._layout.control, "status")
        now = time.time()
        rows = answer["components"]
        assert isinstance(rows, list)
        return [ComponentStatus(row["name"], row["pid"], now - row["started"], row["health"]) for row in rows]

    def run(self, command: Sequence[str]) -> int:
        """See Provider. The command runs in the node's mount, network and pid namespaces."""
        return subprocess.run(self.command(command), check=False).returncode

    def command(self, command: Sequence[str]) -> list[str]:
        """Return the command line that runs ``command`` inside, in the caller's folder."""
        enter = self._enter()
        kubectl = Path(json.loads(self._layout.settings.read_text())["programs"]["kubectl"])
        path = os.pathsep.join([str(kubectl.parent), os.environ.get("PATH", ""), debian.SYSTEM_PATH])
        cache = self._layout.root / "kubectl-cache"
        settings = [f"KUBECONFIG={self._layout.kubeconfig}", f"KUBECACHEDIR={cache}", f"PATH={path}"]
        return [*enter, "env", f"--chdir={Path.cwd()}", *settings, *command]

    def kubeconfig(self) -> Path:
        """See Provider."""
        self._inner()
        return self._layout.kubeconfig

    def load(self, archives: Sequence[Path]) -> None:
        """See Provider."""
        for archive in archives:
            start = time.monotonic()
            command = [*self._enter(), "ctr", "--namespace=k8s.io", "images", "import", str(archive.absolute())]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise ClusterError(f"{archive} cannot be loaded: {done.stderr.strip()}")
            say(f"loaded {archive.name} in {elapsed(time.monotonic() - start)}")

    def restart(self, component: str) -> None:
        """See Provider."""
        control.ask(self._layout.control, "restart", component)

    def kill(self, component: str) -> None:
        """See Provider."""
        control.ask(self._layout.control, "kill", component)

    def _ready(self) -> bool:
        return self._layout.ready.exists() and self._outer() is not None

    def _outer(self) -> int | None:
        return pids.recorded(self._layout.pid)

    def _inner(self) -> int:
        outer = self._outer()
        inner = pids.child_of(outer) if outer is not None else None
        if inner is None:
            raise ClusterError(f"cluster {self.name} is not up: python -m e2e.cluster up --name {self.name}")
        return inner

    def _enter(self) -> list[str]:
        return ["nsenter", f"--target={self._inner()}", "--mount", "--net", "--pid", "--uts"]

    def _check_place(self) -> None:
        control.check_path(self._layout.control)
        for taken in (*namespaces.COVERED, namespaces.PRIVATE):
            if self._layout.root.resolve().is_relative_to(taken):
                raise ClusterError(f"state cannot lie under {taken}, which the node covers: set OTEL_OPERATOR_CACHE elsewhere")

    def _start(self, programs: dict[str, Path]) -> None:
        layout, start = self._layout, time.monotonic()
        layout.logs.mkdir(parents=True)
        cgroups.create(layout.cgroup)
        archive = layout.root / "pause.tar"
        write_program_image(archive, PAUSE_IMAGE, programs["pause"])
        (port,) = free_ports(1)
        with socket.create_server(("127.0.0.1", port)) as listener:
            paths = {name: str(path) for name, path in programs.items()}
            settings = Settings(paths, str(archive), port, listener.fileno())
            layout.settings.write_text(json.dumps(asdict(settings)))
            outer = self._spawn(listener)
        try:
            self._follow()
        except BaseException:
            pids.end(outer, _STOP_SECONDS)
            raise
        say(f"cluster {self.name} is up after {elapsed(time.monotonic() - start)}")

    def _spawn(self, listener: socket.socket) -> int:
        """Start the supervisor in fresh namespaces, record the process whose end ends them, and return its pid.

        Not with subprocess: the process is meant to outlive this one, which Popen takes for a mistake.
        """
        layout = self._layout
        unshare = ["unshare", "--mount", "--net", "--pid", "--uts", "--fork", "--mount-proc", "--kill-child"]
        supervisor = [sys.executable, "-m", "e2e.cluster.node.supervisor", layout.name, str(layout.root)]
        path = os.pathsep.join([os.environ.get("PATH", ""), debian.SYSTEM_PATH])
        listener.set_inheritable(True)
        log = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        outer = os.posix_spawnp(
            "env",
            ["env", "--chdir=/", *unshare, *supervisor],
            os.environ | {"PYTHONPATH": str(_CHECKOUT), "PATH": path},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(layout.logs / "supervisor.log"), log, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
        )
        pids.record(layout.pid, outer)
        return outer

    def _follow(self) -> None:
        """Show the supervisor's steps until the cluster is ready; ClusterError with its last words when it ends instead."""
        log = self._layout.logs / "supervisor.log"
        with log.open() as steps:

            def show() -> None:
                for line in steps:
                    if line.startswith(STEP):
                        say(f"  {line.removeprefix(STEP).rstrip()}")

            def alive() -> None:
                show()
                if self._outer() is None:
                    text = log.read_text()
                    raise ClusterError(text[text.rfind(FAILED) + len(FAILED) :] if FAILED in text else log_tail(log))

            wait_until(f"cluster {self.name}", self._layout.ready.exists, seconds=3 * START_SECONDS, alive=alive)
            show()

    def _clean(self) -> None:
        outer = self._outer()
        if outer is not None:
            pids.end(outer, _STOP_SECONDS)
        cgroups.remove(self._layout.cgroup)
        if self._layout.root.exists():
            shutil.rmtree(self._layout.root)
