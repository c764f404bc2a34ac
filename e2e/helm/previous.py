"""The chart as an older version of it, made from the tree: what a release is upgraded from and rolled back to."""

import shutil
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).resolve().parents[2] / "charts" / "otel-operator"
SHORT_NAME = "otelcol"
"""Of the collectors' CRD; the older version lacks it."""


def previous_chart(folder: Path, **chart: str) -> Path:
    """Write the chart into `folder`/otel-operator as version 0.0.1 and return that path; `chart` overrides more of Chart.yaml.

    Its CRD lacks SHORT_NAME, and the pods of its programs differ from the tree's, so that an upgrade replaces them.
    """
    copy = folder / CHART.name
    shutil.copytree(CHART, copy)
    _change(copy / "Chart.yaml", lambda content: content.update({"version": "0.0.1", **chart}))
    crd = copy / "files" / "crds" / "opentelemetry.io_opentelemetrycollectors.yaml"
    _change(crd, lambda content: content["spec"]["names"]["shortNames"].remove(SHORT_NAME))
    for program in ("manager", "webhook"):
        _change(copy / "files" / f"{program}.yaml", _age)
    return copy


def _age(objects: dict[str, Any]) -> None:
    pod = objects["Deployment"]["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] != 20
    pod["terminationGracePeriodSeconds"] = 20


def _change(path: Path, change: Any) -> None:
    content = yaml.safe_load(path.read_text())
    change(content)
    path.write_text(yaml.safe_dump(content))
