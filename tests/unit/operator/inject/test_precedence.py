"""Annotations of pod and namespace."""

import pytest

from otel_operator.inject.precedence import effective


@pytest.mark.parametrize(
    ("namespace", "pod", "counts"),
    [
        ("", "", ""),
        ("", "true", "true"),
        ("", "false", "false"),
        ("", "mine", "mine"),
        ("true", "", "true"),
        ("theirs", "", "theirs"),
        ("true", "false", "false"),
        ("theirs", "mine", "mine"),
        ("true", "mine", "mine"),
        ("false", "true", "true"),
        ("False", "TRUE", "TRUE"),
        ("true", "true", "true"),
        ("theirs", "true", "theirs"),
        ("theirs", "TRUE", "theirs"),
        ("false", "mine", "mine"),
    ],
)
def test_a_pods_value_wins_but_its_true_leaves_the_choice_to_the_namespace(namespace: str, pod: str, counts: str) -> None:
    assert effective("k", pod={"k": pod} if pod else {}, namespace={"k": namespace} if namespace else {}) == counts
