"""Guards the package mapping: setuptools cannot discover through it, and operator/ must not shadow the standard library."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAPPING = {"otel_operator": ROOT / "operator", "otel_agent": ROOT / "agent-image/otel_agent"}


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def packages_in_tree() -> set[str]:
    found = set()
    for name, folder in MAPPING.items():
        for path in folder.rglob("*.py"):
            parts = path.parent.relative_to(folder).parts
            if "__pycache__" not in parts:
                found.add(".".join((name, *parts)))
    return found


def test_every_package_of_the_tree_is_listed_for_the_wheel():
    assert set(project()["tool"]["setuptools"]["packages"]) == packages_in_tree()


def test_every_package_but_the_operator_root_has_an_init_module():
    missing = [
        package
        for package in packages_in_tree() - {"otel_operator"}
        if not (MAPPING[package.split(".")[0]].joinpath(*package.split(".")[1:]) / "__init__.py").exists()
    ]
    assert missing == []


def test_operator_has_no_init_module_that_would_shadow_the_standard_library():
    assert not (ROOT / "operator/__init__.py").exists()


@pytest.mark.parametrize("module", ["collections", "json.tool", "venv"])
def test_standard_library_works_from_the_repository_root(module):
    done = subprocess.run([sys.executable, "-S", "-c", f"import {module}"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_entry_points_name_components_that_say_the_same_of_themselves():
    from importlib import import_module

    for name, value in project()["project"]["entry-points"]["otel_agent.components"].items():
        module, attribute = value.split(":")
        info = getattr(import_module(module), attribute)
        assert name == f"{info.kind}.{info.type}"


def test_wheel_holds_both_packages_and_no_tests(tmp_path):
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "--wheel-dir",
            str(tmp_path),
            str(ROOT),
        ],
        check=True,
        capture_output=True,
    )
    import zipfile

    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    assert "otel_operator/kinds.py" in names
    assert "otel_agent/receivers/otlp/__init__.py" in names
    assert "otel_operator/py.typed" in names
    assert not [n for n in names if n.startswith(("tests/", "e2e/", "operator/"))]


def test_source_distribution_builds_into_the_same_wheel(tmp_path):
    import os
    import shutil
    import zipfile

    target = ROOT / "agent-image/native/target"  # holds the compiled dependencies of the extension already
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)],
        check=True,
        capture_output=True,
        env={**os.environ, "CARGO_TARGET_DIR": str(target)},
    )

    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    assert "otel_operator/kinds.py" in names
    assert "otel_agent/receivers/otlp/__init__.py" in names
    if shutil.which("cargo"):
        assert "otel_agent/_native.abi3.so" in names


@pytest.mark.parametrize(("pins", "extra"), [("operator", "operator"), ("agent", "agent"), ("dev", "operator"), ("dev", "agent")])
def test_pinned_requirements_hold_every_dependency_of_the_extra(pins, extra):
    import re

    name = re.compile(r"^[A-Za-z0-9_.-]+")
    wanted = project()["project"]["dependencies"] + project()["project"]["optional-dependencies"][extra]
    pinned = {
        name.match(line)[0].lower() for line in (ROOT / f"requirements/{pins}.txt").read_text().splitlines() if name.match(line)
    }
    assert {name.match(line)[0].lower() for line in wanted} <= pinned
