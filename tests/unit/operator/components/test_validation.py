from copy import deepcopy
from typing import NamedTuple

import pytest

from otel_operator.api.conversion import convert
from otel_operator.api.finding import Rule, sentences
from otel_operator.components.defaulting import default_collector
from otel_operator.components.validation import config_problems, validate_collector

OURS = "ghcr.io/x/collector:1"


class Said(NamedTuple):
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    allowed: bool


def verdict(new, old=None):
    """The verdict with its sentences only."""
    found = validate_collector(new, old, default_image=OURS)
    return Said(sentences(found.errors), sentences(found.warnings), found.allowed)


def error(new, old=None):
    """The only error."""
    (found,) = verdict(new, old).errors
    return found


def with_config(collector, section, **components):
    """Define components and put them to use."""
    config = collector["spec"]["config"]
    config.setdefault(section, {}).update(components)
    if section == "extensions":
        config["service"]["extensions"] = list(config[section])
    else:
        config["service"]["pipelines"]["traces"][section] = list(config[section])
    return collector


def test_valid_collector_is_allowed_without_warnings(make_collector):
    found = verdict(make_collector())
    assert (found.errors, found.warnings, found.allowed) == ((), (), True)


@pytest.mark.parametrize(
    ("spec", "rule", "path"),
    [
        ({"mode": "sidecar", "tolerations": [{}]}, Rule.MODE, ("spec", "tolerations")),
        ({"ports": [{"name": "a", "port": 1}, {"name": "a", "port": 2}]}, Rule.PORTS, ("spec", "ports", 1, "name")),
        ({"autoscaler": {"minReplicas": 1}}, Rule.AUTOSCALER, ("spec", "autoscaler", "maxReplicas")),
        ({"ingress": {"ruleType": "subdomain"}}, Rule.INGRESS, ("spec", "ingress", "hostname")),
    ],
)
def test_errors_say_which_rule_and_which_field(make_collector, spec, rule, path):
    (found,) = validate_collector(make_collector(**spec), None, default_image=OURS).errors
    assert (found.rule, found.path) == (rule, path)


def test_a_mistake_in_the_configuration_has_the_path_of_the_object(make_collector):
    collector = with_config(make_collector(), "exporters", **{"debug/a.b": {"verbositty": "x"}})
    (found,) = validate_collector(collector, None, default_image=OURS).errors
    assert (found.rule, found.path) == (Rule.CONFIG, ("spec", "config", "exporters", "debug/a.b", "verbositty"))


def test_mode_cannot_change(make_collector):
    message = error(make_collector(mode="daemonset"), make_collector())
    assert message.startswith(
        "spec.mode: the OpenTelemetry Collector mode is set to deployment, which does not support modification"
    )


def test_mode_left_out_is_a_deployment(make_collector):
    old = make_collector()
    del old["spec"]["mode"]
    assert verdict(make_collector(), old).errors == ()


@pytest.mark.parametrize(
    ("mode", "field", "value"),
    [
        ("deployment", "volumeClaimTemplates", [{"metadata": {"name": "a"}}]),
        ("daemonset", "persistentVolumeClaimRetentionPolicy", {"whenDeleted": "Delete"}),
        ("sidecar", "tolerations", [{"operator": "Exists"}]),
        ("sidecar", "priorityClassName", "high"),
        ("sidecar", "affinity", {"nodeAffinity": {}}),
        ("sidecar", "additionalContainers", [{"name": "a"}]),
    ],
)
def test_field_that_the_mode_does_not_support_is_refused(make_collector, mode, field, value):
    expected = f"the OpenTelemetry Collector mode is set to {mode}, which does not support the attribute '{field}'"
    message = error(make_collector(mode=mode, **{field: value}))
    assert message.startswith(f"spec.{field}: {expected}")


def test_empty_field_that_the_mode_does_not_support_is_allowed(make_collector):
    assert verdict(make_collector(mode="sidecar", tolerations=[], affinity=None, priorityClassName="")).allowed


@pytest.mark.parametrize(
    ("mode", "field"), [("deployment", "daemonSetUpdateStrategy"), ("statefulset", "deploymentUpdateStrategy")]
)
def test_update_strategy_of_another_mode_is_refused(make_collector, mode, field):
    assert error(make_collector(mode=mode, **{field: {"type": "RollingUpdate"}})).startswith(f"spec.{field}.type: ")
    assert verdict(make_collector(mode=mode, **{field: {}})).allowed


@pytest.mark.parametrize(
    ("port", "path"),
    [
        ({"port": 1}, "spec.ports[0].name"),
        ({"name": "a" * 16, "port": 1}, "spec.ports[0].name"),
        ({"name": "UP", "port": 1}, "spec.ports[0].name"),
        ({"name": "a", "port": 0}, "spec.ports[0].port"),
        ({"name": "a", "port": 65536}, "spec.ports[0].port"),
    ],
)
def test_spec_port_needs_a_valid_name_and_number(make_collector, port, path):
    assert error(make_collector(ports=[port])).startswith(path)


def test_spec_ports_that_a_service_cannot_hold_together_are_refused(make_collector):
    same_name = [{"name": "a", "port": 1}, {"name": "a", "port": 2}]
    assert error(make_collector(ports=same_name)).startswith("spec.ports[1].name: the same as that of spec.ports[0]")
    same_port = [{"name": "a", "port": 1}, {"name": "b", "port": 1, "protocol": "TCP"}]
    assert error(make_collector(ports=same_port)).startswith("spec.ports[1].port: the same as that of spec.ports[0]")
    assert verdict(make_collector(ports=[{"name": "a", "port": 1}, {"name": "b", "port": 1, "protocol": "UDP"}])).allowed


@pytest.mark.parametrize(
    ("autoscaler", "path"),
    [
        ({"minReplicas": 1}, "spec.autoscaler.maxReplicas"),
        ({"maxReplicas": 5, "minReplicas": 6}, "spec.autoscaler.minReplicas"),
        ({"maxReplicas": 5, "behavior": {"scaleUp": {"stabilizationWindowSeconds": 3601}}}, "spec.autoscaler.behavior.scaleUp"),
        ({"maxReplicas": 5, "behavior": {"scaleDown": {"stabilizationWindowSeconds": -1}}}, "spec.autoscaler.behavior.scaleDown"),
        ({"maxReplicas": 5, "metrics": [{"type": "Resource"}]}, "spec.autoscaler.metrics[0].type"),
        (
            {"maxReplicas": 5, "metrics": [{"type": "Pods", "pods": {"target": {"type": "Utilization"}}}]},
            "spec.autoscaler.metrics[0].pods.target.type",
        ),
        (
            {"maxReplicas": 5, "metrics": [{"type": "Pods", "pods": {"target": {"type": "AverageValue", "averageValue": "0"}}}]},
            "spec.autoscaler.metrics[0].pods.target.averageValue",
        ),
        (
            {"maxReplicas": 5, "metrics": [{"type": "Pods", "pods": {"target": {"type": "Value", "value": "100m"}}}]},
            "spec.autoscaler.metrics[0].pods.target.value",
        ),
    ],
)
def test_autoscaler_that_cannot_work_is_refused(make_collector, autoscaler, path):
    assert error(make_collector(autoscaler=autoscaler)).startswith(path)


def test_replicas_above_the_autoscalers_maximum_are_refused(make_collector):
    errors = verdict(make_collector(replicas=6, autoscaler={"maxReplicas": 5, "minReplicas": 1})).errors
    assert [e.partition(":")[0] for e in errors] == ["spec.replicas"]


def test_autoscaler_does_not_keep_later_rules_from_running(make_collector):
    errors = verdict(make_collector(autoscaler={"maxReplicas": 5}, ingress={"ruleType": "subdomain", "hostname": "*"})).errors
    assert [e.partition(":")[0] for e in errors] == ["spec.ingress.hostname"]


def test_ingress_is_refused_for_a_sidecar(make_collector):
    assert error(make_collector(mode="sidecar", ingress={"type": "ingress"})).startswith("spec.ingress.type")
    assert verdict(make_collector(mode="sidecar", ingress={"type": "route"})).allowed


def test_port_that_cannot_be_told_is_refused_for_any_image(make_collector):
    message = error(with_config(make_collector(image="other:1"), "receivers", tcplog={}))
    assert message.startswith("the OpenTelemetry config is incorrect. The port numbers are invalid: spec.config.receivers.tcplog")


def test_dangling_reference_is_refused_for_any_image(make_collector):
    for image in (None, OURS, "other:1"):
        collector = make_collector(image=image)
        collector["spec"]["config"]["service"]["pipelines"]["traces"]["exporters"] = ["otlp/x"]
        assert any("service::pipelines::traces" in e and "otlp/x" in e for e in verdict(collector).errors)


def test_unknown_component_is_refused_for_the_bundled_image_only(make_collector):
    assert any("nosuch" in e for e in verdict(with_config(make_collector(), "exporters", nosuch={})).errors)
    assert verdict(with_config(make_collector(image="other:1"), "exporters", nosuch={})).allowed


def test_unknown_setting_is_refused_for_the_bundled_image_and_else_a_warning(make_collector):
    found = verdict(with_config(make_collector(), "exporters", debug={"verbositty": "x"}))
    assert any("exporters::debug" in e and "verbositty" in e for e in found.errors)
    found = verdict(with_config(make_collector(image="other:1"), "exporters", debug={"verbositty": "x"}))
    assert found.allowed
    assert any("verbositty" in w and "spec.image may take it" in w for w in found.warnings)


def test_config_problems_are_the_errors_that_concern_the_config(make_collector):
    collector = with_config(make_collector(ports=[{"port": 1}]), "receivers", tcplog={})
    problems = config_problems(collector, OURS)
    assert problems
    assert all("spec.config" in problem for problem in problems)


def test_memory_limiter_without_check_interval_is_allowed(make_collector):
    collector = with_config(make_collector(), "processors", memory_limiter={"limit_mib": 200}, batch={})
    assert verdict(collector).errors == ()


def test_prometheus_exporter_on_the_collectors_own_metrics_port_is_refused(make_collector):
    errors = config_problems(with_config(make_collector(image="other:1"), "exporters", prometheus={}), OURS)
    assert "0.0.0.0:8889" in errors[0]


def test_null_objects_are_one_warning_with_their_paths(make_collector):
    collector = with_config(make_collector(), "exporters", debug=None)
    collector["spec"]["config"]["receivers"]["otlp"]["protocols"]["http"] = None
    (warning,) = verdict(collector).warnings
    assert "null objects: receivers.otlp.protocols.http:, exporters.debug:." in warning


def test_long_name_is_a_warning(make_collector):
    assert verdict(make_collector("a" * 43)).warnings == ()
    assert verdict(make_collector("a" * 44)).warnings[0].startswith("metadata.name: 44 characters")


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"targetAllocator": {"enabled": True}}, "spec.targetAllocator"),
        ({"ingress": {"type": "ingress"}}, "spec.ingress"),
        ({"httpRoute": {"enabled": True, "gateway": "gw"}}, "spec.httpRoute"),
        ({"networkPolicy": {"enabled": True}}, "spec.networkPolicy"),
        ({"autoscaler": {"maxReplicas": 2}}, "spec.autoscaler"),
        ({"podDisruptionBudget": {"minAvailable": 1}}, "spec.podDisruptionBudget"),
        ({"observability": {"metrics": {"enableMetrics": True}}}, "spec.observability.metrics.enableMetrics"),
    ],
)
def test_field_without_effect_yet_is_a_warning(make_collector, spec, path):
    found = verdict(make_collector(**spec))
    assert found.allowed
    assert [w.partition(":")[0] for w in found.warnings] == [path]


def test_component_that_needs_cluster_permissions_is_a_warning_with_the_service_account(make_collector):
    collector = with_config(make_collector(image="other:1"), "receivers", k8s_cluster={})
    collector = with_config(collector, "processors", resourcedetection={"detectors": ["k8snode"]})
    (warning,) = verdict(collector).warnings
    assert "processors.resourcedetection, receivers.k8s_cluster" in warning
    assert "ServiceAccount simplest-collector" in warning


@pytest.mark.parametrize(
    ("resolver", "warned"), [({"k8s": {"service": "gateway"}}, True), ({"dns": {"hostname": "gateway"}}, False)]
)
@pytest.mark.parametrize("kind", ["load_balancing", "loadbalancing"])
def test_load_balancer_needs_cluster_permissions_for_the_k8s_resolver_only(make_collector, kind, resolver, warned):
    collector = with_config(make_collector(image="other:1"), "exporters", **{kind: {"resolver": resolver}})
    assert [f"exporters.{kind}" in warning for warning in verdict(collector).warnings] == [True] * warned


def test_own_metrics_port_that_cannot_be_read_is_a_warning(make_collector):
    collector = make_collector(image="other:1")
    collector["spec"]["config"]["service"]["telemetry"] = {"metrics": {"address": "0.0.0.0:${env:PORT}"}}
    assert any("telemetry.metrics.address" in warning for warning in verdict(collector).warnings)


@pytest.mark.parametrize("spec", [None, {}, {"config": None}, {"config": "text"}, {"config": {"service": []}, "autoscaler": 1}])
def test_object_of_any_shape_is_judged_without_failing_and_left_unchanged(make_collector, spec):
    collector = make_collector() | {"spec": spec}
    before = deepcopy(collector)
    verdict(collector)
    assert collector == before


def test_port_that_is_used_twice_is_a_warning(make_collector):
    collector = with_config(make_collector(), "exporters", prometheus={"endpoint": "0.0.0.0:8888"})
    collector = with_config(collector, "receivers", **{"otlp/b": {"protocols": {"grpc": {"endpoint": "0.0.0.0:4317"}}}})
    warnings = [w for w in verdict(collector).warnings if "the second to start" in w]
    assert warnings == [
        "spec.config: port otlp-grpc is 4317/TCP, as is port otlp-b-grpc; the second to start will fail",
        "spec.config: port prometheus is 8888/TCP, as is the collector's own metrics; the second to start will fail",
    ]


def test_v1alpha1_text_that_is_not_yaml_is_refused_with_line_and_column():
    written = {
        "apiVersion": "opentelemetry.io/v1alpha1",
        "kind": "OpenTelemetryCollector",
        "metadata": {"name": "a", "namespace": "ns1"},
        "spec": {"config": "receivers:\n  otlp: {}\n exporters: {}\n"},
    }
    collector = default_collector(convert(written, "opentelemetry.io/v1beta1")).object
    (message,) = verdict(collector).errors
    assert message.startswith("spec.config: the text is not YAML: ")
    assert "line 3, column 2" in message
    assert verdict(collector).warnings == ()
    assert config_problems(collector, OURS) == (message,)
