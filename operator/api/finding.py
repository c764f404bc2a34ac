"""What is said about an object that somebody wrote: a sentence, the rule behind it, and the place it speaks of. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Path: TypeAlias = Sequence[str | int]
"""Keys and indices from the object's root, e.g. `("spec", "ports", 0, "name")`; an index may be text too."""


class Rule(StrEnum):
    """Names of the rules, for programs; `TITLES` says what each holds."""

    UNREADABLE = "unreadable"
    UNSERVED = "not-served"
    AMBIGUOUS = "ambiguous-yaml"
    METADATA = "metadata"
    UNKNOWN_FIELD = "unknown-field"
    SCHEMA = "schema"
    OLDER_VERSION = "older-version"
    CONVERSION = "conversion"
    NAME = "name"
    MODE = "mode"
    PORTS = "ports"
    AUTOSCALER = "autoscaler"
    INGRESS = "ingress"
    NOT_ACTED_ON = "not-acted-on"
    PERMISSIONS = "permissions"
    CONFIG_TEXT = "config-text"
    CONFIG = "config"
    CONFIG_PORTS = "config-ports"
    CONFIG_NULLS = "config-nulls"
    OWN_TELEMETRY = "own-telemetry"
    SAMPLER = "sampler"
    EXPORTER = "exporter"
    VOLUME = "volume"
    AGENT_IMAGE = "agent-image"
    RESTARTS = "restarts"


TITLES = {
    Rule.UNREADABLE: "Files are there and hold YAML or JSON",
    Rule.UNSERVED: "The operator's CustomResourceDefinitions serve the kind and version",
    Rule.AMBIGUOUS: "No value is text to one reader of YAML and a boolean to another",
    Rule.METADATA: "Metadata is as the API server takes it",
    Rule.UNKNOWN_FIELD: "Every field is one of the schema",
    Rule.SCHEMA: "Every value is as the schema wants it",
    Rule.OLDER_VERSION: "The version is not deprecated",
    Rule.CONVERSION: "Conversion between versions keeps what was written",
    Rule.NAME: "Names of children are whole and usable",
    Rule.MODE: "The collector's mode supports the fields that are set",
    Rule.PORTS: "spec.ports can be written into a Service",
    Rule.AUTOSCALER: "The autoscaler's limits agree and its API takes them",
    Rule.INGRESS: "The ingress has the domain that its rules need",
    Rule.NOT_ACTED_ON: "The operator acts on every field that is set",
    Rule.PERMISSIONS: "Components that read the Kubernetes API may do so",
    Rule.CONFIG_TEXT: "The collector's configuration is YAML",
    Rule.CONFIG: "The collector takes its configuration",
    Rule.CONFIG_PORTS: "The ports in the configuration can be told and are free",
    Rule.CONFIG_NULLS: "Nothing in the configuration is null, which kustomize and kubectl edit drop",
    Rule.OWN_TELEMETRY: "The port of the collector's own metrics can be told",
    Rule.SAMPLER: "The sampler is known and its argument fits",
    Rule.EXPORTER: "Endpoint, protocol and TLS of the exporter fit together",
    Rule.VOLUME: "The agent's volume is described once, by the field of today",
    Rule.AGENT_IMAGE: "The agent's image can be upgraded",
    Rule.RESTARTS: "The annotations about restarts can be read",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about an object; `str()` is the sentence, with path, problem and remedy."""

    rule: Rule
    path: tuple[str | int, ...]
    sentence: str

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True)
class Verdict:
    """`errors` refuse the object, `warnings` are shown to who applies it."""

    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the object may be stored."""
        return not self.errors


def at(rule: Rule, path: Path, problem: str) -> Finding:
    """Return a finding whose sentence begins with the path, if there is one, as in `spec.ports[0].name: problem; remedy`."""
    return Finding(rule, tuple(path), f"{shown(path)}: {problem}" if path else problem)


def shown(path: Path) -> str:
    """Write a path as people do: `spec.ports[0].name`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def sentences(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return only what is said."""
    return tuple(finding.sentence for finding in findings)
