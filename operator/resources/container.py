"""The collector's container, in a workload's pod template or injected into someone else's pod."""

from collections.abc import Iterator
from posixpath import join

from otel_operator import naming
from otel_operator.components.collector_config import (
    EXPORTERS,
    EXTENSIONS,
    RECEIVERS,
    config_of,
    mapping,
    sequence,
    spec_of,
)
from otel_operator.components.env import environment
from otel_operator.components.image import effective_image
from otel_operator.components.ports import given_ports, inferred_ports, merged_ports
from otel_operator.components.probes import probes
from otel_operator.components.telemetry import metrics_endpoint
from otel_operator.json_types import JsonObject
from otel_operator.resources.metadata import present
from otel_operator.settings import Settings

CONFIG_DIRECTORY = "/conf"
EXTRA_CONFIG_DIRECTORY = "/var/conf"
_PASSED_ON = ("imagePullPolicy", "command", "resources", "securityContext", "lifecycle", "envFrom")


def collector_container(collector: JsonObject, settings: Settings) -> JsonObject:
    """Build the container of a workload, which reads its configuration from the mounted ConfigMap."""
    spec = spec_of(collector)
    given = {name: value for name, value in mapping(spec.get("args")).items() if name != "config"}
    mount = {"name": naming.CONFIG_VOLUME, "mountPath": CONFIG_DIRECTORY}
    args = [f"--config={CONFIG_DIRECTORY}/{naming.CONFIG_KEY}", *flags(given)]
    return container(collector, settings, args=args, mounts=[mount])


def container(collector: JsonObject, settings: Settings, *, args: list[str], mounts: list[JsonObject]) -> JsonObject:
    """Build the container with `args` as they are and `mounts` before those of the spec.

    An injected sidecar gets its configuration through the environment, so it brings its own `args` and no mounts.
    """
    spec, config = spec_of(collector), config_of(collector)
    return {
        "name": naming.CONTAINER,
        "image": effective_image(collector, settings.collector_image),
        "args": args,
        "ports": container_ports(collector),
        "env": environment(spec, config, settings.proxy_env),
        **present(
            volumeMounts=[*mounts, *sequence(spec.get("volumeMounts")), *_extra_config_mounts(spec)],
            **{name: spec.get(name) for name in _PASSED_ON},
        ),
        **probes(spec, config),
    }


def flags(args: JsonObject) -> list[str]:
    """Render `spec.args` as command line flags, sorted."""
    return [f"--{name}={args[name]}" for name in sorted(args)]


def container_ports(collector: JsonObject) -> list[JsonObject]:
    """Return all ports that the container opens, sorted by name, with those of `spec.ports`."""
    config = config_of(collector)
    inferred = [
        port for port in inferred_ports(config, (RECEIVERS, EXPORTERS, EXTENSIONS)).ports if naming.is_port_name(port["name"])
    ]
    own_metrics: JsonObject = {"name": "metrics", "port": metrics_endpoint(config).port}
    ports = merged_ports(_uniquely_named(given_ports(spec_of(collector))), [*inferred, own_metrics])
    return sorted((_container_port(port) for port in ports), key=lambda port: str(port.get("name", "")))


def extra_config_volumes(collector: JsonObject) -> Iterator[JsonObject]:
    """Yield a volume for each entry of `spec.configmaps`."""
    for entry in sequence(spec_of(collector).get("configmaps")):
        name = str(entry["name"])
        yield {"name": naming.extra_config_map_volume(name), "configMap": {"name": name}}


def _extra_config_mounts(spec: JsonObject) -> Iterator[JsonObject]:
    for entry in sequence(spec.get("configmaps")):
        volume = naming.extra_config_map_volume(str(entry["name"]))
        path = join(EXTRA_CONFIG_DIRECTORY, str(entry["mountpath"]).strip("/"), volume)
        yield {"name": volume, "mountPath": path}


def _uniquely_named(ports: list[JsonObject]) -> Iterator[JsonObject]:
    names: set[object] = set()
    for port in ports:
        name = port.get("name")
        if name in names:
            name = naming.numbered_port_name(port["port"])
        names.add(name)
        yield {**port, "name": name}


def _container_port(port: JsonObject) -> JsonObject:
    return {
        **present(name=port.get("name")),
        "containerPort": port["port"],
        "protocol": port.get("protocol") or "TCP",
        **present(hostPort=port.get("hostPort") or None),
    }
