"""What the Deployments of manager and webhook have in common: the hardened pod, its probes and its spreading."""

from collections.abc import Sequence

from otel_operator.json_types import JsonObject
from otel_operator.resources.install.labels import metadata, selector
from otel_operator.resources.install.names import METRICS_PORT, PROBE_PORT, Installation


def deployment(
    install: Installation,
    name: str,
    component: str,
    args: Sequence[str],
    *,
    ports: Sequence[JsonObject] = (),
    resources: JsonObject,
) -> JsonObject:
    """Build the Deployment of one of the operator's programs."""
    container = {
        "name": component,
        "image": install.image,
        "imagePullPolicy": "IfNotPresent",
        "args": [*args, *([f"--collector-image={install.collector_image}"] if install.collector_image else ())],
        "env": [
            _downward("NAMESPACE", "metadata.namespace"),
            _downward("POD_NAME", "metadata.name"),
            # Off in the programs and on in the install file, as with the Go operator.
            {"name": "ENABLE_NGINX_AUTO_INSTRUMENTATION", "value": "true"},
        ],
        "ports": [
            *ports,
            {"name": "metrics", "containerPort": METRICS_PORT},
            {"name": "probes", "containerPort": PROBE_PORT},
        ],
        # A cold start compiles nothing but imports much: on a busy node it may take half a minute.
        "startupProbe": _probe("/healthz", period=2, failures=30),
        "livenessProbe": _probe("/healthz", period=10, failures=3),
        "readinessProbe": _probe("/readyz", period=5, failures=2),
        "resources": resources,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 - a volume of the pod's own
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(name, component, install.namespace),
        "spec": {
            "replicas": install.replicas,
            "selector": {"matchLabels": selector(component)},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {
                "metadata": {
                    "labels": selector(component),
                    "annotations": {"kubectl.kubernetes.io/default-container": component},
                },
                "spec": _pod(name, component, container),
            },
        },
    }


def _pod(service_account: str, component: str, container: JsonObject) -> JsonObject:
    return {
        "serviceAccountName": service_account,
        "terminationGracePeriodSeconds": 30,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": selector(component)},
            }
            for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
        ],
        "containers": [container],
        # In memory: the webhook's private key passes through it on its way into the TLS library.
        "volumes": [{"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "8Mi"}}],
    }


def _downward(name: str, path: str) -> JsonObject:
    # A fieldRef is owned whole: without the default version a server-side apply conflicts with what a client-side one stored.
    return {"name": name, "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}}


def _probe(path: str, *, period: int, failures: int) -> JsonObject:
    return {
        "httpGet": {"path": path, "port": "probes"},
        "periodSeconds": period,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }
