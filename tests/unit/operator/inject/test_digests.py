"""A digest tells an older injection from one that is up to date."""

from typing import Any

from otel_operator.inject.digests import Digests, instrumentation_digests
from otel_operator.inject.outcome import Injection
from otel_operator.settings import default_agent_images

DEFAULT_IMAGES = default_agent_images()


class Cluster:
    """Surroundings with one Instrumentation and one collector of a name."""

    def __init__(self, **spec: Any) -> None:
        self._object = {"metadata": {"namespace": "n", "name": "x"}, "spec": spec}

    def instrumentations(self, namespace: str) -> list[dict[str, Any]]:
        return [self._object]

    def instrumentation(self, namespace: str, name: str) -> dict[str, Any] | None:
        return self._object if (namespace, name) == ("n", "x") else None

    collectors, collector = instrumentations, instrumentation


def test_digest_changes_with_what_the_feature_depends_on_and_with_nothing_else() -> None:
    def digests(**spec: Any) -> dict[str, str]:
        return instrumentation_digests({"metadata": {}, "spec": spec}, DEFAULT_IMAGES)

    def changed(**spec: Any) -> set[str]:
        return {feature for feature, value in digests(**spec).items() if value != digests()[feature]}

    assert changed(python={"env": [{"name": "A", "value": "b"}]}) == {"python"}
    assert changed(imagePullPolicy="Always") == set(digests()) - {"sdk"}
    assert changed(propagators=["b3"]) == set(digests())
    assert changed(python={"image": DEFAULT_IMAGES["python"]}) == set()
    newer = instrumentation_digests({"spec": {}}, {**DEFAULT_IMAGES, "java": "java:99"})
    assert {feature for feature, value in newer.items() if value != digests()[feature]} == {"java"}


def test_digest_of_an_injection_is_that_of_its_resource_as_it_is_now() -> None:
    digests, first, second = Digests(DEFAULT_IMAGES), Cluster(env=[]), Cluster(env=[{"name": "A"}])
    python, sidecar = Injection("python", ("n", "x")), Injection("sidecar", ("n", "x"))
    assert digests.of(python, first) == instrumentation_digests({"spec": {"env": []}}, DEFAULT_IMAGES)["python"]
    for injection in (python, sidecar):
        assert digests.of(injection, first) == digests.of(injection, Cluster(env=[])) != digests.of(injection, second)
    assert digests.of(python, first) != digests.of(sidecar, first)


def test_what_an_injection_came_from_may_be_gone() -> None:
    digests = Digests(DEFAULT_IMAGES)
    assert [digests.of(Injection(feature, ("n", "gone")), Cluster()) for feature in ("java", "sidecar")] == ["", ""]
