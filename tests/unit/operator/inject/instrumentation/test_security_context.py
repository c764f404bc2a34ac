"""A security context that the API server refuses keeps the agent out, and not the pod."""

from __future__ import annotations

from typing import Any

import pytest

from otel_operator.inject.instrumentation.security_context import contradiction
from tests.injection.subjects import P, asking, instrumentation, mutate, pod, reasons_of

LOCAL = {"type": "Localhost", "localhostProfile": "a.json"}


@pytest.mark.parametrize(
    ("context", "spec", "field"),
    [
        ({}, {}, ""),
        ({"runAsUser": 0, "runAsGroup": 2**31 - 1, "allowPrivilegeEscalation": True, "privileged": True}, {}, ""),
        ({"allowPrivilegeEscalation": False, "capabilities": {"add": ["NET_BIND_SERVICE"]}}, {}, ""),
        ({"seccompProfile": LOCAL, "appArmorProfile": {"type": "RuntimeDefault"}}, {}, ""),
        ({"windowsOptions": {"runAsUserName": "x"}}, {}, ""),
        ({"procMount": "Unmasked"}, {"hostUsers": False}, ""),
        ({"runAsUser": -1}, {}, "runAsUser"),
        ({"runAsGroup": 2**31}, {}, "runAsGroup"),
        ({"allowPrivilegeEscalation": False, "privileged": True}, {}, "allowPrivilegeEscalation"),
        ({"allowPrivilegeEscalation": False, "capabilities": {"add": ["SYS_ADMIN"]}}, {}, "allowPrivilegeEscalation"),
        ({"seccompProfile": {"type": "Localhost"}}, {}, "seccompProfile"),
        ({"appArmorProfile": {"type": "RuntimeDefault", "localhostProfile": "x"}}, {}, "appArmorProfile"),
        ({"seccompProfile": {"type": "Local"}}, {}, "seccompProfile"),
        ({"windowsOptions": {"runAsUserName": "x"}}, {"os": {"name": "linux"}}, "windowsOptions"),
        ({"procMount": "Unmasked"}, {}, "procMount"),
    ],
)
def test_the_field_that_the_api_server_refuses_is_named(context: dict[str, Any], spec: dict[str, Any], field: str) -> None:
    assert contradiction(context, spec) == field


@pytest.mark.parametrize(
    ("language", "given", "field"),
    [
        ("java", {"initContainerSecurityContext": {"runAsUser": -1}}, "runAsUser in spec.initContainerSecurityContext"),
        ("go", {"go": {"securityContext": {"runAsUser": -1}}}, "runAsUser in spec.go.securityContext"),
    ],
)
def test_the_agent_is_refused_for_it(language: str, given: dict[str, Any], field: str) -> None:
    asked = pod(annotations=asking(**{language: "true"}) | {f"{P}otel-go-auto-target-exe": "/app"})
    outcome = mutate(asked, instrumentation(**given))
    assert outcome.pod is asked
    assert reasons_of(outcome) == [(language, "BadInstrumentation")]
    assert field in outcome.refusals[0].message
