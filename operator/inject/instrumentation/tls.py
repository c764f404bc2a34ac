"""Files of TLS towards the endpoint: variables, volumes and mounts (spec: instrumentation §4.3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import isabs

from otel_operator.components.collector_config import mapping
from otel_operator.inject.surroundings import Reference
from otel_operator.json_types import JsonObject
from otel_operator.naming import MAX_LABEL, dns_name, truncate


@dataclass(frozen=True, slots=True)
class ExporterTls:
    """`spec.exporter.tls` of an Instrumentation; fields that are not set are empty."""

    secret: str = ""
    config_map: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""

    def references(self, namespace: str) -> Iterator[Reference]:
        """Yield what must exist in the pod's namespace."""
        if self.secret:
            yield Reference("Secret", namespace, self.secret)
        if self.config_map:
            yield Reference("ConfigMap", namespace, self.config_map)

    def files(self) -> Iterator[tuple[str, str, str]]:
        """Yield variable, path and field of each file that is set.

        The path is empty where the field is a key, and neither a Secret nor a ConfigMap is named that could have it.
        """
        authority = _config_map_directory(self.config_map) if self.config_map else _secret_directory(self.secret)
        for variable, directory, file, field in (
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", authority, self.ca_file, "ca_file"),
            ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", _secret_directory(self.secret), self.cert_file, "cert_file"),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", _secret_directory(self.secret), self.key_file, "key_file"),
        ):
            if file:
                yield variable, file if isabs(file) else f"{directory}/{file}" if directory else "", field

    def volumes(self) -> Iterator[tuple[JsonObject, str]]:
        """Yield volumes and where each is mounted."""
        if self.secret:
            volume = {"name": _volume("otel-auto-secret-%s", self.secret), "secret": {"secretName": self.secret}}
            yield volume, _secret_directory(self.secret)
        if self.config_map:
            volume = {"name": _volume("otel-auto-configmap-%s", self.config_map), "configMap": {"name": self.config_map}}
            yield volume, _config_map_directory(self.config_map)


def exporter_tls(spec: JsonObject) -> ExporterTls:
    """Read `exporter.tls` of an Instrumentation's spec."""
    tls = mapping(mapping(spec.get("exporter")).get("tls"))
    names = ("secretName", "configMapName", "ca_file", "cert_file", "key_file")
    return ExporterTls(*(text if isinstance(text := tls.get(name), str) else "" for name in names))


def _secret_directory(name: str) -> str:
    return f"/otel-auto-instrumentation-secret-{name}" if name else ""


def _config_map_directory(name: str) -> str:
    return f"/otel-auto-instrumentation-configmap-{name}"


def _volume(fmt: str, name: str) -> str:
    # A volume's name has no dots, which names of Secrets and ConfigMaps may have.
    return dns_name(truncate(fmt, MAX_LABEL, name))
