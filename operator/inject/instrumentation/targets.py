"""Which containers of a pod a list of names means, and in what order (spec: instrumentation §3.0)."""

from dataclasses import dataclass

from otel_operator.inject.instrumentation.container_lists import NameList
from otel_operator.inject.instrumentation.pod_spec import INIT, REGULAR, containers
from otel_operator.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class Target:
    """A container that is to be instrumented."""

    name: str
    field: str
    """`containers` or `initContainers`."""

    @property
    def is_init(self) -> bool:
        """Whether it is an init container."""
        return self.field == INIT

    def container(self, spec: JsonObject) -> JsonObject:
        """Return the container as it is now."""
        return next(container for container in containers(spec, self.field) if container["name"] == self.name)


def resolve(spec: JsonObject, given: NameList) -> list[Target]:
    """Return the containers that exist, each once: init containers as the pod has them, then regular ones as named."""
    regular = {container["name"] for container in containers(spec, REGULAR)}
    wanted = dict.fromkeys(given.names) or _first(spec)
    init = [
        Target(container["name"], INIT)
        for container in containers(spec, INIT)
        if container["name"] in wanted and container["name"] not in regular
    ]
    return [*init, *(Target(name, REGULAR) for name in wanted if name in regular)]


def unknown(spec: JsonObject, given: NameList) -> list[str]:
    """Return names that the pod itself asks for and does not have."""
    there = {container["name"] for field in (REGULAR, INIT) for container in containers(spec, field)}
    return [name for name in dict.fromkeys(given.of_pod) if name not in there]


def _first(spec: JsonObject) -> dict[str, None]:
    return {container["name"]: None for container in containers(spec, REGULAR)[:1]}
