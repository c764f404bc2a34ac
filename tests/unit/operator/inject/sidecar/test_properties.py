"""Whatever the pod: what was there stays as it is, and doing it again changes nothing."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from otel_operator.inject.sidecar.mutation import mutate
from otel_operator.inject.sidecar.prepared import PreparedSidecars
from otel_operator.inject.subject import Owner, Subject
from tests.unit.operator.inject.sidecar.conftest import SETTINGS, Known, collector

NAMES = st.sampled_from(["web", "helper", "prepare", "otc-container", "data", "own"])
PORTS = st.fixed_dictionaries({"containerPort": st.sampled_from([80, 4317, 8888])}, optional={"hostPort": st.just(4317)})
CONTAINERS = st.lists(
    st.fixed_dictionaries({"name": NAMES}, optional={"ports": st.lists(PORTS, max_size=2), "image": st.text(max_size=3)}),
    max_size=3,
)
SPECS = st.fixed_dictionaries(
    {"containers": CONTAINERS},
    optional={
        "initContainers": CONTAINERS,
        "volumes": st.lists(st.fixed_dictionaries({"name": NAMES}, optional={"emptyDir": st.just({})}), max_size=3),
        "hostNetwork": st.booleans(),
        "securityContext": st.just({"runAsNonRoot": True}),
        "nodeName": st.text(max_size=3),
    },
)
VALUES = st.sampled_from([None, "true", "false", "side", "gone", "tools/far"])
COLLECTORS = Known(
    collector(volumes=[{"name": "data", "emptyDir": {}}], initContainers=[{"name": "prepare", "image": "p"}]),
    collector("far", "tools", volumeMounts=[{"name": "own", "mountPath": "/own"}]),
)
SIDECARS = PreparedSidecars(SETTINGS)


@settings(max_examples=400, deadline=None)
@given(spec=SPECS, value=VALUES, inherited=VALUES, native=st.booleans(), restricted=st.booleans())
def test_a_pod_only_gains_and_gains_once(
    spec: dict[str, Any], value: str | None, inherited: str | None, native: bool, restricted: bool
) -> None:
    key = "sidecar.opentelemetry.io/inject"
    metadata = {"labels": {"app": "web"}, "annotations": {key: value} if value else {"other": "1"}}
    labels = {"pod-security.kubernetes.io/enforce": "restricted"} if restricted else {}
    owners = (Owner("apps/v1", "Deployment", "web", "u"),)

    def run(pod: dict[str, Any]) -> Any:
        subject = Subject(pod, "shop", {key: inherited} if inherited else {}, labels, owners)
        return mutate(subject, COLLECTORS, SIDECARS, native=native)

    pod = {"metadata": metadata, "spec": spec}
    outcome = run(pod)
    after = outcome.pod
    assert run(after).pod is after or outcome.refusals, "a second time"
    assert not (outcome.injections and outcome.refusals)
    if not outcome.injections:
        kept = [container for container in after["spec"]["containers"] if container["name"] != "otc-container"]
        assert after is pod or (inherited, value).count("false") > 0
        assert kept == [container for container in spec["containers"] if container["name"] != "otc-container"]
        return
    for place in ("containers", "initContainers", "volumes"):
        before = spec.get(place, [])
        assert after["spec"].get(place, [])[: len(before)] == before
    names = [item["name"] for place in ("containers", "initContainers") for item in after["spec"].get(place, [])]
    assert names.count("otc-container") == 1
    untouched = spec.keys() - {"containers", "initContainers", "volumes"}
    assert {name: after["spec"][name] for name in untouched} == {name: spec[name] for name in untouched}
    assert after["metadata"]["annotations"] == metadata["annotations"]
    assert after["metadata"]["labels"].keys() == {"app", "sidecar.opentelemetry.io/injected"}
