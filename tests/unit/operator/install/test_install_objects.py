"""The install objects: hardened, least privileged, and agreeing with the programs."""

import argparse
import json
from collections import Counter
from typing import Any

import pytest
import yaml

from otel_operator.cli import manager as manager_command
from otel_operator.cli import webhook as webhook_command
from otel_operator.cli.sources import resolve
from otel_operator.kube.lease import LEASE_NAME
from otel_operator.resources.install.manifest import install_objects, to_yaml
from otel_operator.resources.install.names import MUTATE_POD, Installation
from otel_operator.settings import Settings
from otel_operator.webhook.admission import decisions
from otel_operator.webhook.pods.admission import PodLimits

CRD: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "opentelemetrycollectors.opentelemetry.io"},
    "spec": {
        "conversion": {
            "strategy": "Webhook",
            "webhook": {"clientConfig": {"service": {"name": "x", "namespace": "y"}}, "conversionReviewVersions": ["v1"]},
        }
    },
}
OBJECTS = install_objects(Installation(), [CRD])


def of_kind(kind: str, objects: list[dict[str, Any]] = OBJECTS) -> dict[str, dict[str, Any]]:
    return {obj["metadata"]["name"]: obj for obj in objects if obj["kind"] == kind}


def rules(kind: str, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = of_kind(kind)[name]["rules"]
    return found


def test_every_object_appears_once() -> None:
    counts = Counter((obj["kind"], obj["metadata"].get("namespace"), obj["metadata"]["name"]) for obj in OBJECTS)
    assert [key for key, count in counts.items() if count > 1] == []


def test_every_namespaced_object_lives_in_the_operators_namespace() -> None:
    places = {obj["kind"]: obj["metadata"].get("namespace") for obj in OBJECTS}
    assert {kind for kind, place in places.items() if place == "otel-operator-system"} == {
        "ServiceAccount",
        "Role",
        "RoleBinding",
        "Deployment",
        "Service",
        "PodDisruptionBudget",
    }


@pytest.mark.parametrize("name", ["otel-operator-manager", "otel-operator-webhook"])
def test_pods_meet_the_restricted_pod_security_level(name: str) -> None:
    pod = of_kind("Deployment")[name]["spec"]["template"]["spec"]
    assert pod["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert pod["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert {"requests", "limits"} == set(pod["containers"][0]["resources"])


@pytest.mark.parametrize("component", ["manager", "webhook"])
def test_selectors_find_the_pods(component: str) -> None:
    deployment = of_kind("Deployment")[f"otel-operator-{component}"]["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"].items() <= labels.items()


def test_service_and_budget_select_the_webhook_only() -> None:
    labels = of_kind("Deployment")["otel-operator-webhook"]["spec"]["template"]["metadata"]["labels"]
    assert of_kind("Service")["otel-operator-webhook"]["spec"]["selector"] == labels
    budget = of_kind("PodDisruptionBudget")["otel-operator-webhook"]["spec"]
    assert budget == {"maxUnavailable": 1, "selector": {"matchLabels": labels}}


def test_no_role_uses_a_wildcard_or_grants_rbac() -> None:
    for obj in OBJECTS:
        for rule in obj.get("rules", []):
            assert "*" not in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]
            assert "rbac.authorization.k8s.io" not in rule["apiGroups"]


def test_only_the_webhook_may_read_secrets_and_nobody_lists_or_watches_them() -> None:
    reading = [
        (obj["kind"], obj["metadata"]["name"], rule["verbs"], rule.get("resourceNames"))
        for obj in OBJECTS
        for rule in obj.get("rules", [])
        if "secrets" in rule["resources"] and set(rule["verbs"]) != {"create"}
    ]
    assert reading == [
        # Kubernetes has no right to see just whether a Secret exists.
        ("ClusterRole", "otel-operator-webhook", ["get"], None),
        ("Role", "otel-operator-webhook", ["get", "update"], ["otel-operator-webhook-cert"]),
    ]


def test_webhook_changes_cluster_objects_by_name_only_and_reads_others() -> None:
    found = rules("ClusterRole", "otel-operator-webhook")
    assert {tuple(rule["resourceNames"]) for rule in found if "resourceNames" in rule} == {
        ("otel-operator-mutating",),
        ("otel-operator-validating",),
        ("opentelemetrycollectors.opentelemetry.io",),
    }
    verbs = {resource: set(rule["verbs"]) for rule in found if "resourceNames" not in rule for resource in rule["resources"]}
    assert verbs.pop("events") == {"create", "patch"}
    assert verbs.pop("secrets") == verbs.pop("configmaps") == {"get"}
    kinds = ("opentelemetrycollectors", "instrumentations", "namespaces", "replicasets", "jobs")
    assert verbs == {kind: {"get", "list", "watch"} for kind in kinds}


def test_manager_may_not_create_or_delete_collectors() -> None:
    verbs = {
        resource: set(rule["verbs"])
        for rule in rules("ClusterRole", "otel-operator-manager")
        for resource in rule["resources"]
        if resource.startswith("opentelemetrycollectors")
    }
    assert verbs == {
        "opentelemetrycollectors": {"get", "list", "watch", "patch"},
        "opentelemetrycollectors/status": {"get", "patch"},
        "opentelemetrycollectors/finalizers": {"update"},
    }


@pytest.mark.parametrize("kind", ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"])
def test_registrations_are_safe(kind: str) -> None:
    [configuration] = of_kind(kind).values()
    for hook in configuration["webhooks"]:
        if hook["name"] != "mpod.kb.io":
            assert (hook["failurePolicy"], hook["sideEffects"], hook["matchPolicy"]) == ("Fail", "None", "Equivalent")
            assert hook["rules"][0]["operations"] == ["CREATE", "UPDATE"], "deletions are never asked about"
        assert hook["namespaceSelector"]["matchExpressions"][0]["values"] == ["kube-system", "otel-operator-system"]
        assert "caBundle" not in hook["clientConfig"], "applying the file again must not take trust away"


def test_every_registered_path_has_a_decision_and_the_other_way_round() -> None:
    registered = {hook["clientConfig"]["service"]["path"] for obj in OBJECTS for hook in obj.get("webhooks", [])}
    assert registered == {*decisions(Settings()), MUTATE_POD}


def test_pods_start_where_the_webhook_is_away_and_are_asked_about_only_when_created() -> None:
    hooks = of_kind("MutatingWebhookConfiguration")["otel-operator-mutating"]["webhooks"]
    [hook] = [hook for hook in hooks if hook["name"] == "mpod.kb.io"]
    assert (hook["failurePolicy"], hook["sideEffects"], hook["reinvocationPolicy"]) == ("Ignore", "NoneOnDryRun", "Never")
    assert hook["rules"] == [
        {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"], "scope": "Namespaced"}
    ]
    limits = PodLimits()
    waits = limits.fill_seconds + limits.lookup_seconds + limits.settle_seconds
    assert waits < limits.total_seconds < limits.answer_seconds < hook["timeoutSeconds"]


def test_conversion_calls_this_installation() -> None:
    install = Installation(namespace="elsewhere", webhook="hook")
    converted = of_kind("CustomResourceDefinition", install_objects(install, [CRD]))[CRD["metadata"]["name"]]
    assert converted["spec"]["conversion"]["webhook"]["clientConfig"] == {
        "service": {"namespace": "elsewhere", "name": "hook", "path": "/convert", "port": 443}
    }


@pytest.mark.parametrize(("component", "command"), [("webhook", webhook_command), ("manager", manager_command)])
def test_programs_accept_the_arguments_of_their_deployments(component: str, command: Any) -> None:
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers(dest="subcommand"))
    container = of_kind("Deployment")[f"otel-operator-{component}"]["spec"]["template"]["spec"]["containers"][0]
    assert parser.parse_args(container["args"]).subcommand == component


def test_names_of_an_installation_reach_the_program() -> None:
    parser = argparse.ArgumentParser()
    webhook_command.add_parser(parser.add_subparsers())
    install = Installation(webhook="hook", certificate_secret="cert", mutating_configuration="m", validating_configuration="v")
    container = of_kind("Deployment", install_objects(install, [CRD]))["hook"]["spec"]["template"]["spec"]["containers"][0]
    values = resolve(parser.parse_args(container["args"]), webhook_command.OPTIONS, {})
    assert values["webhook-port"] in [port["containerPort"] for port in container["ports"]]
    names = ("service-name", "certificate-secret", "mutating-configuration", "validating-configuration")
    assert [values[name] for name in names] == ["hook", "cert", "m", "v"]


def test_manager_may_write_the_lease_that_it_holds() -> None:
    assert {name for rule in rules("Role", "otel-operator-manager") for name in rule.get("resourceNames", [])} == {LEASE_NAME}


def test_yaml_holds_the_same_objects() -> None:
    text = to_yaml(OBJECTS, Installation())
    assert list(yaml.safe_load_all(text)) == json.loads(json.dumps(OBJECTS))
    assert "&id" not in text
