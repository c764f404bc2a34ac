"""Instrumentation v1alpha1: what is injected into pods that ask for auto-instrumentation."""

from typing import Annotated

from otel_operator.api.model import (
    ATOMIC,
    ApiModel,
    Embedded,
    Flag,
    Obj,
    Objs,
    Schema,
    StringMap,
    Text,
    Texts,
    described,
)
from otel_operator.api.samplers import SAMPLERS

PROPAGATORS = ("tracecontext", "baggage", "b3", "b3multi", "jaeger", "xray", "ottrace", "none")
_PATH = {"pattern": "^[A-Za-z0-9._/-]*$", "maxLength": 256}
_CONDITIONS = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]}
Number = Annotated[int | None, Schema({"format": "int32", "minimum": 0})]
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"


class ExporterTls(ApiModel):
    """TLS towards the endpoint."""

    secret_name: Text = described("Secret with key and certificate.")
    config_map_name: Text = described("ConfigMap with the authority's certificate.")
    ca_file: Annotated[str | None, Schema()] = described("Key or path of the authority's certificate.", alias="ca_file")
    cert_file: Annotated[str | None, Schema()] = described("Key or path of the certificate.", alias="cert_file")
    key_file: Annotated[str | None, Schema()] = described("Key or path of the key.", alias="key_file")


class Exporter(ApiModel):
    """Where telemetry goes."""

    endpoint: Text = described("URL of the collector.")
    tls: ExporterTls | None = described("TLS towards the endpoint.")


class Resource(ApiModel):
    """Resource attributes."""

    resource_attributes: StringMap = described("Attributes added to all telemetry.")
    add_k8s_uid_attributes: Annotated[bool | None, Schema()] = described("Add UIDs of the owners.", alias="addK8sUIDAttributes")


class Sampler(ApiModel):
    """Sampling in the SDK."""

    type: Annotated[str | None, Schema({"enum": list(SAMPLERS)})] = described("Sampler.")
    argument: Text = described("Argument of the sampler.")


class Defaults(ApiModel):
    """Defaults for all languages."""

    use_labels_for_resource_attributes: Flag = described("Take resource attributes from app.kubernetes.io labels.")


class Language(ApiModel):
    """Auto-instrumentation of one language."""

    image: Text = described("Image with the agent.")
    volume_claim_template: Annotated[Obj, Embedded("PersistentVolumeClaimTemplate")] = described("Volume for the agent's files.")
    volume_limit_size: Annotated[int | str | None, Embedded(_QUANTITY)] = described(
        "Deprecated: size limit of the volume.", alias="volumeLimitSize"
    )
    env: Annotated[Objs, Embedded("EnvVar")] = described("Environment for this language.")


class LanguageWithRequirements(Language):
    """A language whose resources field is called resourceRequirements."""

    resource_requirements: Annotated[Obj, Embedded("ResourceRequirements")] = described("Resources of the init container.")


class JavaExtension(ApiModel):
    """An extension of the Java agent."""

    image: Text = described("Image with the extension.")
    dir: Text = described("Folder in the image.")


class Java(Language):
    """Java agent."""

    resources: Annotated[Obj, Embedded("ResourceRequirements")] = described("Resources of the init container.")
    extensions: Annotated[list[JavaExtension] | None, Schema()] = described("Extensions of the agent.")


class Go(LanguageWithRequirements):
    """Go eBPF agent, a sidecar."""

    security_context: Annotated[Obj, Embedded("SecurityContext")] = described("Security context of the sidecar.")


class ApacheHttpd(LanguageWithRequirements):
    """Apache HTTPD module."""

    attrs: Annotated[Objs, Embedded("EnvVar")] = described("Attributes of the module's configuration.")
    version: Text = described("Version of Apache HTTPD.")
    config_path: Annotated[str | None, Schema(_PATH)] = described("Folder of the configuration.")


class Nginx(LanguageWithRequirements):
    """Nginx module."""

    attrs: Annotated[Objs, Embedded("EnvVar")] = described("Attributes of the module's configuration.")
    config_file: Annotated[str | None, Schema(_PATH)] = described("Configuration file.")


class InstrumentationSpec(ApiModel):
    """What is injected."""

    exporter: Exporter | None = described("Where telemetry goes.")
    resource: Resource | None = described("Resource attributes.")
    propagators: Annotated[list[str] | None, Schema({"items": {"type": "string", "enum": list(PROPAGATORS)}})] = described(
        "Propagators."
    )
    sampler: Sampler | None = described("Sampling.")
    defaults: Defaults | None = described("Defaults for all languages.")
    env: Annotated[Objs, Embedded("EnvVar")] = described("Environment for all languages.")
    image_pull_policy: Text = described("Pull policy of the agents' images.")
    init_container_security_context: Annotated[Obj, Embedded("SecurityContext")] = described(
        "Security context of the init containers."
    )
    java: Java | None = described("Java.")
    nodejs: LanguageWithRequirements | None = described("Node.js.")
    python: LanguageWithRequirements | None = described("Python.")
    dotnet: LanguageWithRequirements | None = described(".NET.")
    go: Go | None = described("Go.")
    apache_httpd: ApacheHttpd | None = described("Apache HTTPD.")
    nginx: Nginx | None = described("Nginx.")


class InjectedLanguage(ApiModel):
    """Pods with one language."""

    language: Text = described("Language, as in its annotation.")
    pods: Number = described("Pods with it.")
    outdated_pods: Number = described("Pods of them that got it before the last change of the Instrumentation.")


class InjectedWorkload(ApiModel):
    """Pods of one workload."""

    kind: Text = described("Kind of the workload; Pod for a pod without one.")
    namespace: Text = described("Its namespace.")
    name: Text = described("Its name.")
    languages: Texts = described("Languages that its pods got.")
    pods: Number = described("Pods that are injected.")
    outdated_pods: Number = described("Pods of them with an older injection.")
    refused_pods: Number = described("Pods that were refused something.")
    missed_pods: Number = described("Pods that ask for this Instrumentation and run without.")


class InjectionStatus(ApiModel):
    """Whose pods carry the injection."""

    pods: Number = described("Pods that are injected.")
    outdated_pods: Number = described("Pods of them with an older injection.")
    refused_pods: Number = described("Pods that asked for this Instrumentation and were refused something.")
    missed_pods: Number = described("Pods that ask for this Instrumentation and run without, as when the webhook was away.")
    languages: Annotated[list[InjectedLanguage] | None, Schema(ATOMIC)] = described("The same by language.")
    workloads: Annotated[list[InjectedWorkload] | None, Schema(ATOMIC)] = described(
        "The same by workload, those first that need attention."
    )
    omitted_workloads: Number = described("Workloads beyond those that are shown.")


class InstrumentationStatus(ApiModel):
    """What the operator saw."""

    injection: InjectionStatus | None = described("Whose pods carry the injection.")
    upgrade_blocked_versions: StringMap = described("Languages whose image is not upgraded, and why.")
    observed_generation: Annotated[int | None, Schema({"format": "int64"})] = described("Generation that this status speaks of.")
    conditions: Annotated[Objs, Embedded("io.k8s.apimachinery.pkg.apis.meta.v1.Condition"), Schema(_CONDITIONS)] = described(
        "Conditions."
    )


class Instrumentation(ApiModel):
    """Auto-instrumentation of pods."""

    spec: InstrumentationSpec | None = described("What is wanted.")
    status: InstrumentationStatus | None = described("What is.")
