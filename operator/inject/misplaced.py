"""Annotations of injection that have no effect where they are: misspelt, written as labels, or on the workload itself. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from otel_operator.api.languages import PREFIX, WITH_SDK
from otel_operator.inject.instrumentation.annotations import CONTAINER_NAMES, DOTNET_RUNTIME, GO_TARGET_EXE, PYTHON_PLATFORM
from otel_operator.inject.sidecar.names import INJECT, SIDECAR
from otel_operator.json_types import JsonObject

KEYS = {language.feature: language.inject for language in WITH_SDK} | {SIDECAR: INJECT}
"""Annotation by which each feature is asked for."""
_OTHER_KEYS = (
    CONTAINER_NAMES,
    *(language.container_names for language in WITH_SDK),
    PYTHON_PLATFORM,
    DOTNET_RUNTIME,
    GO_TARGET_EXE,
)
_KNOWN = (*KEYS.values(), *_OTHER_KEYS)


def misplaced(
    pod: JsonObject, namespace: JsonObject, owners: Sequence[JsonObject], wishes: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong and what to do about it; `wishes` are the features that the pod asks for."""
    for where, obj in (("pod", pod), ("namespace", namespace)):
        for key in _part(obj, "annotations"):
            if key.startswith(PREFIX) and key not in _KNOWN:
                close = get_close_matches(key, _KNOWN, 1)
                remedy = f"call it {close[0]}" if close else f"use one of {', '.join(KEYS.values())}"
                yield f"annotation {key} of the {where} is not known and has no effect", remedy
        for key in _part(obj, "labels"):
            if key in _KNOWN:
                yield f"{key} is a label of the {where}; only annotations count", "make it an annotation"
    for owner in owners:
        name = f"{owner.get('kind')} {owner['metadata']['name']}"
        template = _part(_template(owner), "annotations")
        for feature, key in KEYS.items():
            if key in _part(owner, "annotations") and key not in template and feature not in wishes:
                text = f"{key} is on the {name} itself, where it has no effect on its pods"
                yield text, f"move it to spec.template.metadata.annotations of the {name}"


def _template(owner: JsonObject) -> JsonObject:
    spec = owner.get("spec") or {}
    job = (spec.get("jobTemplate") or {}).get("spec") or {}
    return spec.get("template") or job.get("template") or {}


def _part(obj: JsonObject, name: str) -> Mapping[str, str]:
    return (obj.get("metadata") or {}).get(name) or {}
