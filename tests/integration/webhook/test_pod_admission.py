"""Pods through a real API server: injected, refused with a trace, and never kept from starting."""

import json
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from e2e.cluster.apiserver import ApiServer
from e2e.cluster.ports import free_ports
from otel_operator.errors import ApiError
from otel_operator.kinds import POD
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import connect

Build = Callable[..., dict[str, Any]]
INJECT = "sidecar.opentelemetry.io/inject"
REFUSED = "injection.opentelemetry.io/refused"
GENERATED = 150


def pod(name: str = "web", inject: str | None = "true", **spec: Any) -> dict[str, Any]:
    annotations = {INJECT: inject} if inject is not None else {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "annotations": annotations},
        "spec": {"containers": [{"name": "web", "image": "web:1"}], **spec},
    }


def deployment(inject: str = "true") -> dict[str, Any]:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels, "annotations": {INJECT: inject}}, "spec": pod()["spec"]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }


def created(kubectl: Any, namespace: str, obj: dict[str, Any], *more: str) -> Any:
    done = kubectl("create", "-n", namespace, "-o", "json", *more, "-f", "-", stdin=json.dumps(obj))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def sidecars(obj: dict[str, Any]) -> list[dict[str, Any]]:
    return [container for container in obj["spec"].get("initContainers", []) if container["name"] == "otc-container"]


def variable(container: dict[str, Any], name: str) -> str:
    return next(str(item["value"]) for item in container["env"] if item["name"] == name)


def eventually(look: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """Wait for what others bring about: controllers, the Events' queue, the webhook's watch."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
    return found


@pytest.fixture
def sidecar(kubectl: Any, shop: str, collector: Build) -> Callable[..., None]:
    """Make a sidecar collector and wait until the webhook knows it."""

    def make(name: str = "side", **spec: Any) -> None:
        done = kubectl.apply(shop, collector(name, mode="sidecar", **spec))
        assert done.returncode == 0, done.stderr

        def known() -> bool:
            obj, _ = created(kubectl, shop, pod("probe", name), "--dry-run=server")
            return bool(sidecars(obj))

        eventually(known, f"the webhook does not see collector {name}")

    return make


@pytest.fixture
def counted(webhook: Any) -> Callable[[str], float]:
    """Return the sum of a counter's series whose line starts so."""

    def read(start: str) -> float:
        return sum(float(line.rsplit(" ", 1)[1]) for line in webhook.metrics().splitlines() if line.startswith(start))

    return read


def test_a_deployments_pod_gets_the_sidecar_with_its_owners(
    kubectl: Any, shop: str, sidecar: Callable[..., None], counted: Callable[[str], float]
) -> None:
    sidecar()
    before = counted('otel_operator_injection_injected_total{feature="sidecar"}')
    assert kubectl.apply(shop, deployment()).returncode == 0
    items = eventually(lambda: json.loads(kubectl("get", "pods", "-n", shop, "-o", "json").stdout)["items"], "no pod")
    [container] = sidecars(items[0])
    assert container["restartPolicy"] == "Always"
    attributes = dict(item.split("=", 1) for item in variable(container, "OTEL_RESOURCE_ATTRIBUTES").split(","))
    assert attributes["k8s.deployment.name"] == "web"
    assert attributes["k8s.deployment.uid"] == kubectl.get(shop, "deployment", "web")["metadata"]["uid"]
    assert attributes["k8s.replicaset.name"].startswith("web-")
    assert "otlp" in variable(container, "OTEL_CONFIG")
    assert items[0]["metadata"]["labels"]["sidecar.opentelemetry.io/injected"] == f"{shop}.side"
    # The API server goes on with the pod after us: the token is mounted in our container too.
    assert [mount["mountPath"] for mount in container["volumeMounts"]] == ["/var/run/secrets/kubernetes.io/serviceaccount"]
    assert counted('otel_operator_injection_injected_total{feature="sidecar"}') == before + 1


def test_the_namespaces_annotation_counts_and_the_pods_false_overrides_it(
    kubectl: Any, shop: str, sidecar: Callable[..., None]
) -> None:
    sidecar()
    kubectl("annotate", "namespace", shop, f"{INJECT}=side")
    eventually(lambda: sidecars(created(kubectl, shop, pod("probe", None), "--dry-run=server")[0]), "annotation not seen")
    assert not sidecars(created(kubectl, shop, pod("other", "false"))[0])


def test_the_annotation_of_a_new_namespace_counts_at_once(kubectl: Any, shop: str, sidecar: Callable[..., None]) -> None:
    sidecar()
    name = f"{shop}-new"
    young = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "annotations": {INJECT: f"{shop}/side"}}}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "own"}}
    assert kubectl("create", "-f", "-", stdin=json.dumps(young)).returncode == 0
    assert kubectl.apply(name, account).returncode == 0
    try:
        assert sidecars(created(kubectl, name, pod("web", None, serviceAccountName="own"))[0])
    finally:
        kubectl("delete", "namespace", name, "--wait=false")


def test_a_refusal_leaves_annotation_warning_counter_and_event(
    kubectl: Any, shop: str, webhook: Any, counted: Callable[[str], float]
) -> None:
    series = 'otel_operator_injection_refused_total{feature="sidecar",reason="NoSidecarCollector"}'
    before = counted(series)
    obj, said = created(kubectl, shop, pod())
    assert "Warning: sidecar not injected: namespace" in said
    [refusal] = json.loads(obj["metadata"]["annotations"][REFUSED])
    assert (refusal["feature"], refusal["reason"]) == ("sidecar", "NoSidecarCollector")
    assert f"namespace {shop} has no OpenTelemetryCollector with spec.mode sidecar" in refusal["message"]
    assert counted(series) == before + 1

    assert kubectl.apply(shop, deployment()).returncode == 0

    def on_deployment() -> list[Any]:
        items = json.loads(kubectl("get", "events.events.k8s.io", "-n", shop, "-o", "json").stdout)["items"]
        ours = [item for item in items if item["reason"] == "NoSidecarCollector"]
        return [item for item in ours if item["regarding"]["kind"] == "Deployment"]

    [event] = eventually(on_deployment, "no Event on the Deployment")
    assert (event["type"], event["regarding"]["name"], event["action"]) == ("Warning", "web", "Inject")
    assert "create one there" in event["note"]


def test_a_dry_run_is_answered_alike_and_leaves_no_trace(kubectl: Any, shop: str, counted: Callable[[str], float]) -> None:
    before = counted("otel_operator_injection_refused_total")
    obj, said = created(kubectl, shop, pod(), "--dry-run=server")
    assert REFUSED in obj["metadata"]["annotations"]
    assert "Warning: " in said
    assert counted("otel_operator_injection_refused_total") == before


def test_no_pod_is_kept_from_starting_while_the_webhook_is_away(kubectl: Any, shop: str, webhook: Any) -> None:
    resource = ("mutatingwebhookconfiguration", "otel-operator-mutating")
    hooks = json.loads(kubectl("get", *resource, "-o", "json").stdout)["webhooks"]
    [index] = [index for index, hook in enumerate(hooks) if hook["name"] == "mpod.kb.io"]

    def call(url: str) -> None:
        operation = {"op": "replace", "path": f"/webhooks/{index}/clientConfig/url", "value": url}
        done = kubectl("patch", *resource, "--type=json", "-p", json.dumps([operation]))
        assert done.returncode == 0, done.stderr

    def answered() -> bool:
        obj, _ = created(kubectl, shop, pod("asking"), "--dry-run=server")
        return REFUSED in obj["metadata"]["annotations"]

    [nobody] = free_ports(1)
    call(f"https://127.0.0.1:{nobody}/mutate-v1-pod")
    try:
        eventually(lambda: not answered(), "the API server still calls the webhook")
        created(kubectl, shop, pod())
    finally:
        call(hooks[index]["clientConfig"]["url"])
    eventually(answered, "the API server does not call the webhook again")


def test_a_collector_and_its_pod_may_come_in_one_file(kubectl: Any, shop: str, collector: Build) -> None:
    done = kubectl.apply(shop, collector("side", mode="sidecar"), pod())
    assert done.returncode == 0, done.stderr
    assert sidecars(kubectl.get(shop, "pod", "web"))


def test_pods_of_kube_system_are_not_asked_about(kubectl: Any, shop: str) -> None:
    obj, _ = created(kubectl, "kube-system", pod("asking"), "--dry-run=server")
    assert REFUSED not in obj["metadata"].get("annotations", {})


def test_a_restricted_namespace_takes_the_injected_pod(kubectl: Any, shop: str, sidecar: Callable[..., None]) -> None:
    sidecar()
    kubectl("label", "namespace", shop, "pod-security.kubernetes.io/enforce=restricted")
    context = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    safe = pod(
        containers=[{"name": "web", "image": "web:1", "securityContext": context}],
        securityContext={"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    )

    def taken() -> bool:
        done = kubectl("create", "-n", shop, "-o", "json", "--dry-run=server", "-f", "-", stdin=json.dumps(safe))
        return done.returncode == 0 and bool(sidecars(json.loads(done.stdout)))

    eventually(taken, "the pod is refused with its sidecar")


def test_a_pod_near_the_limit_of_etcd_is_stored_as_it_is(kubectl: Any, shop: str, sidecar: Callable[..., None]) -> None:
    sidecar()
    large = pod(containers=[{"name": "web", "image": "web:1", "env": [{"name": "LONG", "value": "x" * 1_000_000}]}])
    obj, said = created(kubectl, shop, large)
    assert not sidecars(obj)
    assert "pod admitted without OpenTelemetry injection" in said


def test_a_restarted_api_server_is_followed_again(
    apiserver: ApiServer, kubectl: Any, shop: str, sidecar: Callable[..., None]
) -> None:
    sidecar()
    apiserver.restart(kill=True)
    # What was known still is, and what comes after is seen.
    assert sidecars(created(kubectl, shop, pod("before", "side"), "--dry-run=server")[0])
    sidecar("later")


class Pods:
    """Generates pods, most of which an API server takes."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while True:
            names = self._random.sample(["web", "otc", "helper", "prepare", "a-1"], k=3)
            volumes = [{"name": name, "emptyDir": {}} for name in self._some(["data", "own", "configmap-more"])]
            mounts = [{"name": volume["name"], "mountPath": f"/{volume['name']}"} for volume in volumes]
            spec: dict[str, Any] = {
                "containers": [self._container(name, mounts) for name in names[: self._random.randint(1, 2)]],
                "initContainers": [self._container(name, mounts) for name in names[2 : 2 + self._random.randint(0, 1)]],
                "volumes": volumes,
                "hostNetwork": self._random.random() < 0.3,
                "restartPolicy": self._random.choice(["Always", "Never", "OnFailure"]),
            }
            if self._random.random() < 0.3:
                spec["securityContext"] = {"runAsNonRoot": True, "runAsUser": 7}
            yield spec

    def _container(self, name: str, mounts: list[Any]) -> dict[str, Any]:
        ports = [{"containerPort": number} for number in self._some([80, 4317, 8888, 9000])]
        for port in ports:
            if self._random.random() < 0.2:
                port["hostPort"] = port["containerPort"]
        container: dict[str, Any] = {"name": name, "image": "i:1", "ports": ports, "volumeMounts": self._some(mounts)}
        if self._random.random() < 0.3:
            container["env"] = [{"name": "OTEL_CONFIG", "value": "$(POD_NAME)"}]
        if self._random.random() < 0.3:
            container["resources"] = {"limits": {"cpu": "1", "memory": "64Mi"}}
        return container

    def _some(self, items: list[Any]) -> list[Any]:
        return [item for item in items if self._random.random() < 0.4]


async def test_whatever_the_api_server_takes_it_takes_after_mutation(
    apiserver: ApiServer, kubectl: Any, shop: str, sidecar: Callable[..., None]
) -> None:
    volumes = [{"name": "data", "emptyDir": {}}]
    sidecar(
        volumes=volumes,
        volumeMounts=[{"name": "data", "mountPath": "/d"}],
        initContainers=[{"name": "prepare", "image": "p"}],
        ports=[{"name": "extra", "port": 9000, "hostPort": 9000}],
    )
    client = KubeClient(await connect(str(apiserver.kubeconfig)))
    taken = injected = 0
    try:
        for spec, _ in zip(Pods(1), range(GENERATED), strict=False):
            path, dry = POD.path(shop), {"dryRun": "All"}
            try:
                await client.request("POST", path, dry, pod("generated", None, **spec))
            except ApiError:
                continue
            taken += 1
            after = await client.request("POST", path, dry, pod("generated", "side", **spec))
            refused = REFUSED in after["metadata"]["annotations"]
            assert bool(sidecars(after)) is not refused, after
            injected += not refused
            again = await client.request("POST", path, dry, {**after, "metadata": _new(after["metadata"])})
            assert len(sidecars(again)) == (0 if refused else 1)
    finally:
        await client.close()
    assert taken > GENERATED // 3
    assert 0 < injected < taken


def _new(metadata: dict[str, Any]) -> dict[str, Any]:
    return {"name": metadata["name"], "labels": metadata.get("labels"), "annotations": metadata["annotations"]}
