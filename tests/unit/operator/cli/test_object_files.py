"""Objects as text, and as files that stay where they belong."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_operator.cli.object_files import files_of, identity, stream_of, write_files
from otel_operator.errors import OperatorError


def build(kind: str = "Service", name: str = "x", namespace: str | None = "n", version: str = "v1") -> dict[str, Any]:
    place = {} if namespace is None else {"namespace": namespace}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **place}}


def test_a_file_is_named_by_kind_namespace_and_name() -> None:
    objects = [build(), build("ClusterRole", "r", None, "rbac.authorization.k8s.io/v1")]
    assert list(files_of(objects, "yaml")) == ["service-n-x.yaml", "clusterrole-r.yaml"]
    assert list(files_of(objects, "json")) == ["service-n-x.json", "clusterrole-r.json"]


@pytest.mark.parametrize("part", [{"kind": "../../etc/x"}, {"name": "../../x"}, {"namespace": "/etc"}, {"name": "a\x00b"}])
def test_no_name_leads_out_of_the_directory(part: dict[str, str], tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out"
    files = files_of([build(**part)], "yaml")
    write_files(target, files)
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert file.parent == target


@pytest.mark.parametrize("write", [stream_of, files_of])
def test_a_number_that_json_does_not_have_is_said_and_not_written(write: Callable[[list[dict[str, Any]], str], object]) -> None:
    objects = [build(), {**build("ConfigMap", "y"), "data": {"a": float("nan")}}]
    with pytest.raises(OperatorError, match=r"ConfigMap n/y: has \.nan"):
        write(objects, "json")


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("kept")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "service-n-x.yaml").symlink_to(outside)
    with pytest.raises(OperatorError, match=r"service-n-x\.yaml: is a symbolic link"):
        write_files(tmp_path / "out", files_of([build()], "yaml"))
    assert outside.read_text() == "kept"


def test_objects_that_would_share_a_file_are_refused() -> None:
    with pytest.raises(OperatorError, match=r"two objects would be written to service-n-x\.yaml"):
        files_of([build(), build(version="example.org/v1")], "yaml")


def test_what_the_file_system_refuses_is_said_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(OperatorError, match="out: File exists"):
        write_files(tmp_path / "out", {})
    with pytest.raises(OperatorError, match="File name too long"):
        write_files(tmp_path, files_of([build(name="x" * 300)], "yaml"))


def test_yaml_and_json_say_the_same() -> None:
    objects = [build(), {**build("ConfigMap"), "data": {"a": "yes\n", "b": "1", "ü": "ü"}}]
    assert list(yaml.safe_load_all(stream_of(objects, "yaml"))) == objects
    assert json.loads(stream_of(objects, "json"))["items"] == objects


def test_no_objects_are_no_text_or_an_empty_list() -> None:
    assert stream_of([], "yaml") == ""
    assert json.loads(stream_of([], "json"))["items"] == []


def test_identity_is_that_of_the_cluster_whatever_the_version() -> None:
    older, newer = (identity(build("Ingress", version=f"networking.k8s.io/{version}")) for version in ("v1beta1", "v1"))
    assert older == newer != identity(build("Ingress", version="example.org/v1"))
    assert str(older) == "Ingress n/x"
    assert str(identity(build("Namespace", namespace=None))) == "Namespace x"


@pytest.mark.parametrize("obj", [{}, {"kind": "Kustomization", "apiVersion": "v1"}, {**build(), "metadata": {"name": ""}}])
def test_what_has_no_name_is_no_object(obj: dict[str, Any]) -> None:
    assert identity(obj) is None
