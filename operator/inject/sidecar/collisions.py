"""Why the API server or the kernel would not take a pod with this sidecar: then the pod is better without."""

from collections.abc import Iterable, Iterator

from otel_operator.components.collector_config import sequence
from otel_operator.inject.operating_system import windows_because
from otel_operator.inject.outcome import Refusal
from otel_operator.inject.sidecar.names import INJECT, SIDECAR
from otel_operator.inject.sidecar.prepared import Sidecar
from otel_operator.json_types import JsonObject


def collision(spec: JsonObject, sidecar: Sidecar) -> Refusal | None:
    """Return the first reason not to add `sidecar` to a pod with `spec`, None when there is none."""
    checks = (_operating_system, _names, _volumes, _mounts, _host_ports)
    return next((found for check in checks if (found := check(spec, sidecar)) is not None), None)


def missing_volumes(spec: JsonObject, sidecar: Sidecar) -> list[JsonObject]:
    """Return the sidecar's volumes that the pod does not have; one that is there just so is shared."""
    present = {volume.get("name") for volume in sequence(spec.get("volumes"))}
    return [volume for volume in sidecar.volumes if volume.get("name") not in present]


def _operating_system(spec: JsonObject, sidecar: Sidecar) -> Refusal | None:
    if field := windows_because(spec):
        message = f'{field} of the pod is windows, and collectors are for Linux; set annotation {INJECT}: "false" on the pod'
        return refusal(sidecar, "UnsupportedOperatingSystem", message)
    return None


def _names(spec: JsonObject, sidecar: Sidecar) -> Refusal | None:
    taken = {container.get("name") for container in _containers(spec)}
    for added in sidecar.init_containers:
        if added.get("name") in taken:
            return refusal(
                sidecar,
                "ContainerNameTaken",
                f"the pod has a container {added['name']!r} as has spec.initContainers of the collector; rename one of them",
            )
    return None


def _volumes(spec: JsonObject, sidecar: Sidecar) -> Refusal | None:
    present = {volume.get("name"): volume for volume in sequence(spec.get("volumes"))}
    for volume in sidecar.volumes:
        if present.get(volume.get("name"), volume) != volume:
            return refusal(
                sidecar,
                "VolumeNameTaken",
                f"the pod has another volume {volume['name']!r} than the collector asks for in spec.volumes or "
                "spec.configmaps; rename one of them",
            )
    return None


def _mounts(spec: JsonObject, sidecar: Sidecar) -> Refusal | None:
    known = {volume.get("name") for volume in (*sequence(spec.get("volumes")), *sidecar.volumes)}
    for container in (sidecar.container, *sidecar.init_containers):
        for mount in sequence(container.get("volumeMounts")):
            if mount.get("name") not in known:
                return refusal(
                    sidecar,
                    "VolumeMissing",
                    f"spec.volumeMounts of the collector names volume {mount.get('name')!r}, which neither its spec.volumes "
                    "nor the pod has; add the volume or remove the mount",
                )
    return None


def _host_ports(spec: JsonObject, sidecar: Sidecar) -> Refusal | None:
    host_network = spec.get("hostNetwork") is True
    taken = {port for container in _containers(spec) for port in _bound(container, host_network)}
    for port in _bound(sidecar.container, host_network):
        if port in taken:
            return refusal(
                sidecar,
                "HostPortTaken",
                f"the pod has port {port[0]}/{port[1]} of its node already, which the collector opens too; "
                "give one of them another port, or run the collector as a DaemonSet",
            )
    return None


def _bound(container: JsonObject, host_network: bool) -> Iterator[tuple[int, str]]:
    """Yield the ports of the node that a container takes; under `hostNetwork` those are all its ports."""
    for port in sequence(container.get("ports")):
        number = port.get("hostPort") or (port.get("containerPort") if host_network else None)
        if number:
            yield number, port.get("protocol") or "TCP"


def _containers(spec: JsonObject) -> Iterable[JsonObject]:
    return (*sequence(spec.get("containers")), *sequence(spec.get("initContainers")))


def refusal(sidecar: Sidecar, reason: str, message: str) -> Refusal:
    """Return a refusal that names the collector."""
    place, name = sidecar.resource
    return Refusal(SIDECAR, reason, f'OpenTelemetryCollector "{place}/{name}": {message}', sidecar.resource)
