"""Builds programs from Go modules, once, and says where they are: the cluster's, and by their own catalogue the benchmarks'.

Each folder in ``modules/`` pins one program family (go.mod and go.sum). A binary is found under
``<cache>/binaries/<module>-<hash of its inputs>/``; only the asked-for ones that are missing are built.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from e2e.cluster.cache import cache_dir, digest, locked
from e2e.cluster.errors import BuildError
from e2e.cluster.progress import Progress
from e2e.cluster.toolchain import find_go, go_version

MODULES = Path(__file__).parent / "modules"
KUBERNETES = "v1.34.4"
HELM = "v3.22.0"
_STRIP = "-s -w"
# Without its version stamped in, clients cannot parse what the API server says it is.
_KUBERNETES_STAMP = " ".join(
    [
        _STRIP,
        f"-X k8s.io/component-base/version.gitVersion={KUBERNETES}",
        f"-X k8s.io/component-base/version.gitMajor={KUBERNETES[1:].split('.')[0]}",
        f"-X k8s.io/component-base/version.gitMinor={KUBERNETES.split('.')[1]}",
        f"-X k8s.io/client-go/pkg/version.gitVersion={KUBERNETES}",
    ]
)
# Without it `helm template` takes the cluster for a 1.20.
_HELM_STAMP = " ".join(
    [
        _STRIP,
        f"-X helm.sh/helm/v3/internal/version.version={HELM}",
        f"-X helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor={KUBERNETES[1:].split('.')[0]}",
        f"-X helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor={KUBERNETES.split('.')[1]}",
    ]
)


@dataclass(frozen=True, slots=True)
class Module:
    """A Go module: the packages it builds by program name, their linker flags and tags; found in ``modules/`` by default."""

    name: str
    packages: dict[str, str]
    ldflags: str = _STRIP
    folder: Path | None = None
    tags: str = ""

    @property
    def source(self) -> Path:
        """The folder that holds go.mod."""
        return self.folder or MODULES / self.name

    def inputs(self) -> list[str | bytes]:
        """Return what the programs depend on: all of its files, and the flags."""
        files = (path.read_bytes() for path in sorted(self.source.rglob("*")) if path.is_file())
        return [*files, self.ldflags, *([self.tags] if self.tags else [])]


def _kubernetes(*programs: str) -> dict[str, str]:
    return {program: f"k8s.io/kubernetes/cmd/{program}" for program in programs}


CATALOGUE = (
    Module(
        "kubernetes",
        _kubernetes("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl"),
        _KUBERNETES_STAMP,
    ),
    Module("etcd", {"etcd": "go.etcd.io/etcd/server/v3"}),
    Module("coredns", {"coredns": "github.com/coredns/coredns"}),
    Module("kwok", {"kwok": "sigs.k8s.io/kwok/cmd/kwok"}),
    Module("kind", {"kind": "sigs.k8s.io/kind"}),
    Module("pause", {"pause": "otel-operator/e2e/pause"}),
    Module("helm", {"helm": "helm.sh/helm/v3/cmd/helm"}, _HELM_STAMP),
    # Most of Prometheus is the service discovery of clouds.
    Module(
        "prometheus",
        {program: f"github.com/prometheus/prometheus/cmd/{program}" for program in ("prometheus", "promtool")},
        tags="remove_all_sd,enable_dns_sd,enable_kubernetes_sd",
    ),
)


def ensure(programs: Iterable[str], catalogue: Sequence[Module] = CATALOGUE) -> dict[str, Path]:
    """Return the path of each program of the catalogue, building the missing ones.

    Raises BuildError with the compiler's last lines, or naming a program that no module here builds.
    """
    wanted = list(programs)
    known = {program: module for module in catalogue for program in module.packages}
    if unknown := [program for program in wanted if program not in known]:
        raise BuildError(f"no module builds {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    go = find_go()
    version = go_version(go)
    paths: dict[str, Path] = {}
    for module in catalogue:
        names = [program for program in wanted if program in module.packages]
        if names:
            paths |= _ensure_module(module, names, go, version)
    return paths


def _ensure_module(module: Module, names: list[str], go: Path, version: str) -> dict[str, Path]:
    folder = cache_dir() / "binaries" / f"{module.name}-{digest([*module.inputs(), version, platform.machine()])}"
    paths = {name: folder / name for name in names}
    if all(path.exists() for path in paths.values()):
        return paths
    with locked(folder.with_suffix(".lock"), f"build {module.name}"):
        missing = [name for name, path in paths.items() if not path.exists()]
        if missing:
            folder.mkdir(parents=True, exist_ok=True)
            _build(module, missing, folder, go)
    return paths


def _build(module: Module, names: list[str], folder: Path, go: Path) -> None:
    """Build in a private folder and rename, so that a reader never sees half a program."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{module.name}.") as scratch:
        source = Path(scratch, "source")
        shutil.copytree(module.source, source)
        with Progress(f"build {', '.join(names)}") as progress:
            for name in names:
                progress.detail = f"compile {name}"
                output = Path(scratch, name)
                _compile(go, source, module, name, output, progress)
                output.rename(folder / name)


def _compile(go: Path, source: Path, module: Module, program: str, output: Path, progress: Progress) -> None:
    environment = os.environ | {"CGO_ENABLED": "0", "GOWORK": "off"}
    package, tags = module.packages[program], f"-tags={module.tags}"
    count = ["list", tags, "-deps", package]
    flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", tags, "-ldflags", module.ldflags]
    build = ["build", "-v", *flags, "-o", str(output), package]
    what = progress.detail
    progress.detail = f"{what}: download modules"
    listed = subprocess.run([go, *count], cwd=source, env=environment, capture_output=True, text=True, check=False)
    if listed.returncode:
        raise BuildError(f"{package} cannot be resolved:\n{listed.stderr[-3000:]}")
    total = len(listed.stdout.splitlines())
    tail: list[str] = []
    with subprocess.Popen([go, *build], cwd=source, env=environment, stderr=subprocess.PIPE, text=True) as compiler:
        assert compiler.stderr is not None
        for number, line in enumerate(compiler.stderr, start=1):
            tail = [*tail[-40:], line.rstrip()]
            progress.detail = f"{what}: {number} of at most {total} packages"
    if compiler.returncode:
        raise BuildError(f"{package} does not build:\n" + "\n".join(tail))
