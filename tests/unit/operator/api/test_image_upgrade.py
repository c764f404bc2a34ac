"""Default images move to the new default, the user's do not, and no upgrade crosses a breaking release."""

from typing import Any

import pytest

from otel_operator.api.image_upgrade import breaking_release, parse_image, upgraded
from otel_operator.api.instrumentation_defaults import default_instrumentation
from otel_operator.settings import default_agent_images

DEFAULT_IMAGES = default_agent_images()

REPOSITORY = DEFAULT_IMAGES["java"].rpartition(":")[0]
OLD = {name: image.rpartition(":")[0] + ":1.0.0" for name, image in DEFAULT_IMAGES.items()}
ALL = frozenset(DEFAULT_IMAGES)


def stored(images: dict[str, str], **spec: Any) -> dict[str, Any]:
    return default_instrumentation({"metadata": {"name": "x"}, "spec": spec}, images)


@pytest.mark.parametrize(
    ("reference", "repository", "tag"),
    [
        ("img", "img", ""),
        ("img:1", "img", "1"),
        ("img:1@sha256:ab", "img", "1"),
        ("img@sha256:ab", "img", ""),
        ("reg:8080/img", "reg:8080/img", ""),
        ("reg:8080/a/img:v1", "reg:8080/a/img", "v1"),
    ],
)
def test_tag_is_told_from_port_and_digest(reference: str, repository: str, tag: str) -> None:
    assert parse_image(reference) == (repository, tag)


@pytest.mark.parametrize(
    ("current", "target", "blocks"),
    [
        ("1.33.6", "2.30.0", True),
        ("1.33.6", "2.0.0", True),
        ("v1.33.6", "v2.0.0", True),
        ("1.33.6", "1.99.0", False),
        ("1.33.6", "2.0.0-rc.1", False),
        ("2.0.0-rc.1", "2.0.0", True),
        ("2.0.0", "2.30.0", False),
        ("2.1.0", "2.30.0", False),
        ("2.30.0", "1.33.6", False),
        ("2.0.0", "latest", True),
        ("1.33.6", "latest", False),
        ("latest", "2.30.0", False),
        ("", "2.30.0", False),
    ],
)
def test_breaking_release_blocks_what_would_reach_or_pass_it(current: str, target: str, blocks: bool) -> None:
    found = breaking_release("java", f"{REPOSITORY}:{current}".rstrip(":"), f"{REPOSITORY}:{target}")
    assert found == ("2.0.0" if blocks else None)


def test_image_of_another_repository_is_never_blocked() -> None:
    assert breaking_release("java", "mine:1.0.0", f"{REPOSITORY}:2.30.0") is None


def test_defaults_move_on_and_custom_images_stay() -> None:
    upgrade = upgraded(stored(OLD, nodejs={"image": "mine", "env": [{"name": "A"}]}), DEFAULT_IMAGES, ALL)
    assert upgrade.changed == {name: DEFAULT_IMAGES[name] for name in ("python", "go", "apache-httpd", "nginx")}
    spec = upgrade.obj["spec"]
    assert (spec["python"]["image"], spec["nodejs"]["image"]) == (DEFAULT_IMAGES["python"], "mine")
    key = "instrumentation.opentelemetry.io/default-auto-instrumentation-{}-image"
    annotations = upgrade.obj["metadata"]["annotations"]
    assert annotations[key.format("python")] == DEFAULT_IMAGES["python"]
    assert annotations[key.format("nodejs")] == OLD["nodejs"]


def test_blocked_languages_are_told_in_the_words_of_the_go_operator() -> None:
    upgrade = upgraded(stored(OLD, java={"image": "mine"}), DEFAULT_IMAGES, ALL)
    assert upgrade.blocked == {
        "java": "Automated upgrade blocked for java: Java instrumentation 2.0.0 contains breaking HTTP semantic convention "
        "changes. See https://opentelemetry.io/blog/2023/http-conventions-declared-stable/ for a general description of the "
        "changes. To upgrade, manually set the image on this Instrumentation resource to 2.0.0 or higher.",
        "dotnet": "Automated upgrade blocked for dotnet: .NET instrumentation 1.3.0 contains breaking HTTP semantic convention "
        "changes. See https://opentelemetry.io/blog/2023/http-conventions-declared-stable/ for a general description of the "
        "changes. To upgrade, manually set the image on this Instrumentation resource to 1.3.0 or higher.",
    }
    assert upgrade.obj["spec"]["dotnet"]["image"] == OLD["dotnet"]


def test_languages_that_are_off_and_instrumentations_without_record_are_left_alone() -> None:
    obj = stored(OLD)
    assert upgraded(obj, DEFAULT_IMAGES, ()).obj is obj
    bare = {"metadata": {"name": "x"}, "spec": {"python": {"image": OLD["python"]}}}
    assert upgraded(bare, DEFAULT_IMAGES, ALL) == (bare, {}, {})


def test_record_that_an_older_webhook_wrote_last_is_put_right() -> None:
    obj = stored(DEFAULT_IMAGES)
    key = "instrumentation.opentelemetry.io/default-auto-instrumentation-python-image"
    obj["metadata"]["annotations"][key] = OLD["python"]
    upgrade = upgraded(obj, DEFAULT_IMAGES, ALL)
    assert upgrade.obj["metadata"]["annotations"][key] == DEFAULT_IMAGES["python"]
    assert upgraded(upgrade.obj, DEFAULT_IMAGES, ALL).obj is upgrade.obj
