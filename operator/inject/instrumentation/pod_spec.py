"""Edits of a pod's spec. Each returns a copy that shares what did not change; names and mount paths stay unique."""

from collections.abc import Callable

from otel_operator.inject.instrumentation import reasons
from otel_operator.inject.instrumentation.refused import Refused
from otel_operator.json_types import JsonObject

REGULAR = "containers"
INIT = "initContainers"


def containers(spec: JsonObject, field: str) -> list[JsonObject]:
    """Return the containers of a field."""
    return spec.get(field) or []


def with_container(spec: JsonObject, field: str, container: JsonObject) -> JsonObject:
    """Put `container` in the place of the one of its name."""
    name = container["name"]
    return {**spec, field: [container if given["name"] == name else given for given in containers(spec, field)]}


def with_init_container(spec: JsonObject, container: JsonObject, before: str | None) -> JsonObject:
    """Insert an init container directly before the one called `before`, or at the end."""
    _require_free(spec, container["name"])
    given = containers(spec, INIT)
    index = next((index for index, other in enumerate(given) if other["name"] == before), len(given))
    return {**spec, INIT: [*given[:index], container, *given[index:]]}


def with_sidecar(spec: JsonObject, container: JsonObject) -> JsonObject:
    """Append a regular container."""
    _require_free(spec, container["name"])
    return {**spec, REGULAR: [*containers(spec, REGULAR), container]}


def has_init_container(spec: JsonObject, name: str) -> bool:
    """Tell whether there is an init container of this name."""
    return any(container["name"] == name for container in containers(spec, INIT))


def with_volume(spec: JsonObject, volume: JsonObject) -> JsonObject:
    """Append a volume; the very same one is there once. Raises Refused where another volume has its name."""
    volumes = spec.get("volumes") or []
    same = next((given for given in volumes if given["name"] == volume["name"]), None)
    if same is None:
        return {**spec, "volumes": [*volumes, volume]}
    if same != volume:
        raise Refused(
            reasons.NAME_TAKEN, f"spec.volumes has another volume {volume['name']!r} already; give that one another name"
        )
    return spec


def with_mount(container: JsonObject, mount: JsonObject) -> JsonObject:
    """Append a mount; the very same one is there once. Raises Refused where another mount or a device is at its path."""
    mounts = container.get("volumeMounts") or []
    path = mount["mountPath"]
    devices = container.get("volumeDevices") or []
    used = [*((given, given["mountPath"]) for given in mounts), *((given, given["devicePath"]) for given in devices)]
    taken = next((given for given, where in used if where.rstrip("/") == path.rstrip("/")), None)
    if taken is None:
        return {**container, "volumeMounts": [*mounts, mount]}
    if taken["name"] != mount["name"]:
        raise Refused(
            reasons.MOUNT_PATH_TAKEN,
            f"container {container['name']!r} has volume {taken['name']!r} mounted at {path}; mount that elsewhere",
        )
    return container


def without_mounts(container: JsonObject, is_dropped: Callable[[JsonObject], bool]) -> JsonObject:
    """Leave out mounts."""
    kept = [mount for mount in container.get("volumeMounts") or () if not is_dropped(mount)]
    return {**container, "volumeMounts": kept}


def _require_free(spec: JsonObject, name: str) -> None:
    if any(container["name"] == name for field in (REGULAR, INIT) for container in containers(spec, field)):
        raise Refused(reasons.NAME_TAKEN, f"the pod has a container {name!r} already; give that one another name")
