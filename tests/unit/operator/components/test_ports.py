import pytest

from otel_operator.components.ports import inferred_ports, merged_ports, service_ports
from otel_operator.components.registry import RECEIVER_LISTENERS, RECEIVER_PROTOCOLS, SILENT_RECEIVERS


def short(port):
    return (
        f"{port['name']} {port['port']}/{port['protocol']}"
        + (f" {port['appProtocol']}" if "appProtocol" in port else "")
        + (f" tp{port['targetPort']}" if "targetPort" in port else "")
    )


def receivers(make_config, components):
    return [short(port) for port in inferred_ports(make_config(receivers=components)).ports]


@pytest.mark.parametrize(
    ("components", "ports"),
    [
        (
            {"otlp": {"protocols": {"grpc": {}, "http": None}}},
            ["otlp-grpc 4317/TCP grpc tp4317", "otlp-http 4318/TCP http tp4318"],
        ),
        (
            {"jaeger": {"protocols": {"grpc": {}, "thrift_http": {}, "thrift_compact": {}, "thrift_binary": {}}}},
            [
                "jaeger-grpc 14250/TCP grpc tp14250",
                "port-14268 14268/TCP http tp14268",
                "port-6831 6831/UDP tp6831",
                "port-6832 6832/UDP tp6832",
            ],
        ),
        (
            {"skywalking": {"protocols": {"grpc": {}, "http": {}}}},
            ["skywalking-grpc 11800/TCP grpc tp11800", "skywalking-http 12800/TCP http tp12800"],
        ),
        (
            {"loki": {"protocols": {"grpc": {}, "http": {}}}},
            ["loki-grpc 9095/TCP grpc tp9095", "loki-http 3100/TCP http tp3100"],
        ),
        ({"zipkin": {}}, ["zipkin 9411/TCP http tp9411"]),
        ({"awsxray": {}}, ["awsxray 2000/UDP tp2000"]),
        ({"statsd/second": {}}, ["statsd-second 8125/UDP tp8125"]),
        ({"carbon": {}}, ["carbon 2003/TCP tp2003"]),
        ({"collectd": {}}, ["collectd 8081/TCP tp8081"]),
        ({"fluentforward": {}}, ["fluentforward 8006/TCP tp8006"]),
        ({"fluent_forward": {}}, ["fluent-forward 8006/TCP tp8006"]),
        ({"influxdb": {}}, ["influxdb 8086/TCP tp8086"]),
        ({"sapm": {}}, ["sapm 7276/TCP tp7276"]),
        ({"signalfx": {}}, ["signalfx 9943/TCP tp9943"]),
        ({"splunk_hec": {}}, ["splunk-hec 8088/TCP tp8088"]),
        ({"wavefront": {}}, ["wavefront 2003/TCP tp2003"]),
        ({"tcplog": {"listen_address": "0.0.0.0:54525"}}, ["tcplog 54525/TCP"]),
        ({"udp_log": {"listen_address": "0.0.0.0:54526"}}, ["udp-log 54526/UDP"]),
        ({"tcp_log": None}, []),
        ({"prometheus": {"config": {}}}, []),
        (
            {"prometheus": {"api_server": {"enabled": True, "server_config": {"endpoint": "localhost:9099"}}}},
            ["prometheus 9099/TCP"],
        ),
        ({"prometheus": {"api_server": {"enabled": False, "server_config": {"endpoint": "localhost:9099"}}}}, []),
        ({"foo/bar": {"endpoint": "1.2.3.4:7777"}}, ["foo-bar 7777/TCP"]),
        ({"foo": {"listen_address": "1.2.3.4:7777"}}, ["foo 7777/TCP"]),
        ({"syslog": {"tcp": {"listen_address": "0.0.0.0:54527"}}}, []),
        ({"hostmetrics": None}, []),
        ({"zipkin": None}, []),
        ({"zipkin": {"endpoint": "0.0.0.0:${env:PORT}"}}, ["zipkin 9411/TCP http tp9411"]),
        ({"zipkin": {"endpoint": "${env:POD_IP}:9412"}}, ["zipkin 9412/TCP http tp9412"]),
        ({"zipkin": {"endpoint": "[::1]:9412"}}, ["zipkin 9412/TCP http tp9412"]),
    ],
)
def test_receiver_announces_its_ports(make_config, components, ports):
    assert receivers(make_config, components) == ports


@pytest.mark.parametrize("kind", sorted(SILENT_RECEIVERS))
def test_receiver_that_reads_from_its_endpoint_announces_none(make_config, kind):
    assert receivers(make_config, {kind: {"endpoint": "localhost:1234"}}) == []


def test_no_type_is_in_two_tables():
    assert not SILENT_RECEIVERS & (RECEIVER_LISTENERS.keys() | RECEIVER_PROTOCOLS.keys())


def test_long_name_with_protocol_is_numbered(make_config):
    components = {"otlp/very-long-name": {"protocols": {"grpc": {}}}}
    assert receivers(make_config, components) == ["port-4317 4317/TCP grpc tp4317"]


def test_components_that_no_pipeline_names_do_not_count():
    config = {"receivers": {"zipkin": {}}, "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": []}}}}
    assert inferred_ports(config).ports == ()


def test_only_the_prometheus_exporter_announces_a_port(make_config):
    exporters = {"prometheus": {"endpoint": "0.0.0.0:8889"}, "otlp": {"endpoint": "gateway:4317"}, "debug": None}
    assert [short(p) for p in inferred_ports(make_config(exporters=exporters)).ports] == ["prometheus 8889/TCP"]


@pytest.mark.parametrize(
    ("extensions", "ports"),
    [
        ({"health_check": {}}, ["health-check 13133/TCP"]),
        ({"health_check/two": {"endpoint": "0.0.0.0:1"}}, ["port-1 1/TCP"]),
        ({"pprof": {"endpoint": "localhost:1777"}}, []),
        (
            {"jaeger_query": {"http": {"endpoint": "0.0.0.0:16686"}, "grpc": {"endpoint": "0.0.0.0:16685"}}},
            ["jaeger-query 16686/TCP tp16686", "jaeger-query-2 16685/TCP tp16685"],
        ),
        ({"jaeger_query": {"grpc": {"endpoint": "0.0.0.0:16686"}}}, ["jaeger-query 16686/TCP tp16686"]),
    ],
)
def test_extension_announces_its_ports(make_config, extensions, ports):
    found = inferred_ports(make_config(extensions=extensions), ["extensions"]).ports
    assert [short(port) for port in found] == ports


@pytest.mark.parametrize(
    ("components", "problem"),
    [
        ({"tcplog": {}}, "spec.config.receivers.tcplog: no port in endpoint or listen_address"),
        ({"otlp": {"protocols": {"grcp": {}}}}, "spec.config.receivers.otlp: unknown protocol set: grcp; otlp takes grpc, http"),
        ({"zipkin": {"endpoint": ":99999"}}, "port 99999 of zipkin is not"),
        ({"123": {"endpoint": ":80"}}, "'123' is not a port name"),
    ],
)
def test_port_that_cannot_be_told_is_a_problem(make_config, components, problem):
    (found,) = inferred_ports(make_config(receivers=components)).problems
    assert problem in str(found)


@pytest.mark.parametrize("raw", ["text", 1, [], {"protocols": []}, {"endpoint": 4317}])
@pytest.mark.parametrize("kind", ["otlp", "foo", "prometheus", "zipkin"])
def test_settings_of_any_shape_are_read_without_failing(make_config, kind, raw):
    inferred_ports(make_config(receivers={kind: raw}))


def test_spec_ports_come_first_and_displace_inferred_ones(make_config):
    components = {"otlp": {"protocols": {"grpc": {}, "http": {}}}, "zipkin": {}}
    spec = {"ports": [{"name": "otlp-grpc", "port": 9999}, {"name": "z", "port": 9411, "hostPort": 1}]}
    ports = service_ports(spec, inferred_ports(make_config(receivers=components)).ports)
    assert [short(port) for port in ports] == [
        "otlp-grpc 9999/TCP",
        "z 9411/TCP",
        "port-4317 4317/TCP grpc tp4317",
        "otlp-http 4318/TCP http tp4318",
    ]
    assert not any("hostPort" in port for port in ports)


def test_same_number_of_another_protocol_is_another_port():
    given = [{"name": "dns", "port": 53, "protocol": "UDP"}]
    assert [p["name"] for p in merged_ports(given, [{"name": "foo", "port": 53, "protocol": "TCP"}])] == ["dns", "foo"]


def test_inferred_port_is_dropped_when_its_second_name_is_taken_too():
    given = [{"name": "foo", "port": 1}, {"name": "port-3", "port": 2}]
    assert merged_ports(given, [{"name": "foo", "port": 3}]) == given


def test_two_components_on_one_port_make_one_port():
    inferred = [{"name": "a", "port": 1, "protocol": "TCP"}, {"name": "b", "port": 1, "protocol": "TCP"}]
    assert merged_ports([], inferred) == inferred[:1]
