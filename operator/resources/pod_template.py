"""The pod template that Deployment, DaemonSet and StatefulSet share."""

from otel_operator import naming
from otel_operator.api.annotations import STASH_KEYS
from otel_operator.components.collector_config import config_of, mapping, mode_of, sequence, spec_of
from otel_operator.components.telemetry import metrics_endpoint
from otel_operator.json_types import JsonObject
from otel_operator.labels import filtered, pod_annotations
from otel_operator.resources.config import config_hash
from otel_operator.resources.container import collector_container, extra_config_volumes
from otel_operator.resources.metadata import annotations_of, labels_of, present
from otel_operator.resources.service_account import service_account_name
from otel_operator.settings import Settings

_PASSED_ON = (
    "initContainers",
    "tolerations",
    "nodeSelector",
    "hostUsers",
    "hostAliases",
    "priorityClassName",
    "affinity",
    "terminationGracePeriodSeconds",
)


def pod_template(collector: JsonObject, settings: Settings) -> JsonObject:
    """Build the template; a change of the configuration changes an annotation and so rolls the pods."""
    name = naming.collector(collector["metadata"]["name"])
    return {
        "metadata": {
            "labels": labels_of(collector, name, settings, filtered=True),
            "annotations": _annotations(collector, settings),
        },
        "spec": _pod_spec(collector, settings),
    }


def _annotations(collector: JsonObject, settings: Settings) -> dict[str, str]:
    spec, config = spec_of(collector), config_of(collector)
    given = {k: v for k, v in mapping(spec.get("podAnnotations")).items() if k not in STASH_KEYS}
    metrics = mapping(mapping(spec.get("observability")).get("metrics"))
    scraped = metrics.get("disablePrometheusAnnotations") is not True
    return pod_annotations(
        filtered(given, settings.annotations_filter),
        annotations_of(collector, settings),
        config_sha256=config_hash(config),
        prometheus_port=metrics_endpoint(config).port if scraped else None,
    )


def _pod_spec(collector: JsonObject, settings: Settings) -> JsonObject:
    spec = spec_of(collector)
    return {
        "serviceAccountName": service_account_name(collector),
        "containers": [collector_container(collector, settings), *sequence(spec.get("additionalContainers"))],
        "volumes": [_config_volume(collector), *sequence(spec.get("volumes")), *extra_config_volumes(collector)],
        "dnsPolicy": _dns_policy(spec),
        # Said even where they mean the default: the Go operator says them, and to a workload's controller a field that is
        # unset and one that is empty are two templates, so that leaving them out would roll the pods on takeover.
        "dnsConfig": mapping(spec.get("podDnsConfig")),
        "shareProcessNamespace": spec.get("shareProcessNamespace") is True,
        **{name: True for name in ("hostNetwork", "hostPID") if spec.get(name) is True},
        **present(
            securityContext=spec.get("podSecurityContext"),
            topologySpreadConstraints=spec.get("topologySpreadConstraints") if mode_of(collector) != "daemonset" else None,
            **{name: spec.get(name) for name in _PASSED_ON},
        ),
    }


def _config_volume(collector: JsonObject) -> JsonObject:
    name = naming.config_map(collector["metadata"]["name"], config_hash(config_of(collector)))
    items = [{"key": naming.CONFIG_KEY, "path": naming.CONFIG_KEY}]
    return {"name": naming.CONFIG_VOLUME, "configMap": {"name": name, "items": items}}


def _dns_policy(spec: JsonObject) -> str:
    if spec.get("dnsPolicy"):
        return str(spec["dnsPolicy"])
    if mapping(spec.get("podDnsConfig")).get("nameservers") is not None:
        return "None"
    return "ClusterFirstWithHostNet" if spec.get("hostNetwork") is True else "ClusterFirst"
