"""What is known of the request that an item came in: `otelcol.client.*` and `otelcol.grpc.metadata`, to be read only.

Metadata are there when the receiver has `include_metadata`; each key has a list of values.
"""

from collections.abc import Callable, Mapping
from typing import Any

from otel_agent.ottl.contexts.maps import Keys, resolver
from otel_agent.ottl.function import Accessor
from otel_agent.ottl.indexing import member
from otel_agent.ottl.values import EvaluationError, Value

_Read = Callable[[Any], Value]


def _metadata(item: Any) -> dict[str, Value]:
    return {key: list(values) for key, values in item.client.metadata.items()}


_MAPS: Mapping[str, _Read] = {
    "client.metadata": _metadata,
    "client.auth.attributes": lambda item: dict(item.client.auth),
    "grpc.metadata": _metadata,
}


def request_accessor(name: str, keys: Keys | None) -> Accessor | None:
    """Return the accessor of a path behind `otelcol.`; None for one that is none."""
    if name == "client.addr" and keys is None:
        return Accessor(lambda item: item.client.address, _refuse)
    read = _MAPS.get(name)
    if read is None:
        return None
    if keys is None:
        return Accessor(read, _refuse)
    resolve = resolver(keys)
    return Accessor(lambda item: member(read(item), resolve(item)), _refuse)


def _refuse(item: Any, value: Value) -> None:
    raise EvaluationError("what is known of a request cannot be set")
