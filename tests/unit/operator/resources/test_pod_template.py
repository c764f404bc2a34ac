import pytest

from otel_operator.settings import Settings

WORKLOAD = "Deployment/simplest-collector"


def template(built, name=WORKLOAD):
    return built[name]["spec"]["template"]


def container(built, name=WORKLOAD):
    return template(built, name)["spec"]["containers"][0]


def test_config_change_renames_the_config_map_and_marks_the_pods(make_collector, children):
    one, two = make_collector(), make_collector()
    two["spec"]["config"]["exporters"]["debug"] = {"verbosity": "detailed"}
    marks = set()
    for collector in (one, two):
        built = children(collector)
        sha256 = template(built)["metadata"]["annotations"]["opentelemetry-operator-config/sha256"]
        assert f"ConfigMap/simplest-collector-{sha256[:8]}" in built
        assert template(built)["spec"]["volumes"][0]["configMap"] == {
            "name": f"simplest-collector-{sha256[:8]}",
            "items": [{"key": "collector.yaml", "path": "collector.yaml"}],
        }
        marks.add(sha256)
    assert len(marks) == 2


def test_args_begin_with_the_config_and_cannot_replace_it(make_collector, children):
    built = children(make_collector(args={"set": "a=b", "feature-gates": "+x", "config": "y"}))
    assert container(built)["args"] == ["--config=/conf/collector.yaml", "--feature-gates=+x", "--set=a=b"]


def test_container_ports_are_sorted_by_name_with_host_ports(make_collector, children):
    ports = [{"name": "z", "port": 4317, "hostPort": 14317}, {"name": "z", "port": 5, "protocol": "UDP"}]
    assert container(children(make_collector(ports=ports)))["ports"] == [
        {"name": "metrics", "containerPort": 8888, "protocol": "TCP"},
        {"name": "otlp-http", "containerPort": 4318, "protocol": "TCP"},
        {"name": "port-5", "containerPort": 5, "protocol": "UDP"},
        {"name": "z", "containerPort": 4317, "protocol": "TCP", "hostPort": 14317},
    ]


def test_extra_config_maps_are_mounted_after_the_users_volumes(make_collector, children):
    collector = make_collector(
        volumes=[{"name": "v", "emptyDir": {}}],
        volumeMounts=[{"name": "v", "mountPath": "/v"}],
        configmaps=[{"name": "rules", "mountpath": "/extra"}],
    )
    built = children(collector)
    assert [volume["name"] for volume in template(built)["spec"]["volumes"]] == ["otc-internal", "v", "configmap-rules"]
    assert container(built)["volumeMounts"] == [
        {"name": "otc-internal", "mountPath": "/conf"},
        {"name": "v", "mountPath": "/v"},
        {"name": "configmap-rules", "mountPath": "/var/conf/extra/configmap-rules"},
    ]


@pytest.mark.parametrize(
    ("spec", "policy"),
    [
        ({}, "ClusterFirst"),
        ({"hostNetwork": True}, "ClusterFirstWithHostNet"),
        ({"hostNetwork": True, "podDnsConfig": {"nameservers": ["1.1.1.1"]}}, "None"),
        ({"podDnsConfig": {"searches": ["a"]}}, "ClusterFirst"),
        ({"hostNetwork": True, "dnsPolicy": "Default"}, "Default"),
    ],
)
def test_dns_policy_follows_from_network_and_dns_config(make_collector, children, spec, policy):
    assert template(children(make_collector(**spec)))["spec"]["dnsPolicy"] == policy


def test_empty_structs_of_the_spec_are_not_applied(make_collector, children):
    empty = {
        "resources": {},
        "securityContext": {},
        "podSecurityContext": None,
        "tolerations": [],
        "nodeSelector": {},
        "env": None,
    }
    assert children(make_collector(**empty, deploymentUpdateStrategy={})) == children(make_collector())


def test_security_context_is_the_users_only(make_collector, children):
    built = children(make_collector())
    assert "securityContext" not in container(built)
    assert "securityContext" not in template(built)["spec"]
    built = children(make_collector(securityContext={"runAsUser": 1}, podSecurityContext={"fsGroup": 2}))
    assert container(built)["securityContext"] == {"runAsUser": 1}
    assert template(built)["spec"]["securityContext"] == {"fsGroup": 2}


def test_image_of_the_spec_goes_before_the_default(make_collector, children):
    assert container(children(make_collector()))["image"] == "ghcr.io/x/collector:1.2.3"
    built = children(make_collector(image="other:2"))
    assert container(built)["image"] == "other:2"
    assert template(built)["metadata"]["labels"]["app.kubernetes.io/version"] == "2"


def test_scrape_annotation_names_the_port_that_serves_metrics(make_collector, children):
    collector = make_collector()
    collector["spec"]["config"]["service"]["telemetry"] = {"metrics": {"address": "0.0.0.0:9090"}}
    assert template(children(collector))["metadata"]["annotations"]["prometheus.io/port"] == "9090"
    collector["spec"]["observability"] = {"metrics": {"disablePrometheusAnnotations": True}}
    assert "prometheus.io/port" not in template(children(collector))["metadata"]["annotations"]


def test_labels_filter_is_for_workloads_only(make_collector, children):
    collector = make_collector(metadata={"labels": {"argocd": "x"}})
    built = children(collector, Settings(labels_filter=("^argocd$",)))
    assert "argocd" not in built[WORKLOAD]["metadata"]["labels"]
    assert "argocd" not in template(built)["metadata"]["labels"]
    assert built["ServiceAccount/simplest-collector"]["metadata"]["labels"]["argocd"] == "x"


def test_topology_spread_is_not_for_daemonsets(make_collector, children):
    spread = [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}]
    assert "topologySpreadConstraints" in template(children(make_collector(topologySpreadConstraints=spread)))["spec"]
    built = children(make_collector(mode="daemonset", topologySpreadConstraints=spread))
    assert "topologySpreadConstraints" not in template(built, "DaemonSet/simplest-collector")["spec"]


@pytest.mark.parametrize(
    ("spec", "replicas"),
    [
        ({}, 1),
        ({"replicas": 0}, 0),
        ({"replicas": 3}, 3),
        ({"replicas": 1, "autoscaler": {"minReplicas": 2, "maxReplicas": 5}}, 2),
    ],
)
def test_replicas_are_those_of_the_spec_but_not_below_the_autoscalers_minimum(make_collector, children, spec, replicas):
    assert children(make_collector(**spec))[WORKLOAD]["spec"]["replicas"] == replicas


def test_account_of_the_user_is_used_and_none_is_made(make_collector, children):
    built = children(make_collector(serviceAccount="mine"))
    assert not [name for name in built if name.startswith("ServiceAccount/")]
    assert template(built)["spec"]["serviceAccountName"] == "mine"
