"""What every pod of a collector gets alike. It is made once for a version of the collector: rendering takes milliseconds."""

from dataclasses import dataclass

from otel_operator import naming
from otel_operator.api.config_text import config_text
from otel_operator.api.conversion import unparseable_config
from otel_operator.components.collector_config import config_of, mapping, sequence, spec_of
from otel_operator.components.defaulting import default_collector
from otel_operator.inject.outcome import Refusal
from otel_operator.inject.per_version import PerVersion
from otel_operator.inject.sidecar.names import SIDECAR
from otel_operator.json_types import JsonObject
from otel_operator.resources.container import container, extra_config_volumes, flags
from otel_operator.settings import Settings

CONFIG_VARIABLE = "OTEL_CONFIG"
LONGEST_VARIABLE = 131_072
"""Bytes of `NAME=value` and its terminator in one variable: Linux starts no process with a longer one (MAX_ARG_STRLEN)."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The parts of a pod that come from the collector alone; shared between pods and never changed."""

    resource: tuple[str, str]
    """Namespace and name of the collector."""
    container: JsonObject
    """The collector's container; variables about the pod are not in it yet."""
    init_containers: list[JsonObject]
    volumes: list[JsonObject]
    label: str


def prepare(collector: JsonObject, settings: Settings) -> Sidecar | Refusal:
    """Render the sidecar of `collector` (v1beta1), or say why it could not start.

    The container is that of the workloads (`resources.container`), but its configuration comes in the environment: its
    ConfigMap is in the collector's namespace, where the pod need not be.
    """
    collector = default_collector(collector).object
    metadata, spec = collector["metadata"], spec_of(collector)
    resource = (str(metadata.get("namespace", "")), str(metadata["name"]))
    named = f'OpenTelemetryCollector "{resource[0]}/{resource[1]}"'
    if unparseable_config(collector) is not None:
        return Refusal(SIDECAR, "ConfigInvalid", f"{named}: spec.config cannot be read; correct it", resource)
    text = config_text(config_of(collector))
    size = len(f"{CONFIG_VARIABLE}={text}".encode()) + 1
    if size > LONGEST_VARIABLE:
        message = (
            f"{named}: spec.config has {size} bytes as a variable, Linux takes {LONGEST_VARIABLE}; shorten it, "
            "or mount its larger parts from a ConfigMap by spec.configmaps"
        )
        return Refusal(SIDECAR, "ConfigTooLarge", message, resource)
    args = [*flags(mapping(spec.get("args"))), f"--config=env:{CONFIG_VARIABLE}"]
    built = container(collector, settings, args=args, mounts=[])
    env = [variable for variable in built["env"] if variable.get("name") != CONFIG_VARIABLE]
    return Sidecar(
        resource=resource,
        container={**built, "env": [*env, {"name": CONFIG_VARIABLE, "value": _literal(text)}]},
        init_containers=sequence(spec.get("initContainers")),
        volumes=[*sequence(spec.get("volumes")), *extra_config_volumes(collector)],
        label=naming.truncate("%s.%s", naming.MAX_LABEL, *resource),
    )


def _literal(text: str) -> str:
    """Double what the kubelet would halve: in the value of a variable `$$` stands for `$`, in a configuration for itself."""
    return text.replace("$$", "$$$$")


class PreparedSidecars(PerVersion[Sidecar | Refusal]):
    """Keeps what `prepare` made of the collectors last used."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(lambda collector: prepare(collector, settings))
