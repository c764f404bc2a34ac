"""The configuration files of the node's programs: pure text, no I/O."""

from __future__ import annotations

import json

import yaml

from e2e.cluster.node.layout import (
    CNI_PLUGINS,
    CONTAINERD_SOCKET,
    DNS_ADDRESS,
    DNS_DOMAIN,
    NODE_ADDRESS,
    PAUSE_IMAGE,
    POD_RANGE,
    Layout,
)

_SYNC = "100ms"


def containerd_toml(layout: Layout) -> str:
    """Return containerd's configuration (version 2, for 1.6 and 1.7)."""
    return f"""version = 2
root = "{layout.root}/containerd"
state = "/run/containerd"

[grpc]
address = "{CONTAINERD_SOCKET}"

# Its default is made in /opt.
[plugins."io.containerd.internal.v1.opt"]
path = "{layout.root}/opt"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{PAUSE_IMAGE}"
disable_apparmor = true
# A container may not get a lower score than this process has, and without CAP_SYS_RESOURCE runc would fail trying.
restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{CNI_PLUGINS}"
conf_dir = "{layout.configuration}/cni"

[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "{layout.configuration}/registries"

[plugins."io.containerd.grpc.v1.cri".containerd]
default_runtime_name = "runc"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
"""


def cni_json() -> str:
    """Return the pod network: one bridge, one address range."""
    bridge = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "ipMasq": True,
        "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            "dataDir": "/run/cni-addresses",
            "ranges": [[{"subnet": POD_RANGE}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        },
    }
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return json.dumps({"cniVersion": "0.4.0", "name": "pods", "plugins": [bridge, ports]}, indent=1)


def kubelet_yaml(layout: Layout) -> str:
    """Return the KubeletConfiguration. Logs and exec work because the API server's certificate passes the webhook checks."""
    return yaml.safe_dump(
        {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": str(layout.pki / "ca.crt")},
            },
            "authorization": {"mode": "Webhook"},
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": layout.cgroup,
            "failSwapOn": False,
            "failCgroupV1": False,
            "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
            "clusterDomain": DNS_DOMAIN,
            "clusterDNS": [DNS_ADDRESS],
            # The node shares its machine; nothing is set aside for a system that is not its own.
            "enforceNodeAllocatable": [],
            "evictionHard": {"memory.available": "100Mi"},
            "localStorageCapacityIsolation": False,
            # No registry can bring back an image that was loaded by hand.
            "imageGCHighThresholdPercent": 100,
            "imageGCLowThresholdPercent": 99,
            "volumePluginDir": str(layout.root / "volume-plugins"),
            "maxPods": 100,
            "registryPullQPS": 0,
            "eventRecordQPS": 0,
        }
    )


def proxy_yaml(layout: Layout, *, masquerade_all: bool) -> str:
    """Return the KubeProxyConfiguration.

    ``masquerade_all`` where bridged packets skip netfilter: answers between two pods of the node would keep the wrong source.
    The connection tracking limits are zero: they belong to the machine, and setting them is not allowed in here.
    """
    return yaml.safe_dump(
        {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "mode": "iptables",
            "clusterCIDR": POD_RANGE,
            "iptables": {"masqueradeAll": masquerade_all, "minSyncPeriod": _SYNC, "syncPeriod": "30s"},
            "conntrack": {"maxPerCore": 0, "min": 0, "tcpCloseWaitTimeout": "0s", "tcpEstablishedTimeout": "0s"},
            "clientConnection": {"kubeconfig": str(layout.configuration / "kube-proxy.kubeconfig")},
        }
    )


def corefile(layout: Layout) -> str:
    """Return CoreDNS's configuration: cluster names only, as nothing outside the cluster can be reached."""
    return f""".:53 {{
    bind {NODE_ADDRESS}
    errors
    kubernetes {DNS_DOMAIN} in-addr.arpa ip6.arpa {{
        kubeconfig {layout.kubeconfig}
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 5
    }}
    cache 5
    loadbalance
}}
"""


def hosts_file(layout: Layout) -> str:
    """Return /etc/hosts of the node."""
    return f"127.0.0.1 localhost\n{NODE_ADDRESS} {layout.node}\n"


def resolv_conf() -> str:
    """Return the resolver configuration of the node and of pods with the host's DNS policy."""
    return f"nameserver {DNS_ADDRESS}\nsearch default.svc.{DNS_DOMAIN} svc.{DNS_DOMAIN} {DNS_DOMAIN}\noptions ndots:5\n"


def dns_objects() -> list[dict[str, object]]:
    """Return the kube-dns Service and the EndpointSlice that points it at the node, where CoreDNS is an ordinary process."""
    ports = [{"name": "dns", "protocol": "UDP", "port": 53}, {"name": "dns-tcp", "protocol": "TCP", "port": 53}]
    metadata = {"name": "kube-dns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}}
    return [
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"clusterIP": DNS_ADDRESS, "ports": ports}},
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": metadata | {"labels": {"kubernetes.io/service-name": "kube-dns"}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [NODE_ADDRESS], "conditions": {"ready": True}}],
            "ports": ports,
        },
    ]
