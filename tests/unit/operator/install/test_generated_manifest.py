"""The committed install file is what the builders make."""

from pathlib import Path

from otel_operator.cli.main import main

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
