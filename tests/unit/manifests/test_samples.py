"""Every sample and other collector of manifests/ is admitted by the webhook's code, and the collector takes its configuration."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_agent.cli.main import main
from otel_operator.api.finding import Verdict
from otel_operator.api.instrumentation_rules import validate_instrumentation
from otel_operator.api.languages import LANGUAGES, SDK
from otel_operator.components.validation import validate_collector
from otel_operator.settings import default_agent_images

SAMPLES = Path(__file__).resolve().parents[3] / "manifests" / "samples"
FILES = sorted(path for path in SAMPLES.glob("*.yaml") if path.name != "kustomization.yaml")
INJECT = "instrumentation.opentelemetry.io/inject-"


def objects(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


COLLECTORS = [
    pytest.param(obj, id=f"{path.stem} {obj['metadata']['name']}")
    for path in (
        *FILES,
        SAMPLES.parent / "grafana" / "collector.yaml",
        SAMPLES.parent / "gitops" / "collectors" / "collectors.yaml",
    )
    for obj in objects(path)
    if obj["kind"] == "OpenTelemetryCollector"
]
BOUND = {
    subject["name"] for path in FILES for obj in objects(path) if obj["kind"] == "RoleBinding" for subject in obj["subjects"]
}


@pytest.mark.parametrize("collector", COLLECTORS)
def test_the_webhook_admits_a_collector_and_warns_only_of_permissions_that_the_sample_gives(collector: dict[str, Any]) -> None:
    verdict = validate_collector(collector, None, default_image="collector")
    assert verdict.errors == ()
    account = collector["spec"].get("serviceAccount", "")
    for warning in verdict.warnings:
        assert str(warning).endswith(f"bind one to the ServiceAccount {account}")
        assert account in BOUND


@pytest.mark.parametrize("collector", COLLECTORS)
def test_the_collector_takes_the_configuration(
    collector: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAMESPACE", "telemetry")
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump(collector["spec"]["config"]))
    assert main(["validate", f"--config={file}"]) == 0


def test_kustomization_has_every_sample() -> None:
    listed = yaml.safe_load((SAMPLES / "kustomization.yaml").read_text())["resources"]
    assert listed == [path.name for path in FILES]


def test_samples_share_a_namespace_without_a_clash_of_names() -> None:
    names = [(obj["kind"], obj["metadata"]["name"]) for path in FILES for obj in objects(path)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_begins_with_what_it_is_for_and_names_no_namespace(path: Path) -> None:
    assert path.read_text().startswith("# ")
    assert all("namespace" not in obj["metadata"] for obj in objects(path))


@pytest.mark.parametrize("path", [path for path in FILES if path.stem.startswith("auto-")], ids=lambda path: path.stem)
def test_an_example_workload_asks_for_the_instrumentation_of_its_sample(path: Path) -> None:
    instrumentation, workload = objects(path)
    language = path.stem.removeprefix("auto-instrumentation-")
    annotations = workload["spec"]["template"]["metadata"]["annotations"]
    assert annotations[f"{INJECT}{language}"] == instrumentation["metadata"]["name"]


def test_every_language_has_a_sample() -> None:
    samples = {path.stem.removeprefix("auto-instrumentation-") for path in FILES if path.stem.startswith("auto-")}
    assert samples == {language.feature for language in (*LANGUAGES, SDK)}


@pytest.mark.parametrize("path", [path for path in FILES if path.stem.startswith("auto-")], ids=lambda path: path.stem)
def test_the_webhook_admits_an_instrumentation_without_a_warning(path: Path) -> None:
    instrumentation, _ = objects(path)
    assert validate_instrumentation(instrumentation, default_agent_images()) == Verdict()


def test_own_processors_code_is_where_the_collector_reads_it() -> None:
    config_map, collector = objects(SAMPLES / "python-processor.yaml")
    (mount,) = collector["spec"]["volumeMounts"]
    file = Path(collector["spec"]["config"]["processors"]["python"]["file"])
    assert (str(file.parent), file.name) == (mount["mountPath"], *config_map["data"])


def test_balancer_resolves_the_headless_service_of_the_sampling_layer() -> None:
    found = {obj["metadata"]["name"]: obj for obj in objects(SAMPLES / "tail-sampling.yaml") if obj["kind"].startswith("OpenT")}
    resolver = found["traces"]["spec"]["config"]["exporters"]["load_balancing"]["resolver"]
    assert resolver["k8s"]["service"].partition(".")[0] == "sampling-collector-headless"
    assert "sampling" in found
