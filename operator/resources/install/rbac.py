"""ServiceAccounts and what they may do: the manager across the cluster, the webhook reading across it."""

from collections.abc import Sequence
from itertools import groupby

from otel_operator.json_types import JsonObject
from otel_operator.kinds import (
    COLLECTOR,
    CONFIGMAP,
    CRD,
    DISRUPTION_BUDGET,
    EVENT,
    INSTRUMENTATION,
    JOB,
    LEASE,
    NAMESPACE,
    OWNED,
    POD,
    REPLICASET,
    SECRET,
    Kind,
)
from otel_operator.kinds import MUTATING_WEBHOOK as MUTATING
from otel_operator.kinds import VALIDATING_WEBHOOK as VALIDATING
from otel_operator.resources.install.labels import metadata
from otel_operator.resources.install.names import COLLECTOR_CRD, MANAGER_LEASE, Installation

READ = ("get", "list", "watch")
RBAC = "rbac.authorization.k8s.io"


def manager_access(install: Installation) -> list[JsonObject]:
    """Build the manager's ServiceAccount, ClusterRole and Role with their bindings."""
    cluster = [
        # Patch: a collector adopted from the Go operator loses that operator's finalizer when it is deleted.
        _rule([COLLECTOR], (*READ, "patch")),
        _rule([COLLECTOR], ("get", "patch"), subresource="status"),
        # Owner references with blockOwnerDeletion need this where OwnerReferencesPermissionEnforcement is on (OpenShift).
        _rule([COLLECTOR], ("update",), subresource="finalizers"),
        # Patch: default images are upgraded.
        _rule([INSTRUMENTATION], (*READ, "patch")),
        _rule([INSTRUMENTATION], ("patch",), subresource="status"),
        # Restarts for a new injection: what namespaces ask for, and whether pods may go now.
        _rule([NAMESPACE], ("get",)),
        _rule([DISRUPTION_BUDGET], ("list",)),
        *_rules_by_group(OWNED, (*READ, "create", "patch", "delete")),
        _rule([POD], READ),
        # List: why a DaemonSet or StatefulSet may not create pods is said in its Events only.
        _rule([EVENT], ("list", "create", "patch")),
        # Kopf looks for the kinds that it is to watch.
        _rule([CRD], ("list", "watch")),
    ]
    # A create request has no name yet, so that verb cannot be tied to one object.
    own = [_rule([LEASE], ("create",)), _rule([LEASE], ("get", "update"), names=[MANAGER_LEASE])]
    return _access(install.manager, "manager", install.namespace, cluster, own)


def webhook_access(install: Installation) -> list[JsonObject]:
    """Build the webhook's ServiceAccount, ClusterRole and Role with their bindings."""
    cluster = [
        _rule([MUTATING], ("get", "patch"), names=[install.mutating_configuration]),
        _rule([VALIDATING], ("get", "patch"), names=[install.validating_configuration]),
        _rule([CRD], ("get", "patch"), names=[COLLECTOR_CRD]),
        # What pod mutation decides on.
        *_rules_by_group((COLLECTOR, INSTRUMENTATION, NAMESPACE, REPLICASET, JOB), READ),
        # Only whether they exist is asked for; Kubernetes has no narrower right. Without it a missing one shows in the pod.
        _rule([SECRET, CONFIGMAP], ("get",)),
        _rule([EVENT], ("create", "patch")),
    ]
    own = [
        _rule([SECRET], ("create",)),
        _rule([SECRET], ("get", "update"), names=[install.certificate_secret]),
    ]
    return _access(install.webhook, "webhook", install.namespace, cluster, own)


def _access(
    name: str, component: str, namespace: str, cluster: Sequence[JsonObject], own: Sequence[JsonObject]
) -> list[JsonObject]:
    subject = {"kind": "ServiceAccount", "name": name, "namespace": namespace}
    wide, narrow = metadata(name, component), metadata(name, component, namespace)
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": narrow},
        {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": wide, "rules": list(cluster)},
        _binding("ClusterRole", wide, subject),
        {"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": narrow, "rules": list(own)},
        _binding("Role", narrow, subject),
    ]


def _binding(role_kind: str, meta: JsonObject, subject: JsonObject) -> JsonObject:
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": f"{role_kind}Binding",
        "metadata": meta,
        "roleRef": {"apiGroup": RBAC, "kind": role_kind, "name": meta["name"]},
        "subjects": [subject],
    }


def _rules_by_group(kinds: Sequence[Kind], verbs: Sequence[str]) -> list[JsonObject]:
    by_group = groupby(sorted(kinds, key=lambda kind: kind.group), key=lambda kind: kind.group)
    return [_rule(list(members), verbs) for _, members in by_group]


def _rule(kinds: Sequence[Kind], verbs: Sequence[str], *, subresource: str = "", names: Sequence[str] = ()) -> JsonObject:
    suffix = f"/{subresource}" if subresource else ""
    rule: JsonObject = {
        "apiGroups": [kinds[0].group],
        "resources": sorted(kind.plural + suffix for kind in kinds),
        "verbs": list(verbs),
    }
    return {**rule, "resourceNames": list(names)} if names else rule
