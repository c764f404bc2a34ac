"""What is written for an Instrumentation, and that nothing is written twice."""

from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from otel_operator.api.instrumentation_defaults import default_instrumentation
from otel_operator.errors import ApiError
from otel_operator.kube.client import KubeClient
from otel_operator.reconcile.apply import NotYet
from otel_operator.reconcile.instrumentation.injected_pods import InjectedPods
from otel_operator.reconcile.instrumentation.loop import Instrumentations
from otel_operator.reconcile.ownership import Key
from otel_operator.settings import InjectionSettings, default_agent_images

DEFAULT_IMAGES = default_agent_images()

Builder = Callable[..., dict[str, Any]]
JsonObject = dict[str, Any]
SDK = Key("apps", "sdk")
OLD = {name: image.rpartition(":")[0] + ":1.0.0" for name, image in DEFAULT_IMAGES.items()}


class Events:
    """Keeps what would be posted."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, str, str]] = []

    def record(self, obj: JsonObject, type_: str, reason: str, note: str, action: str = "Reconcile") -> None:
        assert obj["kind"] == "Instrumentation"
        self.posted.append((type_, reason, action))


class Stored:
    """An API server with one Instrumentation, to which merge patches are applied."""

    def __init__(self, obj: JsonObject) -> None:
        self.obj, self.patches = obj, 0

    def answer(self, request: web.Request, body: JsonObject) -> web.Response:
        self.patches += 1
        version = int(self.obj["metadata"]["resourceVersion"])
        given = body["metadata"].get("resourceVersion")
        if given not in (None, str(version)):
            return web.json_response({"reason": "Conflict"}, status=409)
        self.obj = merged(self.obj, body)
        self.obj["metadata"]["resourceVersion"] = str(version + 1)
        return web.json_response(self.obj)


def merged(target: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


class Scene:
    """The reconciler with a stored Instrumentation of an older version."""

    def __init__(self, server: Any, client: KubeClient, obj: JsonObject) -> None:
        self.stored, self.events, self.outcomes = Stored(obj), Events(), []
        server.answer = self.stored.answer
        self.pods = InjectedPods()
        self.all = Instrumentations(
            client, self.pods, self.events, InjectionSettings(), lambda feature, outcome: self.outcomes.append((feature, outcome))
        )
        self.all.observe(obj)

    outcomes: list[tuple[str, str]]


async def test_default_images_are_upgraded_once_and_blocked_ones_told_once(
    server: Any, client: KubeClient, instrumentation: Builder
) -> None:
    scene = Scene(server, client, default_instrumentation(instrumentation(nodejs={"image": "mine"}), OLD))
    await scene.all.reconcile(SDK)
    spec, status = scene.stored.obj["spec"], scene.stored.obj["status"]
    assert spec["python"]["image"] == DEFAULT_IMAGES["python"]
    assert spec["python"]["resourceRequirements"]["requests"] == {"cpu": "50m", "memory": "64Mi"}
    assert (spec["java"]["image"], spec["nodejs"]["image"], spec["go"]["image"]) == (OLD["java"], "mine", OLD["go"])
    assert set(status["upgradeBlockedVersions"]) == {"java", "dotnet"}
    assert ("Warning", "UpgradeBlocked", "Upgrade-java") in scene.events.posted
    assert sorted(scene.outcomes) == [
        ("apache-httpd", "changed"),
        ("dotnet", "blocked"),
        ("java", "blocked"),
        ("python", "changed"),
    ]
    writes, told = scene.stored.patches, len(scene.events.posted)
    await scene.all.reconcile(SDK)
    assert (scene.stored.patches, len(scene.events.posted)) == (writes, told)


async def test_admission_that_takes_the_new_images_back_is_tried_again_later(
    server: Any, client: KubeClient, instrumentation: Builder
) -> None:
    scene = Scene(server, client, default_instrumentation(instrumentation(), OLD))
    answer = server.answer

    def older_webhook(request: web.Request, body: JsonObject) -> web.Response:
        response = answer(request, body)
        if "annotations" in body["metadata"]:
            scene.stored.obj = default_instrumentation(scene.stored.obj, OLD)
            return web.json_response(scene.stored.obj)
        return response

    server.answer = older_webhook
    with pytest.raises(NotYet, match="another version"):
        await scene.all.reconcile(SDK)
    server.answer = answer
    await scene.all.reconcile(SDK)
    key = "instrumentation.opentelemetry.io/default-auto-instrumentation-python-image"
    assert scene.stored.obj["metadata"]["annotations"][key] == DEFAULT_IMAGES["python"]


async def test_refused_upgrade_is_told_and_tried_again(server: Any, client: KubeClient, instrumentation: Builder) -> None:
    scene = Scene(server, client, default_instrumentation(instrumentation(), OLD))
    server.answer = lambda request, body: web.json_response({"reason": "Invalid", "message": "no"}, status=422)
    with pytest.raises(ApiError):
        await scene.all.reconcile(SDK)
    assert ("Warning", "UpgradeFailed", "Reconcile") in scene.events.posted
    assert ("python", "failed") in scene.outcomes


async def test_news_of_pods_change_the_status(server: Any, client: KubeClient, instrumentation: Builder, pod: Builder) -> None:
    scene = Scene(server, client, default_instrumentation(instrumentation(), DEFAULT_IMAGES))
    await scene.all.reconcile(SDK)
    assert scene.stored.obj["status"]["injection"]["pods"] == 0
    scene.pods.observe(pod("web-1", "python", of=instrumentation(), deployment="web"))
    await scene.all.reconcile(SDK)
    assert scene.stored.obj["status"]["injection"]["workloads"][0]["name"] == "web"
    assert scene.stored.obj["status"]["injection"]["outdatedPods"] == 0


async def test_older_news_and_echoes_are_dropped(server: Any, client: KubeClient, instrumentation: Builder) -> None:
    scene = Scene(server, client, instrumentation(version=5))
    assert scene.all.observe(instrumentation(version=4)) is None
    assert scene.all.observe(instrumentation(version=5)) is None
    assert scene.all.observe(instrumentation(version=4), deleted=True) is None
    assert SDK in scene.all.known
    assert scene.all.observe(instrumentation(version=6)) == SDK
    scene.all.observe(instrumentation(version=7), deleted=True)
    assert SDK not in scene.all.known


async def test_what_a_list_does_not_show_is_forgotten_in_the_namespace_of_the_list(
    server: Any, client: KubeClient, instrumentation: Builder
) -> None:
    scene = Scene(server, client, instrumentation())
    for name, namespace in (("gone", "apps"), ("other", "shop")):
        scene.all.observe(instrumentation(name, namespace))
    scene.all.keep_only({("apps", "sdk")}, "apps")
    assert set(scene.all.known) == {SDK, Key("shop", "other")}
    scene.all.keep_only(set(), None)
    assert scene.all.known == {}
