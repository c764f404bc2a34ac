"""What the chart makes of values: without any the one-file install, and otherwise what they say."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.chart.conftest import CHART, NAMESPACE, ROOT, Render
from tests.integration.chart.variants import VARIANTS

ONE_FILE = ROOT / "manifests" / "opentelemetry-operator.yaml"
OF_RELEASES = ("app.kubernetes.io/instance", "app.kubernetes.io/managed-by", "helm.sh/chart")


def by_name(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {f"{obj['kind']}/{obj['metadata']['name']}": obj for obj in objects}


def normalised(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Without what only a release writes: its labels, the policy that keeps CRDs, the length of its history (a default)."""
    found = by_name(objects)
    for obj in found.values():
        for label in OF_RELEASES:
            obj["metadata"].get("labels", {}).pop(label, None)
        if obj["metadata"].get("annotations", {}).pop("helm.sh/resource-policy", None) and not obj["metadata"]["annotations"]:
            del obj["metadata"]["annotations"]
        if obj["kind"] == "Deployment":
            assert obj["spec"].pop("revisionHistoryLimit", 10) == 10
    return found


def container(objects: list[dict[str, Any]], program: str) -> dict[str, Any]:
    pod = by_name(objects)[f"Deployment/otel-operator-{program}"]["spec"]["template"]["spec"]
    found: dict[str, Any] = pod["containers"][0]
    return found


def test_the_chart_without_values_is_the_one_file_install(render: Render) -> None:
    expected = normalised(list(yaml.safe_load_all(ONE_FILE.read_text())))
    del expected[f"Namespace/{NAMESPACE}"]  # Helm makes it, by --create-namespace
    assert normalised(render()) == expected


def test_crds_stay_when_a_release_is_uninstalled(render: Render) -> None:
    crds = [obj for obj in render() if obj["kind"] == "CustomResourceDefinition"]
    assert [crd["metadata"]["annotations"]["helm.sh/resource-policy"] for crd in crds] == ["keep", "keep"]


def test_a_namespaced_install_has_no_object_of_the_cluster(render: Render) -> None:
    objects = render(VARIANTS["namespaced"])
    assert {obj["metadata"].get("namespace") for obj in objects} == {NAMESPACE, "shop", "web"}
    assert "--watch-namespace=shop,web" in container(objects, "manager")["args"]
    watched = [obj for obj in objects if obj["kind"] == "Role" and obj["metadata"]["namespace"] == "shop"]
    resources = {resource for rule in watched[0]["rules"] for resource in rule["resources"]}
    assert "opentelemetrycollectors" in resources
    assert "customresourcedefinitions" not in resources


def test_a_webhook_is_asked_about_the_watched_namespaces_only(render: Render) -> None:
    only = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["shop", "web"]}
    mine = {"key": "team", "operator": "Exists"}
    values = {"watchNamespaces": ["shop", "web"], "admissionWebhooks": {"namespaceSelector": {"matchExpressions": [mine]}}}
    configurations = [obj for obj in render(values) if obj["kind"].endswith("WebhookConfiguration")]
    hooks = {hook["name"]: hook["namespaceSelector"] for obj in configurations for hook in obj["webhooks"]}
    assert len(hooks) == 5
    assert all(only in selector["matchExpressions"] for selector in hooks.values()), hooks
    assert [name for name, selector in hooks.items() if mine in selector["matchExpressions"]] == ["mpod.kb.io"]
    assert len(hooks["mpod.kb.io"]["matchExpressions"]) == 3


def test_without_webhooks_only_the_stored_version_is_served(render: Render) -> None:
    crd = by_name(render(VARIANTS["no-webhook"]))["CustomResourceDefinition/opentelemetrycollectors.opentelemetry.io"]
    assert {version["name"]: version["served"] for version in crd["spec"]["versions"]} == {"v1alpha1": False, "v1beta1": True}
    assert crd["spec"]["conversion"] == {"strategy": "None"}


def test_cert_manager_makes_the_certificate_and_says_whom_to_trust(render: Render) -> None:
    objects = render(VARIANTS["cert-manager"])
    found = by_name(objects)
    assert found["Certificate/otel-operator-webhook"]["spec"]["secretName"] == "otel-operator-webhook-cert"
    assert "--tls-cert-file=/etc/webhook-certificate/tls.crt" in container(objects, "webhook")["args"]
    for name in (
        "MutatingWebhookConfiguration/otel-operator-mutating",
        "ValidatingWebhookConfiguration/otel-operator-validating",
        "CustomResourceDefinition/opentelemetrycollectors.opentelemetry.io",
    ):
        injected = found[name]["metadata"]["annotations"]["cert-manager.io/inject-ca-from"]
        assert injected == f"{NAMESPACE}/otel-operator-webhook"
    named = [rule for rule in found["ClusterRole/otel-operator-webhook"]["rules"] if "resourceNames" in rule]
    assert named == [], "the webhook patches no trust when cert-manager does"
    assert "Role/otel-operator-webhook" not in found


def test_the_pod_of_helm_test_runs_where_the_operators_pods_do(helm: Callable[..., Any], tmp_path: Path) -> None:
    where = {
        "imagePullSecrets": [{"name": "mirror"}],
        "nodeSelector": {"pool": "platform"},
        "affinity": {"nodeAffinity": {}},
        "tolerations": [{"key": "platform", "operator": "Exists"}],
        "priorityClassName": "system-cluster-critical",
    }
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(where))
    chosen = ("-f", str(tmp_path / "values.yaml"), "--show-only")
    pod = yaml.safe_load(helm("template", "otel-operator", str(CHART), *chosen, "templates/tests/verify.yaml").stdout)
    assert {name: pod["spec"].get(name) for name in where} == where


def test_a_registry_takes_the_place_of_every_images_own(render: Render) -> None:
    objects = render(VARIANTS["registry"])
    for program in ("manager", "webhook"):
        args = container(objects, program)["args"]
        assert container(objects, program)["image"].startswith("registry.example:5000/mirror/otel-operator-py/operator:")
        images = [arg.partition("=")[2] for arg in args if "-image=" in arg]
        assert len(images) == 8, args
        assert all(image.startswith("registry.example:5000/mirror/") for image in images)
        pod = by_name(objects)[f"Deployment/otel-operator-{program}"]["spec"]["template"]["spec"]
        assert pod["imagePullSecrets"] == [{"name": "mirror"}]


def test_values_of_the_pod_and_its_program_arrive(render: Render) -> None:
    objects = render(VARIANTS["configured"])
    manager = container(objects, "manager")
    assert {"name": "HTTPS_PROXY", "value": "http://proxy:3128"} in manager["env"]
    assert manager["resources"] == {"limits": {"memory": "512Mi"}}
    assert "--config-file=/etc/otel-operator/config.yaml" in manager["args"]
    assert any(arg.endswith("autoinstrumentation-java:2.31.0") for arg in manager["args"])
    assert any(arg.startswith("--collector-image=") and arg.endswith(":0.2.0") for arg in manager["args"])
    config = by_name(objects)["ConfigMap/otel-operator-config"]["data"]["config.yaml"]
    assert yaml.safe_load(config) == {"labels-filter": ["^team$"]}


def test_zero_is_a_value(render: Render) -> None:
    found = by_name(render({"revisionHistoryLimit": 0, "pdb": {"maxUnavailable": 0}}))
    assert found["Deployment/otel-operator-manager"]["spec"]["revisionHistoryLimit"] == 0
    assert found["PodDisruptionBudget/otel-operator-webhook"]["spec"]["maxUnavailable"] == 0


def test_a_budget_has_one_bound(render: Render) -> None:
    def bounds(pdb: dict[str, Any]) -> dict[str, Any]:
        budget = by_name(render({"pdb": pdb}))["PodDisruptionBudget/otel-operator-webhook"]
        return {name: value for name, value in budget["spec"].items() if name != "selector"}

    assert bounds({"minAvailable": 0}) == {"minAvailable": 0}
    assert bounds({"minAvailable": "50%", "maxUnavailable": ""}) == {"minAvailable": "50%"}
    assert bounds({"minAvailable": None, "maxUnavailable": None}) == {"maxUnavailable": 1}


def test_numbers_of_the_environment_are_written_as_they_were(render: Render) -> None:
    objects = render({"manager": {"env": {"LIMIT": 1000000, "RATIO": 0.5, "ON": True, "TEXT": "<1e+06>"}}})
    found = {entry["name"]: entry.get("value") for entry in container(objects, "manager")["env"]}
    expected = {"LIMIT": "1000000", "RATIO": "0.5", "ON": "true", "TEXT": "<1e+06>"}
    assert {name: found[name] for name in expected} == expected


def test_a_variable_has_one_value_which_is_the_last_one_said(render: Render) -> None:
    nginx = "ENABLE_NGINX_AUTO_INSTRUMENTATION"
    extra = [{"name": "A", "value": "extra"}, {"name": "B", "value": "first"}, {"name": "B", "value": "last"}]
    env = container(render({"webhook": {"env": {nginx: "false", "A": "plain"}, "extraEnvs": extra}}), "webhook")["env"]
    found = [(entry["name"], entry.get("value")) for entry in env]
    assert found == [("NAMESPACE", None), ("POD_NAME", None), (nginx, "false"), ("A", "extra"), ("B", "last")]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("manager.imagee=x", "imagee"),
        ("admissionWebhooks.failurePolicy=Maybe", "failurePolicy"),
        ("replicas=3", "replicas"),
        ("manager.leaderElection.enabled=false", "two managers would work against each other"),
        ("admissionWebhooks.namePrefix=a-", "admissionWebhooks.namePrefix needs"),
    ],
)
def test_values_that_mean_nothing_are_refused_by_name(helm: Callable[..., Any], setting: str, said: str) -> None:
    done = helm("template", "otel-operator", str(CHART), "--set", setting)
    assert done.returncode != 0
    assert said in done.stderr


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ('imagePullSecrets=["mirror"]', "'/imagePullSecrets/0': got string, want object"),
        ('nodeSelector={"gpu":true}', "'/nodeSelector/gpu': got boolean, want string"),
        ('manager.podLabels={"tier":1}', "'/manager/podLabels/tier': got number, want string"),
        ('manager.env={"A":{"value":"b"}}', "'/manager/env/A': got object"),
        ('manager.resources={"limit":{}}', "'/manager/resources': additional properties 'limit'"),
        ('watchNamespaces=["shop","shop"]', "'/watchNamespaces': items at 0 and 1 are equal"),
        ("manager=null", "missing property 'manager'"),
        ("replicaCount=null", "missing property 'replicaCount'"),
        ("manager.leaderElection=null", "missing property 'leaderElection'"),
    ],
)
def test_values_of_a_wrong_type_are_refused_before_anything_is_made(helm: Callable[..., Any], setting: str, said: str) -> None:
    done = helm("template", "otel-operator", str(CHART), "--set-json", setting)
    assert done.returncode != 0
    assert said in done.stderr


def test_every_group_of_values_can_be_emptied_or_is_refused_by_name(helm: Callable[..., Any]) -> None:
    def groups(values: dict[str, Any], path: str = "") -> Iterator[str]:
        for name, value in values.items():
            if isinstance(value, dict | list):
                yield path + name
            if isinstance(value, dict):
                yield from groups(value, f"{path}{name}.")

    defaults = yaml.safe_load((CHART / "values.yaml").read_text())
    for group in groups(defaults):
        done = helm("template", "otel-operator", str(CHART), "--set-json", f"{group}=null")
        missing = f"missing property '{group.rpartition('.')[2]}'"
        assert done.returncode == 0 or missing in done.stderr, f"{group}: {done.stderr}"


def test_values_of_the_public_chart_without_a_meaning_here_are_accepted(render: Render) -> None:
    values = {
        "manager": {"featureGatesMap": {"operator.golang.flags": True}, "createRbacPermissions": True, "rolling": True},
        "admissionWebhooks": {"autoGenerateCert": {"enabled": True, "recreate": True}},
        "testFramework": {"image": {"repository": "busybox"}},
    }
    assert by_name(render(values)) == by_name(render())


def test_the_chart_can_be_a_dependency_of_another(helm: Callable[..., Any], tmp_path: Path) -> None:
    parent = {"apiVersion": "v2", "name": "platform", "version": "0.1.0"}
    condition = {"name": "otel-operator", "version": ">=0", "condition": "otel-operator.enabled"}
    shutil.copytree(CHART, tmp_path / "charts" / "otel-operator")
    (tmp_path / "Chart.yaml").write_text(yaml.safe_dump({**parent, "dependencies": [condition]}))
    # What is global is every chart's: not all of it is ours to know.
    values = {"global": {"imageRegistry": "registry.example", "storageClass": "fast"}, "otel-operator": {"enabled": True}}
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(values))
    done = helm("template", "platform", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "image: registry.example/otel-operator-py/operator:" in done.stdout


@pytest.mark.parametrize("tool", ["argo-cd", "flux"])
def test_values_of_the_gitops_tools_only_say_what_is_so_already(render: Render, tool: str) -> None:
    objects = yaml.safe_load_all((ROOT / "manifests" / "gitops" / tool / "chart.yaml").read_text())
    (spec,) = [obj["spec"] for obj in objects if obj["kind"] in ("Application", "HelmRelease")]
    values = spec["values"] if tool == "flux" else spec["source"]["helm"]["valuesObject"]
    assert values
    assert by_name(render(values)) == by_name(render())


def test_chart_and_program_have_one_version() -> None:
    from otel_operator.version import VERSION

    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (VERSION, VERSION)
