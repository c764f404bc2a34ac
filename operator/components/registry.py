"""The table of components that listen: where, and how the port is to be announced.

It has the types of the Go operator's table, whose port names and defaults are part of what users' Services look like.
Types that are in no table here announce the port of a top-level `endpoint` or `listen_address`, if there is one.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listener:
    """One port that a component may open."""

    default: int | None = None
    """Port where the configuration names none; None means that it must name one."""
    protocol: str = "TCP"
    app_protocol: str | None = None
    target_port: bool = True
    """Whether the Service port says its target port, which changes nothing but the text of the Service."""


_UDP = "UDP"

RECEIVER_LISTENERS: Mapping[str, Listener] = {
    "zipkin": Listener(9411, app_protocol="http"),
    "awsxray": Listener(2000, _UDP),
    "statsd": Listener(8125, _UDP),
    "carbon": Listener(2003),
    "collectd": Listener(8081),
    "fluent_forward": Listener(8006),
    "fluentforward": Listener(8006),
    "influxdb": Listener(8086),
    "sapm": Listener(7276),
    "signalfx": Listener(9943),
    "splunk_hec": Listener(8088),
    "wavefront": Listener(2003),
    "tcp_log": Listener(target_port=False),
    "tcplog": Listener(target_port=False),
    "udp_log": Listener(protocol=_UDP, target_port=False),
    "udplog": Listener(protocol=_UDP, target_port=False),
}
"""Receivers with one port, by type."""

RECEIVER_PROTOCOLS: Mapping[str, Mapping[str, Listener]] = {
    "otlp": {"grpc": Listener(4317, app_protocol="grpc"), "http": Listener(4318, app_protocol="http")},
    "jaeger": {
        "grpc": Listener(14250, app_protocol="grpc"),
        "thrift_http": Listener(14268, app_protocol="http"),
        "thrift_compact": Listener(6831, _UDP),
        "thrift_binary": Listener(6832, _UDP),
    },
    "skywalking": {"grpc": Listener(11800, app_protocol="grpc"), "http": Listener(12800, app_protocol="http")},
    "loki": {"grpc": Listener(9095, app_protocol="grpc"), "http": Listener(3100, app_protocol="http")},
}
"""Receivers with one port for each entry of `protocols`, by type and protocol."""

SILENT_RECEIVERS = frozenset(
    """
    kubelet_stats kubeletstats k8s_events k8s_cluster k8s_objects k8sobjects ssh_check sshcheck cloud_foundry cloudfoundry
    vcenter oracledb snmp googlecloudpubsub chrony jmx podman_stats pulsar docker_stats aerospike zookeeper prometheus_simple
    saphana riak redis rabbitmq purefb postgresql nsxt nginx mysql memcached http_check httpcheck haproxy flink_metrics
    flinkmetrics couchdb filelog
    """.split()  # noqa: SIM905 - a list of strings would take a line for each
)
"""Receivers whose `endpoint` is what they read from, not where they listen."""

EXPORTER_LISTENERS: Mapping[str, Listener] = {"prometheus": Listener(8888, target_port=False)}
"""Exporters that are scraped."""

HEALTH_CHECK = Listener(13133, target_port=False)
JAEGER_QUERY_HTTP = Listener(16686)
GENERIC_RECEIVER = Listener(target_port=False)

CLUSTER_READERS = frozenset(
    """
    kubelet_stats kubeletstats k8s_events k8s_cluster k8s_objects k8sobjects k8s_attributes k8sattributes k8s_leader_elector
    k8s_observer
    """.split()  # noqa: SIM905 - a list of strings would take a line for each
)
"""Types that call the Kubernetes API and so need permissions."""

LOAD_BALANCERS = frozenset({"load_balancing", "loadbalancing"})
"""Exporters that read EndpointSlices (discovery.k8s.io: get, list, watch) where their resolver is `k8s`."""
