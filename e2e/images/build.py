"""Builds one image and keeps it as an OCI archive in the cache, named by its inputs."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

from e2e.cluster import debian
from e2e.cluster.baseimage import ensure_base_image
from e2e.cluster.cache import cache_dir, locked
from e2e.cluster.errors import BuildError
from e2e.cluster.progress import Progress, say
from e2e.images import agents, apps, bases, go_agent
from e2e.images.inputs import ROOT, digest
from e2e.images.wheels import WheelError, build_project, download

REGISTRY = "ghcr.io/otel-operator-py"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one image is made."""

    dockerfile: str
    sources: tuple[str, ...]
    wheels: str = ""
    """Name of the requirements file and of the folder below build/wheels; the project's own wheel is added if `project`."""
    project: bool = True
    content: Callable[[], Path] | None = None
    """Instead of wheels: returns the folder, named after its inputs, that is put at build/content/<name of the image>."""
    base: Callable[[], str] = ensure_base_image
    """Makes the base image where Buildah builds alone; Docker and Podman pull the Dockerfile's own."""


CONTENT = ROOT / "build" / "content"
ENGINES = ("docker", "podman")
PACKAGES = ("operator", "agent-image/otel_agent", "pyproject.toml")
NATIVE = ("agent-image/native/src", "agent-image/native/Cargo.toml")
"""In the wheel where this machine has a Rust toolchain; the operator's image leaves it out."""


def _agent(language: str) -> Recipe:
    source = f"agent-image/autoinstrumentation/{language}"
    return Recipe(f"{source}/Dockerfile", (source,), content=partial(agents.content, language), base=bases.busybox)


def _app(name: str, content: Callable[[], Path], base: Callable[[], str] = ensure_base_image) -> Recipe:
    source = f"e2e/injection/apps/{name}"
    return Recipe(f"{source}/Dockerfile", (source,), content=content, base=base)


PRODUCT = {
    "operator": Recipe("operator/Dockerfile", PACKAGES, "operator"),
    "collector": Recipe("agent-image/Dockerfile", (*PACKAGES, *NATIVE), "agent"),
    **{f"autoinstrumentation-{language}": _agent(language) for language in agents.LANGUAGES},
}
SAMPLES = {
    "sample-app": Recipe("e2e/demo/app/Dockerfile", ("e2e/demo/app",), "sample-app", project=False),
    "storefront": _app("storefront", partial(apps.python_app, "storefront")),
    "catalog": _app("catalog", partial(apps.node_app, "catalog"), bases.node),
    "stock": _app("stock", partial(apps.java_app, "stock"), bases.java),
    "ledger": _app("ledger", partial(apps.go_app, "ledger"), bases.busybox),
    "reviews": _app("reviews", partial(apps.python_app, "reviews", bases.OLDER_PYTHON), bases.older_python),
}
STAND_INS = {
    # Public images of others that a scenario cannot do without, and that no registry is needed for.
    "go-agent": Recipe(
        "e2e/injection/go-agent/Dockerfile", ("e2e/injection/go-agent",), content=go_agent.content, base=bases.busybox
    ),
}
IMAGES = PRODUCT | SAMPLES | STAND_INS


@dataclass(frozen=True, slots=True)
class Archive:
    """A built image: its reference and the archive file that holds it."""

    reference: str
    path: Path


def build(name: str, *, builder: str = "auto", base: str | None = None) -> Archive:
    """Return the archive of image `name`, building it when its inputs changed since the last time.

    Raises BuildError with the tool's last lines.
    """
    recipe = IMAGES[name]
    tool = choose_builder(builder)
    base = base or (recipe.base() if tool == "buildah" else None)
    pinned = requirements(recipe)
    content = recipe.content() if recipe.content else None
    inputs = [ROOT / s for s in (*recipe.sources, recipe.dockerfile)] + pinned
    key = digest(inputs, tool, base or "", content.name if content else "")
    archive = Archive(f"{REGISTRY}/{name}:{version('otel-operator')}", cache_dir() / "images" / f"{name}-{key}.tar")
    with locked(cache_dir() / "images" / f"{name}.lock", f"image {name}"):
        if archive.path.exists():
            return archive
        with Progress(f"image {name}: build with {tool}") as progress:
            try:
                if content:
                    place(content, name)
                else:
                    progress.detail = "wheels"
                    wheelhouse(recipe, pinned)
                progress.detail = "layers"
                run_builder(tool, recipe, archive, base)
            except WheelError as error:
                raise BuildError(f"image {name}: wheels: {error}") from error
            finally:
                shutil.rmtree(CONTENT / name if content else ROOT / "build" / "wheels" / recipe.wheels, ignore_errors=True)
        forget_older(name, archive.path)
        say(f"image {name}: {archive.reference}, {archive.path.stat().st_size / 1e6:.0f} MB")
    return archive


def requirements(recipe: Recipe) -> list[Path]:
    """Return the files that pin the image's wheels, and the pip that puts them there; none for other content, a source itself."""
    if recipe.content:
        return []
    own = f"requirements/{recipe.wheels}.txt" if recipe.project else f"{recipe.sources[0]}/requirements.txt"
    return [ROOT / own, ROOT / "requirements/image.txt"]


def place(content: Path, name: str) -> None:
    """Copy an image's content to where its Dockerfile finds it, readable for every user that a pod may run as."""
    target = CONTENT / name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(content, target, symlinks=True)
    for path in [target, *target.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o644))


def wheelhouse(recipe: Recipe, pinned: list[Path]) -> Path:
    """Fill build/wheels/<name> from the cache (one folder for what is pinned) and add this project's wheel."""
    cached = cache_dir() / "wheels" / f"{recipe.wheels}-{digest(pinned)}"
    if not (cached / ".complete").exists():
        shutil.rmtree(cached, ignore_errors=True)
        download(pinned, cached)
        (cached / ".complete").touch()
    target = ROOT / "build" / "wheels" / recipe.wheels
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(cached, target, ignore=shutil.ignore_patterns(".complete"))
    if recipe.project:
        build_project(target)
    return target


def choose_builder(wanted: str) -> str:
    """Return Docker or Podman when its engine answers, else Buildah, which needs none and is installed if missing.

    Raises BuildError for a tool asked for by name that does not answer, ClusterError when Buildah cannot be installed.
    """
    for tool in ENGINES if wanted == "auto" else [wanted]:
        if shutil.which(tool) and (tool == "buildah" or not _run([tool, "info"], check=False).returncode):
            return tool
    if wanted in ENGINES:
        raise BuildError(f"{wanted} does not answer; start it, or leave the choice to --builder auto")
    debian.install(debian.IMAGE_PACKAGES)
    return "buildah"


def run_builder(tool: str, recipe: Recipe, archive: Archive, base: str | None) -> None:
    """Build and save; the archive appears under its name only when it is whole."""
    arguments = ["--file", recipe.dockerfile, "--tag", archive.reference]
    if base:
        arguments += ["--build-arg", f"BASE={base}"]
    if tool == "buildah":
        arguments += ["--isolation", "chroot", "--layers=false"]
    partial = archive.path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    _run([tool, "build", *arguments, "."] if tool != "buildah" else [tool, "bud", *arguments, "."])
    if tool == "buildah":
        _run([tool, "push", archive.reference, f"oci-archive:{partial}:{archive.reference}"])
    else:
        _run([tool, "save", "--output", str(partial), archive.reference])
    partial.rename(archive.path)


def forget_older(name: str, keep: Path) -> None:
    """Keep only the newest archive of an image: they are large, and each source change makes one."""
    for old in keep.parent.glob(f"{name}-*.tar"):
        if old != keep:
            old.unlink()


def _run(command: list[str], *, check: bool = True) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if check and result.returncode:
        lines = (result.stdout + result.stderr).strip().splitlines()[-20:]
        raise BuildError(f"{' '.join(command[:3])} … ended with {result.returncode}:\n" + "\n".join(lines))
    return result
