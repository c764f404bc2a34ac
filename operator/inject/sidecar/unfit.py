"""What is wrong with a collector's containers and volumes in any pod: the API server would refuse every one that asks.

Of a deployed collector the API server says so when its workload is applied; a sidecar meets it only in other people's pods.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from otel_operator.components.collector_config import mapping, sequence
from otel_operator.inject.instrumentation.compute_resources import unacceptable as unacceptable_resource
from otel_operator.inject.instrumentation.compute_resources import with_limits_of_requests
from otel_operator.inject.instrumentation.env import unacceptable as unacceptable_variables
from otel_operator.inject.instrumentation.job import PULL_POLICIES
from otel_operator.inject.instrumentation.security_context import contradiction
from otel_operator.inject.outcome import Refusal
from otel_operator.inject.sidecar.collisions import refusal
from otel_operator.inject.sidecar.prepared import Sidecar
from otel_operator.json_types import JsonObject

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def unfit(pod_spec: JsonObject, sidecar: Sidecar, added: Sequence[JsonObject]) -> Refusal | None:
    """Return why no pod of this spec may have the `added` containers and the sidecar's volumes, None where it may."""
    found = next(chain(_volumes(sidecar.volumes), *(_container(container, pod_spec) for container in added)), None)
    if found is None:
        return None
    return refusal(sidecar, "CollectorInvalid", f"{found}, which Kubernetes takes in no pod; correct it in the collector")


def _volumes(volumes: Iterable[JsonObject]) -> Iterator[str]:
    for name, times in Counter(str(volume.get("name")) for volume in volumes).items():
        if times > 1 or not _LABEL.fullmatch(name):
            yield f"it has {'two volumes' if times > 1 else 'a volume'} {name!r}"


def _container(container: JsonObject, pod_spec: JsonObject) -> Iterator[str]:
    yield from (f"container {str(container.get('name'))!r} has {entry}" for entry in _entries(container, pod_spec))


def _entries(container: JsonObject, pod_spec: JsonObject) -> Iterator[str]:
    image, policy = str(container.get("image") or ""), container.get("imagePullPolicy")
    if not _LABEL.fullmatch(str(container.get("name") or "")):
        yield "that name"
    if not image or image != image.strip():
        yield f"image {image!r}"
    if policy and policy not in PULL_POLICIES:
        yield f"imagePullPolicy {policy!r}"
    yield from (f"env {name!r}" for name in unacceptable_variables(container.get("env")))
    paths = Counter(str(mount.get("mountPath") or "") for mount in sequence(container.get("volumeMounts")))
    yield from (f"mountPath {path!r} in volumeMounts" for path, times in paths.items() if times > 1 or not path)
    resources = mapping(container.get("resources"))
    claims = [str(claim.get("name")) for claim in sequence(pod_spec.get("resourceClaims")) if isinstance(claim, dict)]
    if wrong := unacceptable_resource(resources, claims):
        yield f"resources.{wrong}"
    if with_limits_of_requests(resources) != resources:
        yield "resources.limits below resources.requests"
    if wrong := contradiction(mapping(container.get("securityContext")), pod_spec):
        yield f"securityContext.{wrong}"
