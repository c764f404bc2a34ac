"""The Python interpreters of this machine, by minor version: what applications bring may be older or newer than ours."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

_VERSION_MANAGER = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")


@cache
def find(version: str) -> Path | None:
    """Return a CPython of a version as `3.11`, from PATH or pyenv's folder; None when the machine has none that runs."""
    candidates = [shutil.which(f"python{version}"), *sorted(_VERSION_MANAGER.glob(f"versions/{version}.*/bin/python{version}"))]
    return next((Path(found) for found in candidates if found and _runs(Path(found), version)), None)


def _runs(program: Path, version: str) -> bool:
    # A version manager's stand-in on PATH is there for versions that are not chosen, too.
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([program, "-c", code], capture_output=True, text=True, check=False)
    return done.returncode == 0 and re.fullmatch(re.escape(version), done.stdout.strip()) is not None


def with_packages(program: Path, library: Path, folder: Path) -> Path:
    """Return the interpreter of a virtual environment made in a folder, to which another folder's packages belong."""
    subprocess.run([program, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    code = "import site; print(site.getsitepackages()[0])"
    site = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    (Path(site) / "app.pth").write_text(f"{library}\n")
    return python
