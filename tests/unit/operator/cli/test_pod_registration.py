"""The webhook for pods is found by its labels, whatever its installation is called."""

from typing import Any

import pytest

from otel_operator.cli.pod_registration import Registration, reached
from otel_operator.inject.explanation import Unreached
from otel_operator.resources.install.names import Installation

POD: dict[str, Any] = {"metadata": {"name": "web", "labels": {"app": "web"}}}
SHOP: dict[str, Any] = {"metadata": {"name": "shop", "labels": {"team": "a"}}}


def registration(**hook: Any) -> Registration:
    return Registration("mine-otel-operator-mutating", hook)


def test_the_program_is_where_the_registration_calls_it() -> None:
    service = {"namespace": "observability", "name": "mine-otel-operator-webhook", "path": "/mutate-v1-pod"}
    found = registration(clientConfig={"service": service}).installation()
    assert (found.namespace, found.webhook) == ("observability", "mine-otel-operator-webhook")
    assert registration(clientConfig={"url": "https://127.0.0.1:9443/mutate-v1-pod"}).installation() == Installation()


@pytest.mark.parametrize(
    ("hook", "what"),
    [
        ({"namespaceSelector": {"matchLabels": {"team": "b"}}}, "namespaceSelector"),
        ({"objectSelector": {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}}, "objectSelector"),
    ],
)
def test_a_selector_that_leaves_the_pod_out_is_named(hook: dict[str, Any], what: str) -> None:
    found = reached([registration(**hook)], POD, SHOP)
    assert isinstance(found, Unreached)
    assert found.text.startswith(f"{what} of webhook mpod.kb.io in MutatingWebhookConfiguration mine-otel-operator-mutating")


def test_one_registration_that_calls_is_enough() -> None:
    other = registration(namespaceSelector={"matchLabels": {"team": "b"}})
    assert reached([other, registration()], POD, SHOP) is True


def test_without_a_registration_the_operator_is_to_be_installed() -> None:
    found = reached([], POD, SHOP)
    assert isinstance(found, Unreached)
    assert found.change == "apply the operator's install manifest, or install its chart"
    assert reached(None, POD, SHOP) is None
