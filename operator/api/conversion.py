"""Conversion of OpenTelemetryCollector between v1alpha1 and v1beta1. Pure; never fails; loses nothing (ADR 6).

Each direction has a plain conversion, which drops what the other version lacks. Around it, `stash` keeps the difference in
an annotation.
"""

from collections.abc import Callable
from typing import Any

from otel_operator.api import stash
from otel_operator.api.annotations import V1ALPHA1_ONLY, V1BETA1_ONLY
from otel_operator.api.config_text import config_text, parsed_config
from otel_operator.api.finding import Finding, Rule, at
from otel_operator.api.group import OLDER_VERSION, STORAGE_VERSION
from otel_operator.api.stored_json import json_copy
from otel_operator.api.version_gaps import FILTER_STRATEGIES, LACKING_POD_FIELDS
from otel_operator.errors import ConfigError
from otel_operator.json_types import JsonObject

Convert = Callable[[JsonObject], JsonObject]
_V1BETA1_SPEC_FIELDS = (
    *LACKING_POD_FIELDS,
    "configVersions",
    "command",
    "httpRoute",
    "networkPolicy",
    "readinessProbe",
    "startupProbe",
    "serviceName",
    "podManagementPolicy",
    "persistentVolumeClaimRetentionPolicy",
)
_V1BETA1_ALLOCATOR_FIELDS = (
    "allowInsecureAuthSecrets",
    "collectorNotReadyGracePeriod",
    "collectorTargetReloadInterval",
    "mtls",
)
_V1ALPHA1_PROMETHEUS_FIELDS = frozenset(
    {"enabled", "scrapeInterval", "scrapeClasses", "denyFSAccessThroughSMs", "podMonitorSelector", "serviceMonitorSelector"}
)
_SCHEMA_DEFAULTS = {"configVersions": 3, "ipFamilyPolicy": "SingleStack"}
"""The API server gives v1beta1 objects these; giving them here keeps them out of the annotations."""
_ALL_ANNOTATIONS = 256 * 1024
"""Bytes of all annotations of an object, keys included; the API server's limit."""
_TOO_LARGE = "too large"
"""Stands for what found no room. Failing instead would break every list of the kind; validation refuses to write it."""
_SELECTORS = ("podMonitorSelector", "serviceMonitorSelector")
_ANNOTATION_SPELLINGS = ("DisablePrometheusAnnotations", "disablePrometheusAnnotations")


def convert(obj: JsonObject, desired_api_version: str) -> JsonObject:
    """Return `obj` in the wanted version, `obj` itself unchanged. ConfigError for a version that does not exist."""
    versions = (obj.get("apiVersion"), desired_api_version)
    if versions[0] == versions[1]:
        return json_copy(obj)
    if versions == (OLDER_VERSION, STORAGE_VERSION):
        return _across(obj, desired_api_version, V1BETA1_ONLY, V1ALPHA1_ONLY, _to_beta, _to_alpha)
    if versions == (STORAGE_VERSION, OLDER_VERSION):
        return _across(obj, desired_api_version, V1ALPHA1_ONLY, V1BETA1_ONLY, _to_alpha, _to_beta)
    raise ConfigError(f"cannot convert {obj.get('kind')} from {versions[0]} to {versions[1]}; known: v1alpha1, v1beta1")


def unparseable_config(obj: JsonObject) -> str | None:
    """Return what is wrong with the v1alpha1 text that this v1beta1 object came from, with line and column, or None."""
    if (obj.get("spec") or {}).get("config") != parsed_config("")[0]:
        return None
    for patch in _patches(obj, V1ALPHA1_ONLY):
        if isinstance(patch, dict) and patch.get("path") == ["spec", "config"] and isinstance(patch.get("value"), str):
            return parsed_config(patch["value"])[1]
    return None


def not_kept(obj: JsonObject) -> Finding | None:
    """Say why writing this v1beta1 object would lose something of what its author wrote or did not see, or None."""
    if _annotations(obj).get(V1ALPHA1_ONLY) == _TOO_LARGE:
        return at(
            Rule.CONVERSION,
            ("spec", "config"),
            f"the v1alpha1 text is too large to be kept in the annotation {V1ALPHA1_ONLY} beside what is "
            "made of it; shorten its comments",
        )
    if _annotations(obj).get(V1BETA1_ONLY) == _TOO_LARGE:
        return at(
            Rule.CONVERSION,
            ("spec",),
            f"what v1alpha1 lacks is too large to be kept in the annotation {V1BETA1_ONLY}; "
            f"write the object as {STORAGE_VERSION}, without that annotation",
        )
    return None


def rebased(before: JsonObject, after: JsonObject) -> JsonObject:
    """Return `after` (`before` with defaults, both v1beta1) such that v1alpha1 readers still see what their author wrote.

    A default would count as an edit otherwise. Whoever applies the same v1alpha1 manifest again would then see a difference
    for ever.
    """
    patches = _patches(after, V1ALPHA1_ONLY)
    moved = stash.moved(patches, _to_alpha(json_copy(before)), _to_alpha(json_copy(after))) if patches else patches
    if moved == patches:
        return after
    return {
        **after,
        "metadata": {**after["metadata"], "annotations": {**_annotations(after), V1ALPHA1_ONLY: stash.encode(moved)}},
    }


def _across(obj: JsonObject, version: str, take: str, leave: str, forth: Convert, back: Convert) -> JsonObject:
    source = json_copy(obj)
    annotations = _annotations(source)
    remembered, marked = annotations.get(take), [name for name in (take, leave) if annotations.get(name) == _TOO_LARGE]
    for name in (take, leave):
        annotations.pop(name, None)
    if not annotations and remembered is not None:
        del source["metadata"]["annotations"]
    target = forth(json_copy(source))
    if remembered is not None:
        target = stash.restored(target, stash.decode(str(remembered)))
    lost = [p for p in stash.differences(source, back(json_copy(target))) if p["path"][0] in ("spec", "status")]
    target["apiVersion"] = version
    for name in marked:
        # The API server converts a request forth and back several times before validation sees it.
        _annotate(target, name, _TOO_LARGE)
    if lost and leave not in marked:
        text = stash.encode(lost)
        room = _ALL_ANNOTATIONS - sum(len(key.encode()) + len(str(value).encode()) for key, value in annotations.items())
        _annotate(target, leave, text if len(leave) + len(text) <= room else _TOO_LARGE)
    return target


def _annotations(obj: JsonObject) -> JsonObject:
    metadata = obj.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    return annotations if isinstance(annotations, dict) else {}


def _annotate(obj: JsonObject, name: str, text: str) -> None:
    metadata = obj.get("metadata") or {}
    obj["metadata"] = {**metadata, "annotations": {**_annotations(obj), name: text}}


def _patches(obj: JsonObject, name: str) -> list[Any]:
    patches = stash.decode(str(_annotations(obj).get(name, "")))
    return patches if isinstance(patches, list) else []


def _to_beta(obj: JsonObject) -> JsonObject:
    spec = obj.get("spec")
    if not isinstance(spec, dict):
        return obj
    if isinstance(spec.get("config"), str):
        spec["config"] = parsed_config(spec["config"])[0]
    _rename(spec, "updateStrategy", "daemonSetUpdateStrategy")
    allocator = _at(spec, "targetAllocator")
    if allocator is not None and allocator.get("filterStrategy") not in (None, *FILTER_STRATEGIES):
        allocator["filterStrategy"] = ""
    for name, value in _SCHEMA_DEFAULTS.items():
        spec.setdefault(name, value)
    for name in ("minReplicas", "maxReplicas"):
        value = spec.pop(name, None)
        if value is not None and isinstance(spec.setdefault("autoscaler", {}), dict):
            spec["autoscaler"].setdefault(name, value)
    for holder in (spec, spec.get("targetAllocator")):
        _rename_in(holder, ("observability", "metrics"), *_ANNOTATION_SPELLINGS)
    prometheus = _at(spec, "targetAllocator", "prometheusCR")
    for name in _SELECTORS if prometheus is not None else ():
        if prometheus.get(name) is None:
            # In v1alpha1 an absent selector selects all, in v1beta1 none.
            prometheus[name] = {}
        elif isinstance(prometheus[name], dict):
            prometheus[name] = {"matchLabels": prometheus[name]} if prometheus[name] else {}
    return obj


def _to_alpha(obj: JsonObject) -> JsonObject:
    spec = obj.get("spec")
    if not isinstance(spec, dict):
        return obj
    if isinstance(spec.get("config"), dict):
        spec["config"] = config_text(spec["config"])
    for name in _V1BETA1_SPEC_FIELDS:
        spec.pop(name, None)
    _rename(spec, "daemonSetUpdateStrategy", "updateStrategy")
    for holder in (spec, spec.get("targetAllocator")):
        metrics = _at(holder, "observability", "metrics")
        if metrics is not None:
            metrics.pop("extraLabels", None)
            _rename(metrics, *reversed(_ANNOTATION_SPELLINGS))
    allocator = _at(spec, "targetAllocator")
    for name in _V1BETA1_ALLOCATOR_FIELDS if allocator is not None else ():
        allocator.pop(name, None)
    prometheus = _at(spec, "targetAllocator", "prometheusCR")
    if prometheus is not None:
        for name in prometheus.keys() - _V1ALPHA1_PROMETHEUS_FIELDS:
            del prometheus[name]
        for name in _SELECTORS:
            if isinstance(prometheus.get(name), dict):
                labels = prometheus[name].get("matchLabels")
                prometheus[name] = labels if isinstance(labels, dict) else {}
    return obj


def _at(holder: Any, *path: str) -> Any:
    """Return the map at `path`, None when there is none."""
    for key in path:
        holder = holder.get(key) if isinstance(holder, dict) else None
    return holder if isinstance(holder, dict) else None


def _rename(holder: JsonObject, old: str, new: str) -> None:
    if old in holder and new not in holder:
        holder[new] = holder.pop(old)


def _rename_in(holder: Any, path: tuple[str, ...], old: str, new: str) -> None:
    found = _at(holder, *path)
    if found is not None:
        _rename(found, old, new)
