"""A real API server without a node: etcd, kube-apiserver and kube-controller-manager as ordinary processes.

Needs no root and no namespaces and is up in seconds, for tests of schemas, CEL rules, server-side apply, admission webhooks
and garbage collection. With ``kwok`` there is a scheduler and one fake node as well, and pods become Ready.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from e2e.cluster import binaries, fake_node
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
from e2e.cluster.errors import ClusterError, ComponentError
from e2e.cluster.kubeconfig import write_kubeconfig
from e2e.cluster.ports import free_ports
from e2e.cluster.processes import Component, ProcessGroup
from e2e.cluster.waiting import wait_until

START_SECONDS = 90.0
RESTART_GRACE_SECONDS = 2.0
_PORT_TRIES = 3
_PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kubectl")
_LOOPBACK = "127.0.0.1"


class ApiServer:
    """Context manager around one API server on 127.0.0.1.

    ``workdir`` takes certificates, logs, data and the kubeconfig (a temporary folder, removed at the end, when not given).
    ``extra`` are further kube-apiserver flags. Entering builds what is missing, with progress on stderr.
    """

    def __init__(self, workdir: Path | None = None, *, kwok: bool = False, extra: Sequence[str] = ()) -> None:
        self._own_workdir = workdir is None
        self.workdir = Path(tempfile.mkdtemp(prefix="apiserver-")) if workdir is None else workdir.absolute()
        self.kubeconfig = self.workdir / "admin.kubeconfig"
        self._kwok = kwok
        self._extra = tuple(extra)
        self._stack = ExitStack()
        self._group = ProcessGroup(self.workdir / "logs")
        self._programs: dict[str, Path] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """``https://127.0.0.1:<port>``."""
        return self._plane.url

    @property
    def ca_file(self) -> Path:
        """PEM certificate of the authority that signed the server's certificate."""
        return self._plane.authority.certificate

    @property
    def admin_cert(self) -> Path:
        """PEM client certificate of a member of ``system:masters``."""
        return self._plane.admin.certificate

    @property
    def admin_key(self) -> Path:
        """PEM key of ``admin_cert``."""
        return self._plane.admin.key

    @property
    def logs(self) -> Path:
        """Folder with one ``<component>.log`` each."""
        return self._group.logs

    def start(self) -> None:
        """Build what is missing, start everything, return when the API answers and controllers work.

        Raises BuildError or ComponentError; nothing is left running then.
        """
        more = ("kube-scheduler", "kwok") if self._kwok else ()
        self._programs = binaries.ensure([*_PROGRAMS, *more])
        for attempt in range(_PORT_TRIES):
            try:
                self._start_once()
            except BaseException as error:
                self._stack.close()
                # Another program may take a port between the choice and its use; anything else is a real fault.
                if not (isinstance(error, ComponentError) and "address already in use" in str(error)):
                    raise
                if attempt == _PORT_TRIES - 1:
                    raise
            else:
                return

    def stop(self) -> None:
        """End every process; remove the work folder when it was not given. May be called twice."""
        self._stack.close()
        if self._own_workdir:
            shutil.rmtree(self.workdir, ignore_errors=True)

    def restart(self, *, kill: bool = False) -> None:
        """Restart kube-apiserver alone, on the same port and data; ``kill`` ends it with SIGKILL. Returns when it is ready."""
        # It would wait for its watchers to leave, and controllers do not leave.
        self._group.components["kube-apiserver"].end(grace=0 if kill else RESTART_GRACE_SECONDS)
        self._start_apiserver()

    def create_namespace(self, name: str) -> None:
        """Create a namespace that takes pods at once.

        It takes none without a ServiceAccount, which the controller manager adds; a minute later where the API server was
        restarted and it waits before it asks again.
        """
        self.kubectl("create", "namespace", name)
        try:
            self.kubectl("create", "serviceaccount", "default", "-n", name)
        except ClusterError as error:
            if "already exists" not in str(error):
                raise

    def wait_established(self, crd: str) -> None:
        """Return when the kind is served. `kubectl wait` cannot be asked: it fails while the conditions are null."""

        def established() -> bool:
            conditions = json.loads(self.kubectl("get", "crd", crd, "-o", "json")).get("status", {}).get("conditions") or []
            return any(condition["type"] == "Established" and condition["status"] == "True" for condition in conditions)

        wait_until(f"CRD {crd} established", established, seconds=30)

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl as administrator and return its standard output; ClusterError on failure."""
        return kubectl(self._programs["kubectl"], self.kubeconfig, *arguments, stdin=stdin)

    def _start_once(self) -> None:
        self._plane = self._prepare()
        self._probe = Probe(self._plane.url, self._plane.authority.certificate, self._plane.admin)
        self._stack.enter_context(self._group)
        etcd = self._run("etcd", etcd_arguments(self._plane))
        health = f"{self._plane.etcd_url}/health"
        wait_until("etcd's health", lambda: http_get(health), seconds=START_SECONDS, alive=etcd.check_alive)
        self._start_apiserver()
        self._run("kube-controller-manager", controller_manager_arguments(self._plane, self.kubeconfig))
        self._wait_for("the default service account", "/api/v1/namespaces/default/serviceaccounts/default")
        if self._kwok:
            self._start_fake_node()

    def _prepare(self) -> ControlPlane:
        shutil.rmtree(self.workdir / "data", ignore_errors=True)
        authority = Authority(self.workdir / "pki")
        names = ["localhost", _LOOPBACK, KUBERNETES_SERVICE, "kubernetes", "kubernetes.default", "kubernetes.default.svc"]
        port, etcd_port, peer_port = free_ports(3)
        plane = ControlPlane(
            data=self.workdir / "data",
            address=_LOOPBACK,
            port=port,
            etcd_port=etcd_port,
            etcd_peer_port=peer_port,
            authority=authority.pair,
            server=authority.server("kube-apiserver", names),
            admin=authority.client("admin", "admin", "system:masters"),
            signing=write_signing_key(authority.folder),
        )
        plane.data.mkdir()
        write_kubeconfig(self.kubeconfig, plane.url, plane.authority.certificate, plane.admin)
        return plane

    def _run(self, program: str, arguments: Sequence[str]) -> Component:
        return self._group.start(program, [self._programs[program], *arguments])

    def _start_apiserver(self) -> None:
        self._run("kube-apiserver", apiserver_arguments(self._plane, node=False, extra=self._extra))
        self._wait_for("the API server's readiness", "/readyz")

    def _start_fake_node(self) -> None:
        self._run("kube-scheduler", scheduler_arguments(self.kubeconfig))
        self._run("kwok", fake_node.kwok_arguments(self.kubeconfig))
        self.kubectl("apply", "-f", "-", stdin=fake_node.fake_node_json())
        path = f"/api/v1/nodes/{fake_node.NODE}"
        wait_until(
            "the fake node's readiness",
            lambda: fake_node.is_ready(self._probe.get(path)),
            seconds=START_SECONDS,
            alive=self._group.check_alive,
        )

    def _wait_for(self, what: str, path: str) -> None:
        wait_until(what, lambda: self._probe.get(path), seconds=START_SECONDS, alive=self._group.check_alive)
