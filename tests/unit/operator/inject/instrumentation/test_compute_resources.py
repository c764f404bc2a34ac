"""Limits and requests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_operator.inject.instrumentation.compute_resources import quantity, unacceptable, with_limits_of_requests


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        (2, 2),
        (0.5, Decimal("0.5")),
        ("500m", Decimal("0.5")),
        ("1.5Gi", 1536 * 1024**2),
        (".5k", 500),
        ("1e3", 1000),
        ("1E-2", Decimal("0.01")),
        ("1E", 10**18),
        ("100u", Decimal("0.0001")),
        ("much", None),
        ("", None),
        (True, None),
        (None, None),
        ("1e99999999", None),
        ("1 Gi", None),
    ],
)
def test_quantities(text: Any, number: Any) -> None:
    assert quantity(text) == number


@given(st.text("0123456789.eEmkMGi+-", max_size=12))
def test_no_text_raises(text: str) -> None:
    value = quantity(text)
    assert value is None or value.is_finite()


def test_a_limit_below_its_request_is_raised_to_it() -> None:
    given = {
        "limits": {"cpu": "500m", "memory": "256Mi", "ephemeral-storage": "odd"},
        "requests": {"cpu": "1", "memory": "64Mi", "ephemeral-storage": "1Gi"},
        "claims": [{"name": "gpu"}],
    }
    expected = given | {"limits": {"cpu": "1", "memory": "256Mi", "ephemeral-storage": "odd"}}
    assert with_limits_of_requests(given) == expected
    for fine in ({}, {"limits": {"cpu": "1"}}, {"limits": {"cpu": "1"}, "requests": {"cpu": "1000m"}}, {"limits": "x"}):
        assert with_limits_of_requests(fine) is fine


@pytest.mark.parametrize(
    ("resources", "entry"),
    [
        ({}, ""),
        ({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"ephemeral-storage": "1Gi"}}, ""),
        ({"limits": {"nvidia.com/gpu": "1", "hugepages-2Mi": "4Mi"}, "requests": {"nvidia.com/gpu": 1}}, ""),
        ({"claims": [{"name": "gpu"}]}, ""),
        ({"requests": {"cpus": "1"}}, "requests.cpus"),
        ({"requests": {"cpu": "-1"}}, "requests.cpu"),
        ({"requests": {"nvidia.com/gpu": "1"}}, "requests.nvidia.com/gpu"),
        ({"limits": {"nvidia.com/gpu": "500m"}}, "limits.nvidia.com/gpu"),
        ({"limits": {"hugepages-2Mi": "4Mi"}, "requests": {"hugepages-2Mi": "2Mi"}}, "limits.hugepages-2Mi"),
        ({"claims": [{"name": "gpu"}, {"name": "net"}]}, "claims: net"),
    ],
)
def test_what_no_container_may_ask_for_is_named(resources: dict[str, Any], entry: str) -> None:
    assert unacceptable(resources, ["gpu"]) == entry
