"""Selectors select as Kubernetes says."""

from typing import Any

import pytest

from otel_operator.label_selectors import selects


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        (None, False),
        ({}, True),
        ({"matchLabels": {"a": "b"}}, True),
        ({"matchLabels": {"a": "c"}}, False),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["b"]}]}, False),
        ({"matchExpressions": [{"key": "x", "operator": "NotIn", "values": ["b"]}]}, True),
        ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_selectors_select_as_kubernetes_says(selector: dict[str, Any] | None, found: bool) -> None:
    assert selects(selector, {"a": "b"}) is found
