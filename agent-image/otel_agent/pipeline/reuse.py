"""Decides which instances of a running graph a new configuration can keep."""

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.pipeline.instances import Graph, Instance, Keep
from otel_agent.pipeline.seat import Spread
from otel_agent.pipeline.status import InstanceId


def keepable(running: Graph, wanted: Graph, *, alive: frozenset[int] | None = None, moved: Spread = frozenset()) -> Keep:
    """Return the instances of `running` that do in `wanted`, which was built anew, what they do already.

    Kept is what has the same id and part, an equal configuration, outlets for the same signals (for connectors: to the same
    pipelines), and only extensions that are kept too. What comes after it may differ: outlets can be pointed elsewhere.
    All instances of one id go together when an extension was replaced, for they may share what they got from it.
    `alive` are the `id()` of the instances that still run, when not all do. Exporters that `moved` among workers are not kept.
    """
    new = {instance.id: instance for instance in wanted.instances()}
    kept = {
        instance.id: instance
        for instance in running.instances()
        if (alive is None or id(instance) in alive)
        and instance.id in new
        and _same(instance, new[instance.id])
        and not _has_moved(instance, moved)
    }
    while replaced := _with_replaced_extensions(kept):
        kept = {key: instance for key, instance in kept.items() if (key.kind, key.component) not in replaced}
    return Keep(running, kept)


def _has_moved(instance: Instance, moved: Spread) -> bool:
    key = instance.id
    return key.kind is ComponentKind.EXPORTER and (key.kind, key.component, key.part) in moved


def _same(running: Instance, wanted: Instance) -> bool:
    return running.config == wanted.config and running.outlets.keys() == wanted.outlets.keys()


def _with_replaced_extensions(kept: dict[InstanceId, Instance]) -> set[tuple[ComponentKind, ComponentId]]:
    extensions = {key.component for key in kept if key.kind is ComponentKind.EXTENSION}
    return {(key.kind, key.component) for key, instance in kept.items() if not instance.extensions <= extensions}
