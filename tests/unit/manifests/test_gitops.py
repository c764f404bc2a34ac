"""Argo CD and Flux judge by conditions that the operator sets, of resources in the versions that it serves."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_operator.reconcile.conditions import Situation, verdicts

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


def test_no_application_ignores_a_difference() -> None:
    for application in yaml.safe_load_all((GITOPS / "argo-cd" / "applications.yaml").read_text()):
        assert "ignoreDifferences" not in application["spec"]


@pytest.mark.parametrize("file", ["argo-cd/applications.yaml", "flux/operator.yaml", "flux/collectors.yaml"])
def test_paths_are_those_of_this_repository(file: str) -> None:
    for obj in yaml.safe_load_all((GITOPS / file).read_text()):
        path = obj["spec"].get("path") or obj["spec"].get("source", {}).get("path")
        if path:
            assert (GITOPS.parents[1] / path).is_dir()
