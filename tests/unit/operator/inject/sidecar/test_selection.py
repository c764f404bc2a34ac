"""Which collector the annotation stands for, and every way in which it stands for none."""

from collections.abc import Callable
from typing import Any

import pytest

from otel_operator.inject.outcome import Outcome
from tests.unit.operator.inject.sidecar.conftest import collector, pod

Inject = Callable[..., Outcome]
KEY = "sidecar.opentelemetry.io/inject"
OPEN, CLOSED = "sidecar.opentelemetry.io/allowed-namespaces", {"sidecar.opentelemetry.io/allowed-namespaces": "other"}


@pytest.mark.parametrize(
    ("namespace", "own", "chosen"),
    [
        (None, None, None),
        (None, "true", "shop.side"),
        (None, "TRUE", "shop.side"),
        (None, "side", "shop.side"),
        (None, "shop/side", "shop.side"),
        (None, "tools/far", "tools.far"),
        ("true", None, "shop.side"),
        ("tools/far", None, "tools.far"),
        ("tools/far", "true", "tools.far"),
        ("true", "tools/far", "tools.far"),
        ("true", "false", None),
        ("tools/far", "false", None),
        ("false", "true", "shop.side"),
        ("false", None, None),
        ("true", "true", "shop.side"),
    ],
)
def test_annotations_of_pod_and_namespace_choose(
    inject: Inject, namespace: str | None, own: str | None, chosen: str | None
) -> None:
    collectors = [collector(), collector("gateway", mode="deployment"), collector("far", "tools")]
    outcome = inject(pod(own), *collectors, namespace={KEY: namespace} if namespace else {})
    assert outcome.pod["metadata"]["labels"].get("sidecar.opentelemetry.io/injected") == chosen
    assert outcome.refusals == ()


@pytest.mark.parametrize(
    ("value", "collectors", "reason", "said"),
    [
        ("true", [], "NoSidecarCollector", "namespace shop has no OpenTelemetryCollector with spec.mode sidecar"),
        ("true", [collector(mode="deployment"), collector("far", "tools")], "NoSidecarCollector", "create one there"),
        ("true", [collector("b"), collector("a")], "SeveralSidecarCollectors", "(a, b)"),
        ("true", [collector(f"c{n}") for n in range(7)], "SeveralSidecarCollectors", "(c0, c1, c2, c3, c4 and 2 more)"),
        ("gone", [collector()], "CollectorNotFound", '"shop/gone" does not exist'),
        ("tools/gone", [collector()], "CollectorNotFound", '"tools/gone" does not exist'),
        ("a/b/c", [collector()], "CollectorNotFound", '"a/b/c" does not exist'),
        ("side", [collector(mode="daemonset")], "NotSidecarMode", "has spec.mode daemonset"),
        ("tools/far", [collector("far", "tools", CLOSED)], "NamespaceNotAllowed", "not for pods of namespace shop"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused_with_its_remedy(
    inject: Inject, value: str, collectors: list[dict[str, Any]], reason: str, said: str
) -> None:
    asked = pod(value)
    outcome = inject(asked, *collectors)
    assert outcome.pod is asked
    assert outcome.injections == ()
    [refusal] = outcome.refusals
    assert (refusal.feature, refusal.reason) == ("sidecar", reason)
    assert said in refusal.message


def test_a_collector_may_say_whose_pods_may_name_it(inject: Inject) -> None:
    assert inject(pod("tools/far"), collector("far", "tools", {OPEN: "other, shop"})).injections
    assert inject(pod("side"), collector("side", "shop", CLOSED)).injections
