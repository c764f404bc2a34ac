"""The base images of agents and sample applications, made without a registry: of Debian packages, and of this machine's Python.

Each function returns a reference in buildah's storage, and raises BuildError or ClusterError when the base cannot be made.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from e2e.cluster.baseimage import DebianBase, commit, ensure_base_image, output, present
from e2e.cluster.cache import cache_dir, digest, locked
from e2e.cluster.errors import BuildError
from e2e.cluster.progress import Progress
from e2e.images import interpreters

NODE = DebianBase("node-base", "trixie", "node", ("nodejs", "ca-certificates"))
"""Node.js 20."""
JAVA = DebianBase("java-base", "bookworm", "java", ("openjdk-17-jre-headless", "ca-certificates"), ("/usr/share/man/man1",))
OLDER_PYTHON = "3.10"
_BUSYBOX = "busybox-static"
_LEFT_OUT = shutil.ignore_patterns("test", "tests", "site-packages", "__pycache__", "config-*", "idlelib", "*.a")


def node() -> str:
    """Debian's Node.js."""
    return ensure_base_image(NODE)


def java() -> str:
    """Debian's Java runtime."""
    return ensure_base_image(JAVA)


def busybox() -> str:
    """Busybox and a link for each of its programs, as the public agent images have it: an init container runs `cp`."""
    reference = "localhost/busybox-base:bookworm"
    with locked(cache_dir() / "images" / "busybox-base.lock", "busybox base image"), tempfile.TemporaryDirectory() as scratch:
        key = digest([output(["apt-cache", "policy", _BUSYBOX])])
        if not present(reference, key):
            with Progress(f"base image {reference}"):
                commit(_busybox_files(Path(scratch)), reference, "sh", key)
    return reference


def older_python() -> str:
    """Our Python base with this machine's Python 3.10 in /usr/local: Debian has none."""
    program = interpreters.find(OLDER_PYTHON)
    if program is None:
        raise BuildError(f"this machine has no Python {OLDER_PYTHON} to make a base of: install one with pyenv, or use Docker")
    reference = f"localhost/python-base:{OLDER_PYTHON}"
    with locked(cache_dir() / "images" / "older-python.lock", "older Python"), tempfile.TemporaryDirectory() as scratch:
        base = ensure_base_image()
        prefix = Path(output([str(program), "-c", "import sys; print(sys.base_prefix)"]).strip())
        key = digest([str(prefix), output([str(program), "--version"]), Path(__file__).read_bytes()])
        if not present(reference, key):
            with Progress(f"base image {reference}"):
                commit(_python_files(prefix, Path(scratch)), reference, "python3", key, base=base)
    return reference


def _busybox_files(scratch: Path) -> Path:
    # By its own name, and not installed: this machine needs no busybox.
    command = ["apt-get", "download", "--quiet", _BUSYBOX]
    done = subprocess.run(command, cwd=scratch, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"apt-get download {_BUSYBOX} failed; run apt-get update:\n{done.stderr[-2000:]}")
    (package,) = scratch.glob("*.deb")
    output(["dpkg-deb", "--extract", str(package), str(scratch / "unpacked")])
    program = scratch / "root" / "bin" / "busybox"
    program.parent.mkdir(parents=True)
    shutil.copy(next((scratch / "unpacked").glob("**/bin/busybox")), program)
    for name in output([str(program), "--list"]).split():
        if name != program.name:
            (program.parent / name).symlink_to(program.name)
    (scratch / "root" / "tmp").mkdir(mode=0o1777)
    return scratch / "root"


def _python_files(prefix: Path, scratch: Path) -> Path:
    local = scratch / "usr" / "local"
    (scratch / "usr" / "lib").mkdir(parents=True)
    name = f"python{OLDER_PYTHON}"
    shutil.copytree(prefix / "lib" / name, local / "lib" / name, ignore=_LEFT_OUT)
    (local / "lib" / name / "site-packages").mkdir()
    (local / "bin").mkdir()
    shutil.copy(prefix / "bin" / name, local / "bin" / name)
    (local / "bin" / "python3").symlink_to(name)
    for library in (prefix / "lib").glob("libpython*.so.*"):
        # Where the loader looks without a cache; its path in the program is this machine's.
        shutil.copy(library, scratch / "usr" / "lib" / library.name)
    return scratch
