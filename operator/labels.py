"""Labels, selectors and annotations of a collector's children.

Selector labels equal the Go operator's to the letter: selectors of workloads are immutable, so any difference would mean
deleting and remaking every workload on takeover.
"""

import re
from collections.abc import Collection, Iterable, Mapping

from otel_operator.json_types import JsonObject
from otel_operator.naming import MAX_LABEL, truncate

MANAGED_BY = "app.kubernetes.io/managed-by"
INSTANCE = "app.kubernetes.io/instance"
PART_OF = "app.kubernetes.io/part-of"
COMPONENT = "app.kubernetes.io/component"
VERSION = "app.kubernetes.io/version"
NAME = "app.kubernetes.io/name"

OPERATOR = "opentelemetry-operator"
COLLECTOR = "opentelemetry-collector"

CONFIG_SHA256 = "opentelemetry-operator-config/sha256"
PROMETHEUS_ADDED = "operator.opentelemetry.io/prometheus-annotations-added"
"""Marks pods whose prometheus.io annotations came from the operator, so that they can be taken away again."""
ALIAS_SERVICE = "operator.opentelemetry.io/alias-service"
"""On the CR: "true" or "false" overrides the operator's --alias-service."""
YIELD_TO_FOREIGN = "operator.opentelemetry.io/yield-to-foreign"
"""On a child: "true" means that it is not written where an object of its name exists that the CR does not own."""

_OPERATOR_ONLY = frozenset({ALIAS_SERVICE})


def selector_labels(collector: JsonObject) -> dict[str, str]:
    """Return the labels by which Services and workloads select the pods of `collector`.

    The instance is `<namespace>.<name>` cut to 63 characters from the left, so that a long name loses its namespace first.
    """
    metadata = collector["metadata"]
    return {
        MANAGED_BY: OPERATOR,
        INSTANCE: truncate("%s.%s", MAX_LABEL, metadata.get("namespace", ""), metadata["name"]),
        PART_OF: "opentelemetry",
        COMPONENT: COLLECTOR,
    }


def base_labels(collector: JsonObject, *, name: str, image: str, labels_filter: Iterable[str] = ()) -> dict[str, str]:
    """Return the labels of a child called `name`.

    The CR's own labels come along but for those that a pattern of `labels_filter` finds; the operator's labels override them,
    except the name, which the user may set.
    """
    own = collector["metadata"].get("labels") or {}
    labels = {key: value for key, value in own.items() if not _matches(key, labels_filter)}
    labels |= selector_labels(collector)
    labels[VERSION] = version_label(image)
    labels.setdefault(NAME, name)
    return labels


def version_label(image: str) -> str:
    """Return the tag of `image`, or of an untagged one the start of its digest, or `latest`.

    The tag is looked for behind the last slash, so that a registry's port is not taken for one.
    """
    reference, _, digest = image.partition("@")
    tag = reference.rpartition("/")[2].partition(":")[2]
    version = tag or digest.partition(":")[2] or "latest"
    return version[:MAX_LABEL].strip("-_.")


def manager_selector() -> str:
    """Return the label selector under which the manager watches children."""
    return f"{MANAGED_BY}={OPERATOR}"


def copied_annotations(collector: JsonObject, annotations_filter: Iterable[str], private: Collection[str] = ()) -> dict[str, str]:
    """Return the CR's annotations that its children get: all but filtered, `private` and operator-only ones."""
    own = collector["metadata"].get("annotations") or {}
    kept_back = _OPERATOR_ONLY.union(private)
    return {key: value for key, value in own.items() if key not in kept_back and not _matches(key, annotations_filter)}


def pod_annotations(
    given: Mapping[str, str], copied: Mapping[str, str], *, config_sha256: str, prometheus_port: int | None
) -> dict[str, str]:
    """Return the annotations of a pod template.

    `given` are those of `spec.podAnnotations`, which win over `copied` ones of the CR. `prometheus_port` is that of the
    collector's own metrics, None where the user switched the scrape annotations off.
    """
    annotations = dict(copied) | dict(given)
    if prometheus_port is not None:
        scrape = {
            "prometheus.io/scrape": "true",
            "prometheus.io/port": str(prometheus_port),
            "prometheus.io/path": "/metrics",
        }
        missing = {key: value for key, value in scrape.items() if key not in annotations}
        if missing:
            annotations |= missing | {PROMETHEUS_ADDED: "true"}
    annotations[CONFIG_SHA256] = config_sha256
    return annotations


def filtered(annotations: Mapping[str, str], patterns: Iterable[str]) -> dict[str, str]:
    """Return `annotations` without those whose key a pattern finds."""
    return {key: value for key, value in annotations.items() if not _matches(key, patterns)}


def _matches(key: str, patterns: Iterable[str]) -> bool:
    return any(re.search(pattern, key) for pattern in patterns)
