"""Which agent images the operator exchanges for its new defaults, and which it must not (spec: instrumentation §1.4). Pure.

An image that the operator once gave by default is taken to the new default, an image of the user's stays. Not across a release
that changes the names of telemetry: dashboards would go dark without anybody having asked for it.
"""

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from otel_operator.api.languages import BY_FEATURE, LANGUAGES
from otel_operator.json_types import JsonObject

_SEMVER = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")
_BLOG = "https://opentelemetry.io/blog/2023/http-conventions-declared-stable/"
_BREAKING = {"java": ("2.0.0",), "dotnet": ("1.3.0",)}
"""Releases that no automatic upgrade may reach or pass, by feature."""


class Image(NamedTuple):
    """An image reference apart from its digest."""

    repository: str
    tag: str
    """Empty where the reference has none."""


class Upgrade(NamedTuple):
    """What becomes of one Instrumentation."""

    obj: JsonObject
    """The same object where nothing changes."""
    changed: dict[str, str]
    """New image by feature."""
    blocked: dict[str, str]
    """By feature, why its default image is not upgraded."""


def parse_image(reference: str) -> Image:
    """Split a reference at the colon of its tag, which is the last one behind the last slash."""
    name = reference.partition("@")[0]
    host, slash, last = name.rpartition("/")
    base, _, tag = last.partition(":")
    return Image(host + slash + base, tag)


def breaking_release(feature: str, current: str, target: str) -> str | None:
    """Return the release that keeps image `current` from being exchanged for image `target`, None when nothing does.

    Both must be of one repository. A release v blocks where current < v <= target; where a tag is no semantic version, only the
    very tag v does.
    """
    before, after = parse_image(current), parse_image(target)
    if before.repository != after.repository:
        return None
    old, new = _version(before.tag), _version(after.tag)
    for release in _BREAKING.get(feature, ()):
        wall = _version(release)
        if old is None or new is None or wall is None:
            if before.tag == release:
                return release
        elif old < wall <= new:
            return release
    return None


def blocked_because(feature: str, release: str) -> str:
    """Return the sentence about a blocking release; tests of the Go operator compare it literally."""
    return (
        f"{BY_FEATURE[feature].title} instrumentation {release} contains breaking HTTP semantic convention changes. "
        f"See {_BLOG} for a general description of the changes. "
        f"To upgrade, manually set the image on this Instrumentation resource to {release} or higher."
    )


def upgraded(obj: JsonObject, images: Mapping[str, str], enabled: Collection[str]) -> Upgrade:
    """Exchange default images by today's defaults (`images`, by feature) for the features that are `enabled`."""
    metadata, spec = obj.get("metadata") or {}, obj.get("spec") or {}
    annotations = dict(metadata.get("annotations") or {})
    settings, changed, blocked = {}, {}, {}
    for language in LANGUAGES:
        feature, target = language.feature, images.get(language.feature, "")
        recorded = annotations.get(language.image_annotation)
        if not recorded or not target or feature not in enabled:
            continue
        if release := breaking_release(feature, recorded, target):
            blocked[feature] = f"Automated upgrade blocked for {feature}: {blocked_because(feature, release)}"
            continue
        image = (spec.get(language.spec_field) or {}).get("image")
        # An image that is today's default with yesterday's annotation: a webhook of the older version had the last word.
        if recorded == target or image not in (recorded, target):
            continue
        annotations[language.image_annotation] = target
        if image != target:
            settings[language.spec_field] = {**spec[language.spec_field], "image": target}
        changed[feature] = target
    if not changed:
        return Upgrade(obj, changed, blocked)
    result = {**obj, "metadata": {**metadata, "annotations": annotations}, "spec": {**spec, **settings}}
    return Upgrade(result, changed, blocked)


def _version(tag: str) -> tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]] | None:
    """Return what orders semantic versions (semver.org §11): a pre-release comes before its release, numbers before words."""
    match = _SEMVER.fullmatch(tag)
    if match is None:
        return None
    major, minor, patch, before = match.groups()
    parts = tuple(
        (False, int(part), "") if part.isdecimal() else (True, 0, part) for part in (before.split(".") if before else ())
    )
    return int(major), int(minor or 0), int(patch or 0), before is None, parts
