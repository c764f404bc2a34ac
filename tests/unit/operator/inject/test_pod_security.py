"""What a namespace's Pod Security level forbids of added containers and volumes."""

from typing import Any

import pytest

from otel_operator.inject.pod_security import forbidden

GOOD = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def judged(level: str, fields: dict[str, Any], pod: dict[str, Any] | None = None, *volumes: dict[str, Any]) -> str | None:
    labels = {"pod-security.kubernetes.io/enforce": level}
    return forbidden(labels, pod or {}, [{"name": "c", **fields}], volumes)


@pytest.mark.parametrize(
    ("context", "field"),
    [
        ({"privileged": True}, "privileged"),
        ({"capabilities": {"add": ["CHOWN", "SYS_ADMIN"]}}, "capabilities.add"),
        ({"seccompProfile": {"type": "Unconfined"}}, "seccompProfile"),
        ({"appArmorProfile": {"type": "Unconfined"}}, "appArmorProfile"),
        ({"seLinuxOptions": {"type": "spc_t"}}, "seLinuxOptions"),
        ({"seLinuxOptions": {"role": "r"}}, "seLinuxOptions"),
        ({"procMount": "Unmasked"}, "procMount"),
        ({"windowsOptions": {"hostProcess": True}}, "windowsOptions.hostProcess"),
    ],
)
def test_baseline_forbids_what_reaches_the_node(context: dict[str, Any], field: str) -> None:
    assert judged("baseline", {"securityContext": context}) == f"securityContext.{field} of container 'c'"
    assert judged("privileged", {"securityContext": context}) is None
    assert judged("restricted", {"securityContext": {**GOOD, **context}}) == f"securityContext.{field} of container 'c'"


def test_baseline_forbids_ports_probes_and_paths_of_the_node() -> None:
    assert judged("baseline", {"ports": [{"containerPort": 1}, {"hostPort": 80}]}) == "ports.hostPort of container 'c'"
    assert judged("baseline", {"livenessProbe": {"httpGet": {"host": "10.0.0.1"}}}) == "livenessProbe.host of container 'c'"
    assert judged("baseline", {}, None, {"name": "v", "hostPath": {"path": "/"}}) == "hostPath of volume 'v'"
    assert judged("baseline", {"securityContext": {"runAsUser": 0}}, None, {"name": "v", "nfs": {}}) is None


@pytest.mark.parametrize(
    ("missing", "field"),
    [
        ("allowPrivilegeEscalation", "allowPrivilegeEscalation"),
        ("capabilities", "capabilities.drop"),
        ("runAsNonRoot", "runAsNonRoot"),
        ("seccompProfile", "seccompProfile"),
    ],
)
def test_restricted_demands_fields(missing: str, field: str) -> None:
    context = {key: value for key, value in GOOD.items() if key != missing}
    assert judged("restricted", {"securityContext": GOOD}) is None
    assert judged("restricted", {"securityContext": context}) == f"securityContext.{field} of container 'c'"


def test_restricted_takes_what_the_pod_says_for_all() -> None:
    pod = {"runAsNonRoot": True, "seccompProfile": {"type": "Localhost"}}
    own = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    assert judged("restricted", {"securityContext": own}, pod) is None
    assert judged("restricted", {"securityContext": {**own, "runAsNonRoot": False}}, pod) is not None
    assert judged("restricted", {"securityContext": {**own, "runAsUser": 0}}, pod) == "securityContext.runAsUser of container 'c'"


def test_restricted_takes_few_kinds_of_volumes() -> None:
    good = {"securityContext": GOOD}
    assert judged("restricted", good, None, {"name": "v", "nfs": {}}) == "nfs of volume 'v'"
    assert judged("restricted", good, None, {"name": "v", "emptyDir": {}}, {"name": "w", "projected": {}}) is None
