"""Of an Instrumentation's variables those are left out that would keep pods from being created."""

from __future__ import annotations

from typing import Any

import pytest

from otel_operator.inject.instrumentation.env_source import is_acceptable_source


@pytest.mark.parametrize(
    "source",
    [
        {"fieldRef": {"fieldPath": "status.hostIP"}},
        {"fieldRef": {"fieldPath": "status.podIPs", "apiVersion": "v1"}, "secretKeyRef": None},
        {"fieldRef": {"fieldPath": "metadata.labels['app.kubernetes.io/name']"}},
        {"fieldRef": {"fieldPath": "metadata.annotations['a_b']"}},
        {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}},
        {"resourceFieldRef": {"resource": "requests.memory", "divisor": "1Mi", "containerName": "app"}},
        {"resourceFieldRef": {"resource": "limits.hugepages-2Mi"}},
        {"configMapKeyRef": {"name": "a.b-c", "key": ".x", "optional": True}},
        {"secretKeyRef": {"name": "s", "key": "tls.crt"}},
    ],
)
def test_what_the_api_server_takes_is_taken(source: dict[str, Any]) -> None:
    assert is_acceptable_source(source)


@pytest.mark.parametrize(
    "source",
    [
        {},
        "x",
        {"fieldRef": {}},
        {"fieldRef": {"fieldPath": "bogus"}},
        {"fieldRef": {"fieldPath": "metadata.labels"}},
        {"fieldRef": {"fieldPath": "metadata.labels['a b']"}},
        {"fieldRef": {"fieldPath": "metadata.name", "apiVersion": "v2"}},
        {"fieldRef": {"fieldPath": "metadata.name"}, "secretKeyRef": {"name": "s", "key": "k"}},
        {"resourceFieldRef": {"resource": "limits.foo"}},
        {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "3"}},
        {"resourceFieldRef": {"resource": "limits.memory", "divisor": "1m"}},
        {"configMapKeyRef": {"key": "k"}},
        {"configMapKeyRef": {"name": "Bad_Name", "key": "k"}},
        {"secretKeyRef": {"name": "s", "key": "a b"}},
        {"secretKeyRef": {"name": "s", "key": ".."}},
        {"secretKeyRef": "s"},
        {"fileKeyRef": {"key": "a", "path": "x", "volumeName": "v"}},
    ],
)
def test_what_the_api_server_refuses_is_left_out(source: Any) -> None:
    assert not is_acceptable_source(source)
