"""Registrations of the admission webhooks.

They have no `caBundle`: the webhook program sets it. A field that the applied file never names is left alone by
`kubectl apply`, so applying the file again does not take the certificate's trust away.
"""

from otel_operator.json_types import JsonObject
from otel_operator.kinds import COLLECTOR, INSTRUMENTATION, POD, Kind
from otel_operator.resources.install.labels import metadata
from otel_operator.resources.install.names import (
    MUTATE_COLLECTOR,
    MUTATE_INSTRUMENTATION,
    MUTATE_POD,
    VALIDATE_COLLECTOR,
    VALIDATE_INSTRUMENTATION,
    Installation,
)


def admission(install: Installation) -> list[JsonObject]:
    """Build the mutating and the validating configuration; the names of the hooks are the Go operator's."""
    mutating = [
        _hook(install, "mopentelemetrycollectorbeta.kb.io", MUTATE_COLLECTOR, COLLECTOR),
        _hook(install, "minstrumentation.kb.io", MUTATE_INSTRUMENTATION, INSTRUMENTATION),
        _pod_hook(install),
    ]
    validating = [
        _hook(install, "vopentelemetrycollectorcreateupdatebeta.kb.io", VALIDATE_COLLECTOR, COLLECTOR),
        _hook(install, "vinstrumentationcreateupdate.kb.io", VALIDATE_INSTRUMENTATION, INSTRUMENTATION),
    ]
    return [
        _configuration("MutatingWebhookConfiguration", install.mutating_configuration, mutating),
        _configuration("ValidatingWebhookConfiguration", install.validating_configuration, validating),
    ]


def client_config(install: Installation, path: str) -> JsonObject:
    """Return the `clientConfig` that reaches the webhook's Service at `path`."""
    return {"service": {"namespace": install.namespace, "name": install.webhook, "path": path, "port": 443}}


def _configuration(kind: str, name: str, hooks: list[JsonObject]) -> JsonObject:
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": kind,
        "metadata": metadata(name, "webhook"),
        "webhooks": hooks,
    }


def _pod_hook(install: Installation) -> JsonObject:
    """Build the registration for pods, which start without us where we are away or slow."""
    hook = _hook(install, "mpod.kb.io", MUTATE_POD, POD)
    hook["rules"][0]["operations"] = ["CREATE"]
    return {
        **hook,
        "failurePolicy": "Ignore",
        # Events; a dry run posts none.
        "sideEffects": "NoneOnDryRun",
        "timeoutSeconds": 5,
        # IfNeeded would ask twice about every injected pod, because the API server mounts the token into what we added.
        "reinvocationPolicy": "Never",
    }


def _hook(install: Installation, name: str, path: str, kind: Kind) -> JsonObject:
    return {
        "name": name,
        "clientConfig": client_config(install, path),
        "rules": [
            {
                "apiGroups": [kind.group],
                "apiVersions": [kind.version],
                # Not DELETE: what is wrong with an object must never keep it from being deleted.
                "operations": ["CREATE", "UPDATE"],
                "resources": [kind.plural],
                "scope": "Namespaced",
            }
        ],
        # Objects written in another served version arrive here converted.
        "matchPolicy": "Equivalent",
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "timeoutSeconds": 10,
        "admissionReviewVersions": ["v1"],
        "namespaceSelector": {
            "matchExpressions": [
                {
                    "key": "kubernetes.io/metadata.name",
                    "operator": "NotIn",
                    "values": ["kube-system", install.namespace],
                }
            ]
        },
    }
