from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
import yaml

from e2e.cluster.node import configuration
from e2e.cluster.node.layout import Layout


@pytest.fixture
def layout() -> Layout:
    return Layout("otel", Path("/state/otel"))


def test_containerd_keeps_its_files_in_the_state_folder_or_in_the_private_run(layout: Layout) -> None:
    parsed = tomllib.loads(configuration.containerd_toml(layout))
    assert parsed["root"] == "/state/otel/containerd"
    assert parsed["state"].startswith("/run/")
    assert parsed["plugins"]["io.containerd.internal.v1.opt"]["path"] == "/state/otel/opt"


def test_the_kubelet_lets_nobody_in_unasked(layout: Layout) -> None:
    parsed = yaml.safe_load(configuration.kubelet_yaml(layout))
    assert parsed["authentication"]["anonymous"] == {"enabled": False}
    assert parsed["authentication"]["webhook"] == {"enabled": True}
    assert parsed["authorization"] == {"mode": "Webhook"}


def test_two_clusters_put_their_pods_under_different_cgroups(layout: Layout) -> None:
    other = Layout("demo", Path("/state/demo"))
    first, second = (yaml.safe_load(configuration.kubelet_yaml(each))["cgroupRoot"] for each in (layout, other))
    assert first != second


def test_packets_are_masqueraded_only_where_the_bridge_skips_netfilter(layout: Layout) -> None:
    parsed = yaml.safe_load(configuration.proxy_yaml(layout, masquerade_all=True))
    assert parsed["iptables"]["masqueradeAll"] is True
    assert yaml.safe_load(configuration.proxy_yaml(layout, masquerade_all=False))["iptables"]["masqueradeAll"] is False


def test_dns_is_a_service_whose_endpoint_is_the_node() -> None:
    service, endpoints = configuration.dns_objects()
    assert service["spec"]["clusterIP"] == "10.96.0.10"  # type: ignore[index]
    assert endpoints["endpoints"][0]["addresses"] == ["172.30.0.2"]  # type: ignore[index]


def test_the_pod_network_is_valid_cni() -> None:
    assert [plugin["type"] for plugin in json.loads(configuration.cni_json())["plugins"]] == ["bridge", "portmap"]
