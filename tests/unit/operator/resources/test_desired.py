import re
from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_operator.api.conversion import convert
from otel_operator.components.defaulting import default_collector
from otel_operator.components.validation import validate_collector
from otel_operator.resources.desired import desired
from otel_operator.settings import Settings


class BlockTextDumper(yaml.SafeDumper):
    """Writes text of several lines as a block, so that the configuration in a golden file can be read."""

    def ignore_aliases(self, data):
        return True


BlockTextDumper.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)
)

ROOT = Path(__file__).parents[4]
MODES = ("deployment", "daemonset", "statefulset", "sidecar")


def written_out(built):
    return yaml.dump_all(built.values(), Dumper=BlockTextDumper, sort_keys=False, width=120)


@pytest.mark.parametrize("mode", MODES)
def test_children_of_each_mode_are_as_recorded(make_collector, children, golden, mode):
    collector = make_collector(mode=mode, replicas=2)
    golden(f"{mode}.yaml", written_out(children(collector)))


def test_children_come_in_the_order_of_their_need(make_collector, children):
    kinds = [name.partition("/")[0] for name in children(make_collector())]
    assert kinds == ["ServiceAccount", "ConfigMap", "Service", "Service", "Service", "Service", "Deployment"]


def test_sidecar_collector_has_account_and_config_only(make_collector, children):
    kinds = [name.partition("/")[0] for name in children(make_collector(mode="sidecar", autoscaler={}))]
    assert kinds == ["ServiceAccount", "ConfigMap"]


def test_guides_agent_is_reachable_under_its_own_name(children, golden):
    written = yaml.safe_load((ROOT / "e2e/demo/manifests/otel-agent.yaml").read_text())
    written["metadata"]["namespace"] = "ns1"
    collector = convert(written, "opentelemetry.io/v1beta1")
    verdict = validate_collector(default_collector(collector).object, None, default_image=Settings().collector_image)
    assert (verdict.errors, verdict.warnings) == ((), ())
    built = children(collector)
    config_map = next(name for name in built if name.startswith("ConfigMap/otel-agent-collector-"))
    assert list(built) == [
        "ServiceAccount/otel-agent-collector",
        config_map,
        "Service/otel-agent-collector",
        "Service/otel-agent-collector-headless",
        "Service/otel-agent-collector-monitoring",
        "Service/otel-agent",
        "DaemonSet/otel-agent-collector",
    ]
    assert built["Service/otel-agent"]["spec"]["internalTrafficPolicy"] == "Local"
    assert built["Service/otel-agent"]["spec"]["ports"] == [
        {"name": "otlp-grpc", "port": 4317, "protocol": "TCP", "targetPort": 4317, "appProtocol": "grpc"}
    ]
    golden("guide-agent.yaml", written_out(built))


def everything_used(sections):
    """Pipelines and extensions that name all components but those called unused."""
    service = {"pipelines": {"traces": {}}}
    for section in ("receivers", "processors", "exporters"):
        service["pipelines"]["traces"][section] = [name for name in sections[section] if name != "unused"]
    return sections | {"service": service | {"extensions": list(sections["extensions"])}}


def test_large_collector_has_the_ports_that_the_go_operator_gives_it(make_collector, children):
    config = everything_used(
        {
            "receivers": {
                "otlp": {"protocols": {"grpc": None, "http": {"endpoint": ":4320", "tls": {"cert_file": "a"}}}},
                "zipkin": None,
                "foo/bar": {"endpoint": "1.2.3.4:7777"},
                "syslog": {"tcp": {"listen_address": "0.0.0.0:54526"}},
                "statsd/second": {},
                "kubeletstats": {"extra_metadata_labels": ["a"]},
                "k8s_cluster": {},
                "unused": {"endpoint": "0.0.0.0:1"},
            },
            "exporters": {
                "prometheus": {"endpoint": "0.0.0.0:8889"},
                "prometheus/longlonglonglong": {"endpoint": "0.0.0.0:8890"},
                "debug": None,
            },
            "extensions": {"health_check": {}, "pprof": {}},
            "processors": {"k8sattributes": {}, "resourcedetection": {}},
        }
    )
    collector = make_collector(
        config=config,
        image="reg:5000/otelcol:0.99.0",
        args={"feature-gates": "+x", "config": "y"},
        env=[{"name": "GOMEMLIMIT", "value": "1"}],
        ports=[{"name": "otlp-grpc", "port": 9999}, {"name": "z", "port": 9411}],
    )
    built = children(collector)
    container = built["Deployment/simplest-collector"]["spec"]["template"]["spec"]["containers"][0]
    assert [f"{p['name']} {p['containerPort']}/{p['protocol']}" for p in container["ports"]] == [
        "foo-bar 7777/TCP",
        "health-check 13133/TCP",
        "metrics 8888/TCP",
        "otlp-grpc 9999/TCP",
        "otlp-http 4320/TCP",
        "port-4317 4317/TCP",
        "port-8890 8890/TCP",
        "prometheus 8889/TCP",
        "statsd-second 8125/UDP",
        "z 9411/TCP",
    ]
    assert container["args"] == ["--config=/conf/collector.yaml", "--feature-gates=+x"]
    assert [variable["name"] for variable in container["env"]] == ["GOMEMLIMIT", "POD_NAME", "GOMAXPROCS", "K8S_NODE_NAME"]
    for service in ("simplest-collector", "simplest-collector-headless", "simplest"):
        assert [
            (p["name"], p["port"], p["protocol"], p.get("appProtocol")) for p in built[f"Service/{service}"]["spec"]["ports"]
        ] == [
            ("otlp-grpc", 9999, "TCP", None),
            ("z", 9411, "TCP", None),
            ("foo-bar", 7777, "TCP", None),
            ("port-4317", 4317, "TCP", "grpc"),
            ("otlp-http", 4320, "TCP", "http"),
            ("port-8890", 8890, "TCP", None),
            ("prometheus", 8889, "TCP", None),
            ("statsd-second", 8125, "UDP", None),
        ]
    assert [p["name"] for p in built["Service/simplest-collector-extension"]["spec"]["ports"]] == ["health-check"]
    assert built["Service/simplest"]["metadata"]["labels"]["app.kubernetes.io/version"] == "0.99.0"


def test_long_daemonset_behind_a_route_has_the_names_that_the_go_operator_gives_it(make_collector, children):
    name = "a-very-long-name-for-a-collector-that-goes-beyond-the-limit-of-63-chars"[:69]
    config = everything_used(
        {
            "receivers": {
                "jaeger": {"protocols": {"thrift_http": {}, "thrift_compact": {}}},
                "otlp/very-long-name-of-a-receiver": {"protocols": {"grpc": {}}},
                "prometheus": {"api_server": {"enabled": True, "server_config": {"endpoint": "0.0.0.0:9099"}}},
                "zipkin": {"endpoint": "0.0.0.0:${env:PORT}"},
            },
            "exporters": {"debug": {}},
            "extensions": {},
            "processors": {},
        }
    )
    image = "ghcr.io/x/y:1.2.3@sha256:" + "a" * 64
    built = children(
        make_collector(
            name, mode="daemonset", hostNetwork=True, image=image, config=config, ingress={"type": "route", "hostname": "ex.com"}
        )
    )
    service = built["Service/a-very-long-name-for-a-collector-that-goes-beyond-the-collector"]
    assert service["spec"]["internalTrafficPolicy"] == "Local"
    assert [(p["name"], p["port"], p["protocol"], p.get("appProtocol")) for p in service["spec"]["ports"]] == [
        ("port-14268", 14268, "TCP", "http"),
        ("port-4317", 4317, "TCP", "h2c"),
        ("port-6831", 6831, "UDP", None),
        ("prometheus", 9099, "TCP", None),
        ("zipkin", 9411, "TCP", "http"),
    ]
    workload = built["DaemonSet/a-very-long-name-for-a-collector-that-goes-beyond-the-collector"]
    assert workload["metadata"]["labels"]["app.kubernetes.io/version"] == "1.2.3"
    assert workload["metadata"]["labels"]["app.kubernetes.io/instance"] == name[:62]
    assert workload["spec"]["template"]["spec"]["dnsPolicy"] == "ClusterFirstWithHostNet"


NAMES = st.from_regex(r"[a-z0-9]([-a-z0-9.]{0,80}[a-z0-9])?", fullmatch=True)
ENDPOINT = st.sampled_from([":1", "localhost", "a:2", "", "[::1]:3"])
SETTINGS = st.none() | st.fixed_dictionaries({}, optional={"endpoint": ENDPOINT})
RECEIVERS = st.dictionaries(st.sampled_from(["zipkin", "foo/bar", "foo_bar", "otlp", "statsd", "hostmetrics"]), SETTINGS)
PORTS = st.lists(st.fixed_dictionaries({"name": st.sampled_from(["a", "zipkin"]), "port": st.integers(1, 65535)}), max_size=3)
LABELS = st.dictionaries(NAMES, NAMES, max_size=3)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES, mode=st.sampled_from(MODES), receivers=RECEIVERS, ports=PORTS, labels=LABELS)
def test_children_of_any_collector_are_well_formed(make_collector, name, mode, receivers, ports, labels):
    collector = make_collector(name, mode=mode, ports=ports, metadata={"labels": labels})
    config = collector["spec"]["config"]
    config["receivers"] = receivers
    config["service"]["pipelines"]["traces"]["receivers"] = list(receivers)
    collector = default_collector(collector).object
    before = deepcopy(collector)
    objects = desired(collector, Settings())
    assert collector == before
    assert objects == desired(deepcopy(collector), Settings())
    for obj in objects:
        assert re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", obj["metadata"]["name"])
        assert obj["metadata"]["namespace"] == "ns1"
        assert_no_nulls(obj)
    assert len({(obj["kind"], obj["metadata"]["name"]) for obj in objects}) == len(objects)
    templates = [obj["spec"] for obj in objects if "template" in obj.get("spec", {})]
    for spec in templates:
        assert spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()
    for service in (obj for obj in objects if obj["kind"] == "Service"):
        keys = [(port["port"], port["protocol"]) for port in service["spec"].get("ports", [])[len(ports) :]]
        assert len(keys) == len(set(keys))


def assert_no_nulls(value):
    assert value is not None
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        assert_no_nulls(item)
