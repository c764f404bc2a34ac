from __future__ import annotations

from pathlib import Path

import pytest

from e2e.cluster import binaries, toolchain
from e2e.cluster.errors import BuildError


def test_every_catalogued_module_has_its_pinned_sources() -> None:
    for module in binaries.CATALOGUE:
        text = (binaries.MODULES / module.name / "go.mod").read_text()
        for package in module.packages.values():
            assert package in text or text.startswith(f"module {package}\n")


def test_the_kubernetes_version_stamped_in_is_the_one_pinned() -> None:
    text = (binaries.MODULES / "kubernetes" / "go.mod").read_text()
    assert f"k8s.io/kubernetes {binaries.KUBERNETES} " in text


def test_an_unknown_program_is_refused_by_name() -> None:
    with pytest.raises(BuildError, match=r"no module builds kube-magic; known: .*etcd"):
        binaries.ensure(["kube-magic"])


@pytest.fixture
def stub_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `go` that writes its output file and counts its builds, so that caching is seen without compiling."""
    program = tmp_path / "bin" / "go"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        'case "$1" in\n'
        "env) echo go1.99.0 ;;\n"
        "list) echo one; echo two ;;\n"
        f'build) echo x >> {tmp_path}/builds; [ -e {tmp_path}/broken ] && {{ echo "main.go:1: broken" >&2; exit 1; }}\n'
        '  while [ "$1" != -o ]; do shift; done; echo built > "$2" ;;\n'
        "esac\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    monkeypatch.setenv("OTEL_OPERATOR_CACHE", str(tmp_path / "cache"))
    return tmp_path


def test_a_program_is_built_once_and_found_again(stub_go: Path) -> None:
    assert toolchain.find_go() == stub_go / "bin" / "go"
    first = binaries.ensure(["pause"])["pause"]
    assert binaries.ensure(["pause"])["pause"] == first
    assert first.read_text() == "built\n"
    assert (stub_go / "builds").read_text() == "x\n"


def test_a_failed_build_shows_the_compilers_words_and_leaves_nothing_to_be_taken_for_a_program(stub_go: Path) -> None:
    (stub_go / "broken").touch()
    with pytest.raises(BuildError, match=r"does not build:\nmain.go:1: broken"):
        binaries.ensure(["pause"])
    (stub_go / "broken").unlink()
    assert binaries.ensure(["pause"])["pause"].read_text() == "built\n"


def test_another_catalogue_builds_from_its_own_folder_and_anew_when_a_nested_file_changes(stub_go: Path) -> None:
    source = stub_go / "tool" / "command"
    source.mkdir(parents=True)
    (source / "main.go").write_text("package main")
    catalogue = [binaries.Module("tool", {"tool": "example.com/tool/command"}, folder=source.parent)]
    first = binaries.ensure(["tool"], catalogue)["tool"]
    assert binaries.ensure(["tool"], catalogue)["tool"] == first
    (source / "main.go").write_text("package main // changed")
    assert binaries.ensure(["tool"], catalogue)["tool"] != first
    with pytest.raises(BuildError, match="no module builds etcd; known: tool"):
        binaries.ensure(["etcd"], catalogue)
