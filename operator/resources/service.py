"""The Services in front of a collector: main, headless, monitoring, extensions, and the alias under the collector's own name."""

from otel_operator import naming
from otel_operator.components.collector_config import EXTENSIONS, config_of, mapping, mode_of, spec_of
from otel_operator.components.ports import inferred_ports, service_ports
from otel_operator.components.telemetry import metrics_endpoint
from otel_operator.json_types import JsonObject
from otel_operator.kinds import SERVICE
from otel_operator.labels import ALIAS_SERVICE, YIELD_TO_FOREIGN, selector_labels
from otel_operator.resources.metadata import annotations_of, child, labels_of, present
from otel_operator.settings import Settings

SERVICE_TYPE = "operator.opentelemetry.io/collector-service-type"
"""Label by which ServiceMonitors tell a collector's Services apart: base, headless, monitoring, extension, alias."""
HEADLESS = "operator.opentelemetry.io/collector-headless-service"
MONITORING = "operator.opentelemetry.io/collector-monitoring-service"
SERVING_CERT = "service.beta.openshift.io/serving-cert-secret-name"


def services(collector: JsonObject, settings: Settings) -> list[JsonObject]:
    """Build the Services of a collector that has a workload of its own."""
    ports = receiving_ports(collector)
    built = []
    if ports:
        built.append(_main(collector, settings, ports))
    if ports or governs_pods(collector):
        built.append(_headless(collector, settings, ports))
    built.append(_monitoring(collector, settings))
    extension_ports = list(inferred_ports(config_of(collector), [EXTENSIONS]).ports)
    if extension_ports:
        built.append(_extension(collector, settings, extension_ports))
    if ports and wants_alias(collector, settings) and (alias := naming.alias_service(collector["metadata"]["name"])):
        built.append(_alias(collector, settings, alias, ports))
    return built


def receiving_ports(collector: JsonObject) -> list[JsonObject]:
    """Return the ports of the main Service: `spec.ports`, then those of receivers and exporters."""
    spec = spec_of(collector)
    ports = service_ports(spec, inferred_ports(config_of(collector)).ports)
    if mapping(spec.get("ingress")).get("type") != "route":
        return ports
    # OpenShift's router reads appProtocol, and knows gRPC as HTTP/2 without TLS.
    return [{**port, "appProtocol": "h2c"} if str(port.get("appProtocol")).lower() == "grpc" else port for port in ports]


def governs_pods(collector: JsonObject) -> bool:
    """Tell whether the headless Service gives a StatefulSet's pods their names, for which it needs no ports."""
    return mode_of(collector) == "statefulset" and not spec_of(collector).get("serviceName")


def wants_alias(collector: JsonObject, settings: Settings) -> bool:
    """Tell whether a Service named like the CR is wanted: the CR's annotation decides, else the operator's setting."""
    choice = mapping(collector["metadata"].get("annotations")).get(ALIAS_SERVICE)
    return choice == "true" if choice in ("true", "false") else settings.alias_service


def _main(collector: JsonObject, settings: Settings, ports: list[JsonObject]) -> JsonObject:
    name = naming.service(collector["metadata"]["name"])
    labels = labels_of(collector, name, settings) | {SERVICE_TYPE: "base"}
    obj = child(SERVICE, collector, name, labels, annotations_of(collector, settings))
    return {**obj, "spec": _reaching_receivers(collector, ports)}


def _headless(collector: JsonObject, settings: Settings, ports: list[JsonObject]) -> JsonObject:
    owner = collector["metadata"]["name"]
    name = naming.headless_service(owner)
    labels = labels_of(collector, naming.service(owner), settings) | {SERVICE_TYPE: "headless", HEADLESS: "Exists"}
    annotations = {SERVING_CERT: f"{name}-tls"} | annotations_of(collector, settings)
    obj = child(SERVICE, collector, name, labels, annotations)
    return {**obj, "spec": {"clusterIP": "None"} | _reaching_receivers(collector, ports)}


def _monitoring(collector: JsonObject, settings: Settings) -> JsonObject:
    name = naming.monitoring_service(collector["metadata"]["name"])
    labels = labels_of(collector, name, settings) | {SERVICE_TYPE: "monitoring", MONITORING: "Exists"}
    obj = child(SERVICE, collector, name, labels, annotations_of(collector, settings))
    number = metrics_endpoint(config_of(collector)).port
    ports = [{"name": "monitoring", "port": number, "protocol": "TCP"}]
    return {**obj, "spec": _selecting(collector, ports) | _ip_families(collector) | _traffic(collector)}


def _extension(collector: JsonObject, settings: Settings, ports: list[JsonObject]) -> JsonObject:
    name = naming.extension_service(collector["metadata"]["name"])
    labels = labels_of(collector, name, settings) | {SERVICE_TYPE: "extension"}
    obj = child(SERVICE, collector, name, labels, annotations_of(collector, settings))
    return {**obj, "spec": _selecting(collector, service_ports({}, ports)) | _traffic(collector)}


def _alias(collector: JsonObject, settings: Settings, name: str, ports: list[JsonObject]) -> JsonObject:
    labels = labels_of(collector, name, settings) | {SERVICE_TYPE: "alias"}
    annotations = annotations_of(collector, settings) | {YIELD_TO_FOREIGN: "true"}
    obj = child(SERVICE, collector, name, labels, annotations)
    return {**obj, "spec": _reaching_receivers(collector, ports)}


def _reaching_receivers(collector: JsonObject, ports: list[JsonObject]) -> JsonObject:
    policy = "Local" if mode_of(collector) == "daemonset" else "Cluster"
    spec = _selecting(collector, ports) | {"internalTrafficPolicy": policy}
    return spec | _ip_families(collector) | _traffic(collector)


def _selecting(collector: JsonObject, ports: list[JsonObject]) -> JsonObject:
    return {"selector": selector_labels(collector)} | present(ports=ports)


def _ip_families(collector: JsonObject) -> JsonObject:
    spec = spec_of(collector)
    return present(ipFamilies=spec.get("ipFamilies"), ipFamilyPolicy=spec.get("ipFamilyPolicy"))


def _traffic(collector: JsonObject) -> JsonObject:
    spec = spec_of(collector)
    names = ("trafficDistribution", "sessionAffinity", "sessionAffinityConfig")
    return present(**{name: spec.get(name) for name in names})
