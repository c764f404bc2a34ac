"""Argo CD and Flux judge by conditions that the operator sets, of resources in the versions that it serves."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_operator.reconcile.conditions import Situation, verdicts
from otel_operator.version import VERSION

GITOPS = Path(__file__).resolve().parents[3] / "manifests" / "gitops"
TYPES = {verdict.type for verdict in verdicts(Situation(sidecar=True, workload=None))}
"""Of a collector; an Instrumentation has Ready among them."""


def flux_expressions() -> dict[str, dict[str, Any]]:
    objects = yaml.safe_load_all((GITOPS / "flux" / "collectors.yaml").read_text())
    (kustomization,) = [obj for obj in objects if obj["kind"] == "Kustomization"]
    return {entry["kind"]: entry for entry in kustomization["spec"]["healthCheckExprs"]}


def argo_scripts() -> dict[str, str]:
    data = yaml.safe_load((GITOPS / "argo-cd" / "argocd-cm.yaml").read_text())["data"]
    return {name.rpartition("_")[2]: script for name, script in data.items()}


@pytest.mark.parametrize("kind", ["OpenTelemetryCollector", "Instrumentation"])
def test_both_tools_judge_by_conditions_that_exist(kind: str) -> None:
    entry = flux_expressions()[kind]
    of_flux = set(re.findall(r"c\.type == '(\w+)'", entry["failed"] + entry["current"]))
    of_argo = set(re.findall(r'(?:found\["|type == ")(\w+)"', argo_scripts()[kind]))
    assert of_flux == of_argo == ({"Ready"} if kind == "Instrumentation" else {"Available", "ConfigValid"})
    assert of_flux <= TYPES


def test_flux_looks_at_the_versions_that_the_folder_holds() -> None:
    folder = GITOPS / "collectors"
    held = {
        obj["kind"]: obj["apiVersion"]
        for name in yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
        for obj in yaml.safe_load_all((folder / name).read_text())
    }
    assert {kind: held[kind] for kind in flux_expressions()} == {
        kind: entry["apiVersion"] for kind, entry in flux_expressions().items()
    }


def test_no_application_ignores_a_difference_and_each_compares_by_dry_run() -> None:
    applications = [obj for name in ("applications", "chart") for obj in documents(f"argo-cd/{name}.yaml")]
    assert len(applications) == 3
    for application in applications:
        assert "ignoreDifferences" not in application["spec"]
        assert application["metadata"]["annotations"]["argocd.argoproj.io/compare-options"] == "ServerSideDiff=true"


FILES = ["argo-cd/applications.yaml", "argo-cd/chart.yaml", "flux/operator.yaml", "flux/chart.yaml", "flux/collectors.yaml"]


def documents(file: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((GITOPS / file).read_text()))


@pytest.mark.parametrize("file", FILES)
def test_paths_are_those_of_this_repository(file: str) -> None:
    specs = [obj["spec"] for obj in documents(file)]
    named = [
        spec.get("path") or spec.get("source", {}).get("path") or spec.get("chart", {}).get("spec", {}).get("chart")
        for spec in specs
    ]
    paths = [path for path in named if path]
    assert paths
    for path in paths:
        assert (GITOPS.parents[1] / path).is_dir()


@pytest.mark.parametrize("file", FILES)
def test_versions_are_this_one(file: str) -> None:
    text = (GITOPS / file).read_text()
    found = re.findall(r"(?:targetRevision: |tag: v|operator:|(?:newTag|tag): \")v?(\d[\w.]*)", text)
    assert found
    assert set(found) == {VERSION}


@pytest.mark.parametrize("file", [file for file in FILES if file != "flux/collectors.yaml"])
def test_the_image_is_the_one_that_the_install_runs(file: str) -> None:
    (image,) = set(re.findall(r"ghcr\.io/otel-operator-py/\w+", (GITOPS / file).read_text()))
    objects = yaml.safe_load_all((GITOPS.parent / "base" / "opentelemetry-operator.yaml").read_text())
    deployments = [obj for obj in objects if obj["kind"] == "Deployment"]
    assert {obj["spec"]["template"]["spec"]["containers"][0]["image"] for obj in deployments} == {f"{image}:{VERSION}"}
