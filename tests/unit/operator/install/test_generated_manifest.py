"""The committed install file is what the builders make."""

import argparse
from pathlib import Path

import yaml

from otel_operator.cli import manager, webhook
from otel_operator.cli.main import main
from otel_operator.cli.sources import resolve

MANIFEST = Path(__file__).parents[4] / "manifests" / "opentelemetry-operator.yaml"


def test_file_is_up_to_date(tmp_path: Path) -> None:
    fresh = tmp_path / "manifest.yaml"
    assert main(["manifests", "--output", str(fresh)]) == 0
    assert fresh.read_text() == MANIFEST.read_text(), "run `make generate`"


def test_image_and_namespace_can_be_chosen(tmp_path: Path) -> None:
    fresh = tmp_path / "manifest.yaml"
    assert main(["manifests", "--image", "example.com/op:1", "--namespace", "ops", "--output", str(fresh)]) == 0
    text = fresh.read_text()
    assert text.count("image: example.com/op:1") == 2
    assert "otel-operator-system" not in text


def test_both_programs_are_told_the_collectors_image(tmp_path: Path) -> None:
    fresh = tmp_path / "manifest.yaml"
    assert main(["manifests", "--collector-image", "example.com/collector:1", "--output", str(fresh)]) == 0
    deployments = [obj for obj in yaml.safe_load_all(fresh.read_text()) if obj["kind"] == "Deployment"]
    for deployment in deployments:
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        program = {"manager": manager, "webhook": webhook}[container["args"][0]]
        parser = program.add_parser(argparse.ArgumentParser().add_subparsers())
        values = resolve(parser.parse_args(container["args"][1:]), program.OPTIONS, {})
        assert values["collector-image"] == "example.com/collector:1"
    assert len(deployments) == 2
