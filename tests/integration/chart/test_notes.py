"""What helm says after an installation."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.cluster.apiserver import ApiServer
from otel_operator.version import VERSION
from tests.integration.chart.conftest import CHART

Notes = Callable[[dict[str, Any]], str]


@pytest.fixture
def notes(apiserver: ApiServer, tmp_path: Path, helm: Callable[..., "subprocess.CompletedProcess[str]"]) -> Notes:
    """Return the notes of a release with these values, which is not made."""

    def said(values: dict[str, Any]) -> str:
        file = tmp_path / "values.yaml"
        file.write_text(yaml.safe_dump({"crds": {"create": False}} | values))
        server = f"--kubeconfig={apiserver.kubeconfig}"
        done = helm("install", "otel-operator", str(CHART), "-f", str(file), "--dry-run=client", server)
        assert done.returncode == 0, done.stderr
        return done.stdout.partition("\nNOTES:\n")[2]

    return said


def without_effect(schema: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in schema.get("properties", {}).items():
        if "no effect here" in value.get("description", ""):
            yield (*path, name)
        yield from without_effect(value, (*path, name))


def test_every_given_value_without_effect_is_named(notes: Notes) -> None:
    paths = list(without_effect(json.loads((CHART / "values.schema.json").read_text())))
    values: dict[str, Any] = {}
    for path in paths:
        group = values
        for name in path[:-1]:
            group = group.setdefault(name, {})
        group[path[-1]] = False
    (line,) = [line for line in notes(values).splitlines() if "without effect" in line]
    assert set(line.partition(": ")[2].split(", ")) == {".".join(path) for path in paths}


def test_what_asks_for_nothing_is_not_named(notes: Notes) -> None:
    assert "without effect" not in notes({})
    assert "without effect" not in notes({"extraObjects": [], "manager": {"featureGatesMap": {}, "targetAllocatorImage": None}})


def test_a_collector_image_without_a_tag_is_named_whole(notes: Notes) -> None:
    image = {"repository": "mirror.example/collector"}
    assert f"Collectors without spec.image run mirror.example/collector:{VERSION}." in notes(
        {"manager": {"collectorImage": image}}
    )
    assert "spec.image" not in notes({"manager": {"collectorImage": image | {"tag": "1"}}})
