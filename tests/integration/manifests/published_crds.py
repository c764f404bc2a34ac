"""CRDs of GitOps tools as their makers publish them, from Go modules, which hold them beside the code.

`go mod download` fetches a module by version; nothing of it is compiled or run. What was fetched has to have the checksum below.
"""

import json
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from e2e.cluster.cache import made_once
from e2e.cluster.errors import BuildError
from e2e.cluster.progress import Progress
from e2e.cluster.toolchain import find_go

SECONDS = 300
_FILE = "crds.yaml"


@dataclass(frozen=True, slots=True)
class Published:
    """What is published by a name: a version of a Go module, its checksum (`h1:` as in a go.sum), the files that hold CRDs."""

    name: str
    module: str
    version: str
    checksum: str
    files: tuple[str, ...]


ARGO_CD = Published(
    "argo-cd",
    "github.com/argoproj/argo-cd/v3",
    "v3.5.7",
    "h1:Xm1BF+I5OgDKUG3SDK49vn2/Y5AMyaNVko+/JT08gj0=",
    ("manifests/crds/application-crd.yaml",),
)
FLUX = Published(
    "flux",
    # It carries the manifests of each Flux version; the modules of the controllers have one CRD each.
    "github.com/controlplaneio-fluxcd/flux-operator",
    "v0.58.0",
    "h1:7fbGeGRzp7sEwfg7jjc3a3bJvMYTAgPv+hl5qf9SBxo=",
    tuple(f"config/data/flux/v2.9.4/{name}-controller.yaml" for name in ("source", "kustomize", "helm")),
)


def crds(published: Published) -> list[dict[str, Any]]:
    """Return the CRDs, fetched once; BuildError when the module cannot be fetched or is another than expected."""
    inputs = [published.module, published.version, published.checksum, *published.files]
    folder = made_once("crds", published.name, inputs, partial(_write, published))
    return list(yaml.safe_load_all((folder / _FILE).read_text()))


def _write(published: Published, folder: Path) -> None:
    with zipfile.ZipFile(_archive(published)) as archive:
        (folder / _FILE).write_text(yaml.safe_dump_all(_crds(archive, published)))


def _crds(archive: zipfile.ZipFile, published: Published) -> Iterator[dict[str, Any]]:
    for name in published.files:
        text = archive.read(f"{published.module}@{published.version}/{name}")
        yield from (obj for obj in yaml.safe_load_all(text) if obj and obj["kind"] == "CustomResourceDefinition")


def _archive(published: Published) -> Path:
    command = [find_go(), "mod", "download", "-json", f"{published.module}@{published.version}"]
    # Outside of a module, so that its go.mod and all that it requires is not looked at.
    with tempfile.TemporaryDirectory() as nowhere, Progress(f"download {published.module} {published.version}"):
        done = subprocess.run(command, cwd=nowhere, capture_output=True, text=True, check=False, timeout=SECONDS)
    answer = json.loads(done.stdout or "{}")
    if "Zip" not in answer:
        raise BuildError(f"{published.module} {published.version}: {answer.get('Error') or done.stderr.strip()}")
    if answer["Sum"] != published.checksum:
        raise BuildError(f"{published.module} {published.version}: checksum {answer['Sum']}, expected {published.checksum}")
    return Path(answer["Zip"])
