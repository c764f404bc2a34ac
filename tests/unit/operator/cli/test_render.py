"""`render` as a command: what it reads, where it writes, what it refuses."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_operator.cli import kubectl_plugin
from otel_operator.cli.main import main

SAMPLES = Path(__file__).resolve().parents[4] / "manifests" / "samples"
COLLECTOR = """\
apiVersion: opentelemetry.io/v1beta1
kind: OpenTelemetryCollector
metadata: {name: x}
spec:
  config:
    receivers: {otlp: {protocols: {grpc: {}}}}
    exporters: {debug: {}}
    service: {pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}
"""
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: [{port: 80}]}\n"


@pytest.fixture(autouse=True)
def no_operator_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RELATED_IMAGE_COLLECTOR", "ALIAS_SERVICE", "LABELS_FILTER", "ANNOTATIONS_FILTER"):
        monkeypatch.delenv(name, raising=False)


def rendered(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main(["render", *arguments]) == 0
    return list(yaml.safe_load_all(capsys.readouterr().out))


def names(objects: list[dict[str, Any]]) -> list[str]:
    return [f"{obj['kind']}/{obj['metadata']['name']}" for obj in objects]


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_children_come_in_the_order_in_which_they_can_be_applied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kinds = [name.partition("/")[0] for name in names(rendered(capsys, write(tmp_path / "x.yaml", COLLECTOR)))]
    assert kinds == ["ServiceAccount", "ConfigMap", "Service", "Service", "Service", "Service", "Deployment"]


def test_an_empty_namespace_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "x.yaml", COLLECTOR)
    assert rendered(capsys, path, "--namespace", "") == rendered(capsys, path)


def test_the_same_input_always_gives_the_same_text(capsys: pytest.CaptureFixture[str]) -> None:
    texts = []
    for seed in ("1", "2"):
        command = [sys.executable, "-m", "otel_operator", "render", str(SAMPLES)]
        texts.append(subprocess.run(command, capture_output=True, check=True, env={"PYTHONHASHSEED": seed}).stdout)
    assert texts[0] == texts[1] != b""


def test_standard_input_is_read_and_the_namespace_is_for_what_names_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = COLLECTOR.replace("{name: x}", "{name: y, namespace: own}")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{COLLECTOR}---\n{own}".encode())))
    objects = rendered(capsys, "-", "-n", "shop")
    assert {(obj["metadata"]["name"][0], obj["metadata"]["namespace"]) for obj in objects} == {("x", "shop"), ("y", "own")}
    assert {obj["metadata"]["labels"]["app.kubernetes.io/instance"] for obj in objects} == {"shop.x", "own.y"}


def test_without_a_namespace_it_is_default(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    objects = rendered(capsys, write(tmp_path / "x.yaml", COLLECTOR))
    assert {obj["metadata"]["namespace"] for obj in objects} == {"default"}


def test_json_is_a_list_as_kubectl_reads_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "x.yaml", COLLECTOR)
    wanted = rendered(capsys, path)
    assert main(["render", path, "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"apiVersion": "v1", "kind": "List", "items": wanted}


def test_a_refused_collector_is_named_with_file_line_and_field_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = COLLECTOR.replace("exporters: [debug]", "exporters: [nowhere]").replace("name: x", "name: second")
    path = write(tmp_path / "x.yaml", f"{COLLECTOR}---\n{broken}")
    target = tmp_path / "out"
    assert main(["render", path, "--output-dir", str(target)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    place, _, sentence = said.err.removeprefix(path).partition(" error: ")
    assert place.startswith(":1")
    assert sentence.startswith("OpenTelemetryCollector default/second: spec.config: ")
    assert not target.exists()


def test_a_value_that_the_schema_refuses_is_refused_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "x.yaml", COLLECTOR.replace("spec:", "spec:\n  configmaps: [x]"))
    assert main(["render", path]) == 1
    assert f"{path}:5:16: error: OpenTelemetryCollector default/x: spec.configmaps[0]: " in capsys.readouterr().err


def test_every_refusal_is_said_not_only_the_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = COLLECTOR.replace("spec:", "spec:\n  volumeClaimTemplates: [{}]").replace("[debug]", "[nowhere]")
    assert main(["render", write(tmp_path / "x.yaml", f"{broken}---\n{broken}")]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len([line for line in lines if "volumeClaimTemplates" in line]) == 2
    assert len([line for line in lines if "nowhere" in line]) == 2


def test_warnings_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", str(SAMPLES / "prometheus.yaml")]) == 0
    said = capsys.readouterr()
    assert "warning: OpenTelemetryCollector default/scraper: spec.config: " in said.err
    assert "warning" not in said.out


def test_what_cannot_be_read_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "x.yaml", "a: [")
    assert main(["render", path]) == 1
    assert f"{path}:" in capsys.readouterr().err


def test_nothing_to_render_is_said_but_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "x.yaml", SERVICE)
    assert main(["render", path]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"no OpenTelemetryCollector in {path}\n")


def test_an_unmanaged_collector_gives_nothing_and_that_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "x.yaml", COLLECTOR.replace("spec:", "spec:\n  managementState: unmanaged"))
    assert main(["render", path]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "warning: OpenTelemetryCollector default/x: spec.managementState: " in said.err


def test_other_objects_are_left_out_unless_asked_for_and_then_are_unchanged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: 'system:x'}\nrules: null\n"
    kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n"
    path = write(tmp_path / "x.yaml", f"{role}---\n{kustomization}---\n[1]\n---\n{COLLECTOR}")
    assert "ClusterRole/system:x" not in names(rendered(capsys, path))
    objects = rendered(capsys, path, "--include-others")
    assert objects[0] == yaml.safe_load(role)
    assert [obj["kind"] for obj in objects].count("Kustomization") == 0


def test_the_alias_service_yields_to_a_service_in_the_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "x.yaml", COLLECTOR)
    whole = names(rendered(capsys, path))
    assert "Service/x" in whole
    beside = write(tmp_path / "service.yaml", SERVICE)
    assert names(rendered(capsys, path, beside)) == [name for name in whole if name != "Service/x"]
    elsewhere = write(tmp_path / "service.yaml", SERVICE.replace("name: x", "name: x, namespace: other"))
    assert names(rendered(capsys, path, elsewhere)) == whole


def test_what_was_rendered_before_may_be_in_the_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "x.yaml", COLLECTOR)
    whole = names(rendered(capsys, path))
    assert main(["render", path, "--output-dir", str(tmp_path / "out")]) == 0
    capsys.readouterr()
    assert names(rendered(capsys, str(tmp_path))) == whole


def test_two_collectors_that_would_share_children_are_refused_with_both_places(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = write(tmp_path / "a.yaml", COLLECTOR), write(tmp_path / "b.yaml", COLLECTOR)
    assert main(["render", first, second]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"ServiceAccount default/x-collector comes of both {first}:1 and {second}:1" in said.err


def test_each_object_gets_its_file_and_other_files_stay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, target = write(tmp_path / "x.yaml", COLLECTOR), tmp_path / "a" / "b"
    target.mkdir(parents=True)
    write(target / "other.yaml", "mine")
    objects = rendered(capsys, path)
    assert main(["render", path, "--output-dir", str(target)]) == 0
    assert capsys.readouterr().out == ""
    written = {file.name: file.read_text() for file in target.iterdir()}
    assert written.pop("other.yaml") == "mine"
    assert yaml.safe_load(written["deployment-default-x-collector.yaml"]) == objects[-1]
    assert sorted(map(str, map(yaml.safe_load, written.values()))) == sorted(map(str, objects))


def test_options_are_the_managers(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "x.yaml", COLLECTOR)
    monkeypatch.setenv("RELATED_IMAGE_COLLECTOR", "env/collector:1")
    options = write(tmp_path / "options.yml_", "alias-service: false\ncollector-image: file/collector:1\n")
    objects = rendered(capsys, path, "--config-file", options)
    assert "Service/x" not in names(objects)
    assert objects[-1]["spec"]["template"]["spec"]["containers"][0]["image"] == "env/collector:1"
    objects = rendered(capsys, path, "--collector-image=flag/collector:1")
    assert objects[-1]["spec"]["template"]["spec"]["containers"][0]["image"] == "flag/collector:1"


def test_the_proxy_of_this_environment_is_handed_on_only_when_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "x.yaml", COLLECTOR)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert "proxy.example" not in str(rendered(capsys, path))
    assert "proxy.example" in str(rendered(capsys, path, "--proxy-environment"))


def test_kubectl_has_it_too(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["kubectl-otel", "render", write(tmp_path / "x.yaml", COLLECTOR)])
    assert kubectl_plugin.main() == 0
    assert names(list(yaml.safe_load_all(capsys.readouterr().out)))[-1] == "Deployment/x-collector"


def test_it_loads_nothing_that_talks_to_a_cluster(tmp_path: Path) -> None:
    path = write(tmp_path / "x.yaml", COLLECTOR)
    program = (
        "import sys; from otel_operator.cli.main import main; code = main(['render', sys.argv[1]]); "
        "sys.exit(code or [name for name in ('aiohttp', 'kopf', 'kubernetes') if name in sys.modules] or None)"
    )
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
