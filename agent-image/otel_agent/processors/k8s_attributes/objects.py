"""What is kept of pods and other objects: the few fields that become attributes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Metadata:
    """Of any object."""

    namespace: str
    name: str
    uid: str
    labels: Labels
    annotations: Labels
    owners: tuple[tuple[str, str, str], ...]
    """Kind, name and uid of each, the controller first."""


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a pod."""

    name: str
    image: str
    ids: Mapping[str, str] = field(default_factory=dict)
    """Id by the number of restarts, as text."""
    digest: str = ""
    """`repository@sha256:...`."""


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod."""

    metadata: Metadata
    ips: tuple[str, ...]
    host_network: bool
    node: str
    hostname: str
    start_time: str
    """RFC 3339, as the API server says it."""
    containers: Mapping[str, Container]


def metadata_of(found: Mapping[str, Any]) -> Metadata:
    """Keep the metadata of an object."""
    metadata = found.get("metadata") or {}
    owners = sorted(metadata.get("ownerReferences") or (), key=lambda owner: not owner.get("controller"))
    return Metadata(
        metadata.get("namespace", ""),
        metadata.get("name", ""),
        metadata.get("uid", ""),
        metadata.get("labels") or {},
        metadata.get("annotations") or {},
        tuple((owner.get("kind", ""), owner.get("name", ""), owner.get("uid", "")) for owner in owners),
    )


def pod_of(found: Mapping[str, Any]) -> Pod:
    """Keep what a pod's attributes are made of."""
    spec, status = found.get("spec") or {}, found.get("status") or {}
    metadata = metadata_of(found)
    ips = [one.get("ip", "") for one in status.get("podIPs") or ()] or [status.get("podIP", "")]
    return Pod(
        metadata,
        tuple(ip for ip in ips if ip),
        bool(spec.get("hostNetwork")),
        spec.get("nodeName", ""),
        spec.get("hostname") or metadata.name,
        status.get("startTime", ""),
        _containers(spec, status),
    )


def _containers(spec: Mapping[str, Any], status: Mapping[str, Any]) -> dict[str, Container]:
    statuses = {one.get("name"): one for key in ("containerStatuses", "initContainerStatuses") for one in status.get(key) or ()}
    found = {}
    for one in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]:
        name, state = one.get("name", ""), statuses.get(one.get("name"), {})
        found[name] = Container(name, one.get("image", ""), _ids(state), state.get("imageID", "").split("://", 1)[-1])
    return found


def _ids(state: Mapping[str, Any]) -> dict[str, str]:
    """Of the running container, and of the one before it where that is still known."""
    restarts = int(state.get("restartCount") or 0)
    ids = {str(restarts): _bare(state.get("containerID", ""))}
    last = (state.get("lastState") or {}).get("terminated") or {}
    if restarts and last.get("containerID"):
        ids[str(restarts - 1)] = _bare(last["containerID"])
    return {number: identity for number, identity in ids.items() if identity}


def _bare(identity: str) -> str:
    """Without the runtime: containerd://id."""
    return identity.split("://", 1)[-1]


def image_parts(image: str) -> tuple[str, str]:
    """Return an image's name and tag; `latest` where it has neither tag nor digest."""
    name, _, digest = image.partition("@")
    head, _, last = name.rpartition("/")
    base, _, tag = last.partition(":")
    return (f"{head}/{base}" if head else base), tag or ("" if digest else "latest")
