"""An annotation on a pod or its namespace, and traces of an untouched application appear at the gateway: no code is changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from e2e import product
from e2e.cluster.errors import ClusterError
from e2e.cluster.kind import engine
from e2e.cluster.session import Cluster
from e2e.images import interpreters
from e2e.images.bases import OLDER_PYTHON
from e2e.injection import manifests
from e2e.injection.arrived import SERVER, Arrived
from e2e.injection.manifests import LANGUAGES, Annotated
from e2e.injection.steps import HEADERS, TRACE, at_gateway, call, check_injected, open_collectors
from e2e.kubectl import Kubectl, wait_until

AGENTS = tuple(f"autoinstrumentation-{language}" for language in ("python", "nodejs", "java"))


@dataclass(frozen=True, slots=True)
class Shop:
    """A running shop, the answer to one call through all of its services, and what arrived at the gateway of that trace."""

    kubectl: Kubectl
    services: tuple[str, ...]
    answer: dict[str, Any]
    arrived: list[Arrived]


def services() -> tuple[str, ...]:
    """All of them; the one on an older Python only where an image with one can be made."""
    older = engine() is not None or interpreters.find(OLDER_PYTHON) is not None
    return tuple(name for name in LANGUAGES if name != "reviews" or older)


@pytest.fixture(scope="module")
def images(cluster: Cluster, installed: None) -> None:
    product.load_images(cluster.load, (*AGENTS, *services()))


@pytest.fixture(scope="module", params=["pod", "namespace"])
def shop(request: pytest.FixtureRequest, kubectl: Kubectl, images: None) -> Iterator[Shop]:
    annotated: Annotated = request.param
    scoped = kubectl.within(f"injection-by-{annotated}")
    scoped.ensure_namespace()
    for name, value in manifests.namespace_annotations(annotated).items():
        kubectl("annotate", "namespace", scoped.namespace, f"{name}={value}", "--overwrite")
    try:
        yield open_shop(scoped, annotated)
    except ClusterError as error:
        raise ClusterError(f"{error}\n{product.explain(scoped)}") from error
    finally:
        kubectl("delete", "namespace", scoped.namespace, "--wait=false")


def open_shop(kubectl: Kubectl, annotated: Annotated) -> Shop:
    """Apply everything, call the first service once its pods are ready, and wait for the trace at the gateway."""
    kubectl.apply(manifests.instrumentation())
    open_collectors(kubectl)
    row = services()
    for name, following in zip(row, (*row[1:], None), strict=True):
        kubectl.apply(manifests.application(name, following, manifests.pod_annotations(name, annotated)))
    kubectl("wait", "--for=condition=Available", "--timeout=300s", *(f"deployment/{name}" for name in row), timeout=330)
    for name in row:
        check_injected(kubectl, name, f"opentelemetry-auto-instrumentation-{LANGUAGES[name]}")
    said = call(kubectl, row[0], HEADERS)
    arrived = wait_until("the trace of every service, with a log record each", lambda: whole(kubectl, row), timeout=90, every=2)
    return Shop(kubectl, row, json.loads(said), arrived)


def whole(kubectl: Kubectl, row: tuple[str, ...]) -> list[Arrived]:
    """Return what the gateway has of the call's trace, once every service has a server span and a log record in it."""
    found = [item for item in at_gateway(kubectl) if item.trace_id == TRACE]
    seen = {(item.service, "span" if item.kind == SERVER else "record") for item in found if item.kind == SERVER or item.body}
    return found if seen >= {(name, kind) for name in row for kind in ("span", "record")} else []


def parts(answer: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    """Each service's part of the answer, first to last."""
    while answer is not None:
        yield answer
        answer = answer["next"]


def test_one_trace_runs_through_all_services_by_w3c_headers(shop: Shop) -> None:
    headers = {part["service"]: part["headers"]["traceparent"].split("-") for part in parts(shop.answer)}
    assert tuple(headers) == shop.services
    for service, (_, trace, parent, _) in headers.items():
        assert trace == TRACE
        spans = [item for item in shop.arrived if item.service == service and item.kind == SERVER]
        assert [span.parent_id for span in spans] == [parent], "one server span, whose parent is the header's span"
        assert spans[0].attributes.get("http.request.method", spans[0].attributes.get("http.method")) == "GET"


def test_baggage_arrives_at_every_service(shop: Shop) -> None:
    seen = {part["service"]: part["headers"]["baggage"] for part in parts(shop.answer)}
    assert seen == dict.fromkeys(shop.services, HEADERS["baggage"])


def test_spans_and_logs_say_which_workload_of_the_cluster_made_them(shop: Shop) -> None:
    for service in shop.services:
        (pod,) = shop.kubectl.items("pods", f"--selector=app={service}")
        wanted = {
            "service.name": service,
            "service.namespace": shop.kubectl.namespace,
            "k8s.namespace.name": shop.kubectl.namespace,
            "k8s.deployment.name": service,
            "k8s.replicaset.name": pod["metadata"]["ownerReferences"][0]["name"],
            "k8s.pod.name": pod["metadata"]["name"],
            "k8s.container.name": service,
            "k8s.node.name": pod["spec"]["nodeName"],
            "telemetry.sdk.language": LANGUAGES[service],
        }
        for item in (item for item in shop.arrived if item.service == service):
            assert {key: item.resource.get(key) for key in wanted} == wanted


def test_what_an_application_logs_carries_the_ids_of_its_trace(shop: Shop) -> None:
    for service in shop.services:
        records = [item for item in shop.arrived if item.service == service and "asked for" in item.body]
        spans = {item.span_id for item in shop.arrived if item.service == service and not item.body}
        assert records, f"{service}: no record of the application itself in the trace"
        assert all(record.span_id in spans for record in records)
