"""The eBPF agent of Go as a folder of the cache, built from its module: /otel-go-instrumentation, as in the public image.

The module's eBPF programs come as C; what a release's build does with Clang and `go generate` is done here with `zig cc`, which
the Python package index has.
"""

from __future__ import annotations

import json
import platform
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from e2e.cluster.cache import made_once
from e2e.cluster.errors import BuildError
from e2e.cluster.progress import Progress
from e2e.cluster.toolchain import ZIG_PACKAGE, find_go, find_zig
from e2e.images.inputs import ROOT
from e2e.images.packages import answer

SOURCE = ROOT / "e2e" / "injection" / "go-agent"
MODULE = "go.opentelemetry.io/auto"
PROGRAM = "otel-go-instrumentation"
ARCHITECTURES = {"x86_64": "x86", "aarch64": "arm64"}
"""By the machine's name: as bpf2go and the kernel's headers call it."""
_GENERATE = re.compile(r"^//go:generate .*bpf2go -target \S+ (?P<stem>\w+) (?P<source>\S+\.c)(?: -- (?P<flags>.*))?$", re.M)
# First version of the instruction set: what the module's own build takes. No stack protector nor sanitizer exists in the kernel.
_FLAGS = ("-target", "bpfel-freestanding-none", "-mcpu=v1", "-O2", "-g", "-fno-stack-protector", "-fno-sanitize=all")


@dataclass(frozen=True, slots=True)
class Probe:
    """One eBPF program of the module: the object file it is embedded as, its C file, and further flags."""

    target: Path
    source: Path
    flags: tuple[str, ...]


def content() -> Path:
    """Return a folder with the agent. Raises BuildError, on a machine for which no eBPF programs can be built too."""
    architecture = ARCHITECTURES.get(platform.machine())
    if architecture is None:
        raise BuildError(f"the eBPF agent of Go is for {' and '.join(ARCHITECTURES)}, and this machine is {platform.machine()}")
    inputs: list[str | bytes] = [path.read_bytes() for path in (SOURCE / "go.mod", SOURCE / "go.sum", Path(__file__))]
    return made_once("agents", "go", [*inputs, ZIG_PACKAGE, architecture], lambda folder: _build(architecture, folder))


def probes(module: Path, architecture: str) -> list[Probe]:
    """Read from the ``go:generate`` lines of a module what bpf2go would be asked to make."""
    found = []
    for path in sorted(module.rglob("*.go")):
        for line in _GENERATE.finditer(path.read_text()):
            target = path.parent / f"{line['stem']}_{architecture}_bpfel.o"
            found.append(Probe(target, path.parent / line["source"], tuple((line["flags"] or "").split())))
    return found


def _build(architecture: str, folder: Path) -> None:
    go, zig, work = find_go(), find_zig(), folder.with_name("work")
    shutil.copytree(SOURCE, work)
    with Progress("eBPF agent of Go") as progress:
        progress.detail = f"download {MODULE}"
        # Held to go.sum; the module cache itself is not to be written to.
        told = json.loads(answer([go, "mod", "download", "-json", MODULE], progress.detail, work))
        module = work / "module"
        shutil.copytree(told["Dir"], module)
        for path in [module, *module.rglob("*")]:
            path.chmod(path.stat().st_mode | 0o200)
        wanted = probes(module, architecture)
        if not wanted:
            raise BuildError(f"{MODULE} has no go:generate line for bpf2go: is it laid out otherwise now?")
        for number, probe in enumerate(wanted, start=1):
            progress.detail = f"probe {number} of {len(wanted)}"
            answer(compiler(zig, module, architecture, probe), progress.detail)
        progress.detail = "compile"
        answer([go, "mod", "edit", f"-replace={MODULE}=./module"], progress.detail, work)
        build: list[str | Path] = [
            "env",
            "CGO_ENABLED=0",
            "GOWORK=off",
            go,
            "build",
            "-mod=readonly",
            "-trimpath",
            "-buildvcs=false",
        ]
        answer([*build, "-o", folder / PROGRAM, f"{MODULE}/cli"], progress.detail, work)


def compiler(zig: Path, module: Path, architecture: str, probe: Probe) -> list[str | Path]:
    """Return the command that makes one probe."""
    include = module / "internal" / "include"
    headers = [f"-D__TARGET_ARCH_{architecture}", f"-I{include / 'libbpf'}", f"-I{include}"]
    return [zig, "cc", *_FLAGS, *headers, *probe.flags, "-c", probe.source, "-o", probe.target]
