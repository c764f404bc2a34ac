"""Who a pod belongs to: its ReplicaSet's Deployment, its Job's CronJob."""

import re
from collections.abc import Callable

from otel_agent.processors.k8s_attributes.objects import Metadata

Owners = dict[str, tuple[str, str]]
"""Name and uid (empty when not known) by the kind in lower case."""
FindOwner = Callable[[str, str, str], Metadata | None]
"""`find(kind in lower case, namespace, name)`."""

_OF_DEPLOYMENT = re.compile(r"^(.+)-[bcdf-hj-np-tv-z0-9]{1,10}$")
"""A ReplicaSet's name ends in a hash in Kubernetes' alphabet without vowels."""
_OF_CRONJOB = re.compile(r"^(.+)-\d+$")
"""A Job's name ends in the minute at which its CronJob made it."""
_DIRECT = {"ReplicaSet": "replicaset", "StatefulSet": "statefulset", "DaemonSet": "daemonset", "Job": "job"}


def owners_of(pod: Metadata, find: FindOwner, *, from_names: bool) -> Owners:
    """Return the owners of a pod, those of its owners among them.

    `from_names` takes a Deployment's name from its ReplicaSet's, as does a ReplicaSet that is not known (yet).
    """
    found: Owners = {}
    for kind, name, uid in pod.owners:
        known = _DIRECT.get(kind)
        if known is None:
            continue
        found[known] = (name, uid)
        if known == "replicaset":
            _add(found, "deployment", "Deployment", find("replicaset", pod.namespace, name))
            if "deployment" not in found and (match := _OF_DEPLOYMENT.match(name)) and (from_names or _is_hash(pod, name)):
                found["deployment"] = (match[1], "")
        elif known == "job":
            _add(found, "cronjob", "CronJob", find("job", pod.namespace, name))
            if "cronjob" not in found and (match := _OF_CRONJOB.match(name)):
                found["cronjob"] = (match[1], "")
    return found


def _add(found: Owners, known: str, kind: str, owner: Metadata | None) -> None:
    for owner_kind, name, uid in owner.owners if owner is not None else ():
        if owner_kind == kind:
            found[known] = (name, uid)


def _is_hash(pod: Metadata, replicaset: str) -> bool:
    """Whether the end of the name is the hash that Deployments put on their pods; a ReplicaSet by itself has none."""
    label = pod.labels.get("pod-template-hash", "")
    return bool(label) and replicaset.endswith(f"-{label}")
