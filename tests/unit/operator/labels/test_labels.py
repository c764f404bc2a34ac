import pytest

from otel_operator import labels
from otel_operator.labels import (
    base_labels,
    copied_annotations,
    manager_selector,
    pod_annotations,
    selector_labels,
    version_label,
)


def collector(name="simplest", namespace="ns1", **metadata):
    return {"metadata": {"name": name, "namespace": namespace, **metadata}}


def test_selector_labels_are_those_of_the_go_operator():
    assert selector_labels(collector()) == {
        "app.kubernetes.io/managed-by": "opentelemetry-operator",
        "app.kubernetes.io/instance": "ns1.simplest",
        "app.kubernetes.io/part-of": "opentelemetry",
        "app.kubernetes.io/component": "opentelemetry-collector",
    }


def test_instance_of_a_very_long_name_loses_the_namespace():
    name = "x" * 69
    assert selector_labels(collector(name))["app.kubernetes.io/instance"] == "x" * 62


def test_own_labels_come_along_but_cannot_override_the_operators():
    own = {"team": "a", labels.MANAGED_BY: "helm", labels.NAME: "mine"}
    built = base_labels(collector(labels=own), name="simplest-collector", image="x:1")
    assert built["team"] == "a"
    assert built[labels.MANAGED_BY] == "opentelemetry-operator"
    assert built[labels.NAME] == "mine"


def test_labels_that_a_pattern_finds_stay_behind():
    own = {"team": "a", "argocd.argoproj.io/instance": "b"}
    built = base_labels(collector(labels=own), name="n", image="x:1", labels_filter=[r"argocd"])
    assert "argocd.argoproj.io/instance" not in built
    assert built["team"] == "a"


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("ghcr.io/x/y:1.2.3", "1.2.3"),
        ("ghcr.io/x/y:1.2.3@sha256:" + "a" * 64, "1.2.3"),
        ("ghcr.io/x/y", "latest"),
        ("ghcr.io/x/y@sha256:" + "a" * 64, "a" * 63),
        ("reg:5000/otelcol:0.99.0", "0.99.0"),
        ("reg:5000/otelcol", "latest"),
        ("x:" + "v" * 128, "v" * 63),
    ],
)
def test_version_label_is_the_tag_of_the_image(image, version):
    assert version_label(image) == version


def test_manager_watches_by_managed_by():
    assert manager_selector() == "app.kubernetes.io/managed-by=opentelemetry-operator"


def test_annotations_that_are_filtered_or_private_or_for_the_operator_stay_behind():
    own = {"a": "1", "kubectl.kubernetes.io/last-applied-configuration": "{}", "stash": "x", labels.ALIAS_SERVICE: "false"}
    patterns = [r"^kubectl\.kubernetes\.io/last-applied-configuration$"]
    assert copied_annotations(collector(annotations=own), patterns, {"stash"}) == {"a": "1"}


def test_pod_annotations_say_where_to_scrape_and_which_config():
    assert pod_annotations({}, {"a": "cr"}, config_sha256="f" * 64, prometheus_port=8888) == {
        "a": "cr",
        "prometheus.io/scrape": "true",
        "prometheus.io/port": "8888",
        "prometheus.io/path": "/metrics",
        "operator.opentelemetry.io/prometheus-annotations-added": "true",
        "opentelemetry-operator-config/sha256": "f" * 64,
    }


def test_pod_annotations_of_the_user_win():
    annotations = pod_annotations({"prometheus.io/port": "9", "a": "pod"}, {"a": "cr"}, config_sha256="x", prometheus_port=8888)
    assert annotations["prometheus.io/port"] == "9"
    assert annotations["a"] == "pod"


def test_scrape_annotations_that_the_user_gave_wholly_leave_no_marker():
    given = {"prometheus.io/scrape": "false", "prometheus.io/port": "1", "prometheus.io/path": "/"}
    assert labels.PROMETHEUS_ADDED not in pod_annotations(given, {}, config_sha256="x", prometheus_port=8888)


def test_scrape_annotations_can_be_switched_off():
    assert pod_annotations({}, {}, config_sha256="x", prometheus_port=None) == {labels.CONFIG_SHA256: "x"}
