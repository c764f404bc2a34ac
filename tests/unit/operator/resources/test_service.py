import pytest

from otel_operator.settings import Settings

MAIN = "Service/simplest-collector"
HEADLESS = "Service/simplest-collector-headless"
MONITORING = "Service/simplest-collector-monitoring"
EXTENSION = "Service/simplest-collector-extension"
ALIAS = "Service/simplest"


def names(service):
    return [port["name"] for port in service["spec"]["ports"]]


def without_receivers(collector):
    collector["spec"]["config"]["receivers"] = {"hostmetrics": {}}
    collector["spec"]["config"]["service"]["pipelines"]["traces"]["receivers"] = ["hostmetrics"]
    return collector


def test_services_are_told_apart_by_their_type_label(make_collector, children):
    collector = make_collector()
    collector["spec"]["config"] |= {"extensions": {"health_check": {}}}
    collector["spec"]["config"]["service"]["extensions"] = ["health_check"]
    built = children(collector)
    kinds = {
        name: built[name]["metadata"]["labels"]["operator.opentelemetry.io/collector-service-type"]
        for name in (MAIN, HEADLESS, MONITORING, EXTENSION, ALIAS)
    }
    assert kinds == {MAIN: "base", HEADLESS: "headless", MONITORING: "monitoring", EXTENSION: "extension", ALIAS: "alias"}


def test_monitoring_service_serves_the_telemetry_port(make_collector, children):
    collector = make_collector()
    collector["spec"]["config"]["service"]["telemetry"] = {"metrics": {"address": "0.0.0.0:9090"}}
    assert children(collector)[MONITORING]["spec"]["ports"] == [{"name": "monitoring", "port": 9090, "protocol": "TCP"}]


def test_collector_without_ports_has_a_monitoring_service_only(make_collector, children):
    built = children(without_receivers(make_collector()))
    assert [name for name in built if name.startswith("Service/")] == [MONITORING]


def test_statefulset_has_its_governing_service_even_without_ports(make_collector, children):
    built = children(without_receivers(make_collector(mode="statefulset")))
    assert built[HEADLESS]["spec"]["clusterIP"] == "None"
    assert "ports" not in built[HEADLESS]["spec"]
    assert built["StatefulSet/simplest-collector"]["spec"]["serviceName"] == "simplest-collector-headless"
    assert MAIN not in built


def test_statefulset_with_a_governing_service_of_the_user_needs_none(make_collector, children):
    assert HEADLESS not in children(without_receivers(make_collector(mode="statefulset", serviceName="mine")))


@pytest.mark.parametrize(("mode", "policy"), [("daemonset", "Local"), ("deployment", "Cluster"), ("statefulset", "Cluster")])
def test_daemonset_is_reached_on_the_own_node(make_collector, children, mode, policy):
    built = children(make_collector(mode=mode))
    for name in (MAIN, HEADLESS, ALIAS):
        assert built[name]["spec"]["internalTrafficPolicy"] == policy
    assert "internalTrafficPolicy" not in built[MONITORING]["spec"]


def test_headless_service_has_a_serving_certificate_that_the_user_may_name(make_collector, children):
    key = "service.beta.openshift.io/serving-cert-secret-name"
    assert children(make_collector())[HEADLESS]["metadata"]["annotations"][key] == "simplest-collector-headless-tls"
    own = make_collector(metadata={"annotations": {key: "mine"}})
    assert children(own)[HEADLESS]["metadata"]["annotations"][key] == "mine"


def test_grpc_is_h2c_behind_an_openshift_route(make_collector, children):
    ports = children(make_collector(ingress={"type": "route"}))[MAIN]["spec"]["ports"]
    assert [port["appProtocol"] for port in ports] == ["h2c", "http"]


def test_traffic_fields_reach_the_services_they_mean(make_collector, children):
    fields = {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv4"], "trafficDistribution": "PreferClose"}
    built = children(make_collector(**fields, sessionAffinity="ClientIP"))
    for name in (MAIN, HEADLESS, MONITORING, ALIAS):
        spec = built[name]["spec"]
        assert {key: spec[key] for key in fields} == fields
        assert spec["sessionAffinity"] == "ClientIP"


def test_alias_equals_the_main_service_and_yields_to_a_foreign_one(make_collector, children):
    built = children(make_collector())
    assert built[ALIAS]["spec"] == built[MAIN]["spec"]
    assert built[ALIAS]["metadata"]["annotations"]["operator.opentelemetry.io/yield-to-foreign"] == "true"


@pytest.mark.parametrize(
    ("setting", "annotation", "made"),
    [(True, None, True), (False, None, False), (True, "false", False), (False, "true", True), (True, "no", True)],
)
def test_alias_is_made_as_annotation_or_setting_say(make_collector, children, setting, annotation, made):
    metadata = {"annotations": {"operator.opentelemetry.io/alias-service": annotation}} if annotation else {}
    built = children(make_collector(metadata=metadata), Settings(alias_service=setting))
    assert (ALIAS in built) is made


def test_name_that_is_no_service_name_gets_no_alias(make_collector, children):
    assert "Service/a.b" not in children(make_collector("a.b"))


def test_spec_ports_come_first_in_services(make_collector, children):
    ports = [{"name": "otlp-grpc", "port": 9999}, {"name": "z", "port": 9411, "hostPort": 9411, "targetPort": "zip"}]
    built = children(make_collector(ports=ports))
    assert names(built[MAIN]) == ["otlp-grpc", "z", "port-4317", "otlp-http"]
    assert built[MAIN]["spec"]["ports"][1] == {"name": "z", "port": 9411, "targetPort": "zip", "protocol": "TCP"}
