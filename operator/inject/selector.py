"""What the value of an annotation that asks for injection names: an Instrumentation or a collector (spec: operator §4). Pure."""

from collections.abc import Collection

from otel_operator.inject.precedence import TRUE


def named(value: str, namespace: str) -> tuple[str, str] | None:
    """Return namespace and name of what `value`, neither empty nor "false", names in a pod of `namespace`; None for "true".

    "true" means the only one of the pod's namespace, `name` one of it by name, `namespace/name` one of another.
    """
    if value.lower() == TRUE:
        return None
    first, slash, second = value.partition("/")
    return (first, second) if slash else (namespace, first)


def chosen(value: str, namespace: str, existing: Collection[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the one of `existing` (namespace, name) that a value chooses, None when it chooses none."""
    key = named(value, namespace)
    if key is None:
        candidates = [candidate for candidate in existing if candidate[0] == namespace]
        return candidates[0] if len(candidates) == 1 else None
    return key if key in existing else None
