"""Compute resources of added containers, such that the API server takes them."""

import re
from collections.abc import Collection
from decimal import Decimal

from otel_operator.components.collector_config import mapping, sequence
from otel_operator.json_types import JsonObject

_QUANTITY = re.compile(
    r"([+-]?[0-9]{1,30}(?:\.[0-9]{0,30})?|[+-]?\.[0-9]{1,30})(?:([eE][+-]?[0-9]{1,3})|([KMGTPE]i|[numkMGTPE]))?"
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = "KMGTPE"
_OVERCOMMITTED = frozenset({"cpu", "memory", "ephemeral-storage"})
_RESOURCE = re.compile(
    r"cpu|memory|ephemeral-storage|hugepages-\w+|[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
)


def with_limits_of_requests(resources: JsonObject) -> JsonObject:
    """Return `resources` in which no limit is below its request: such a limit is raised to the request.

    Limits and requests have defaults independently of each other, so that who asks for much only by requests would else get
    pods that the API server refuses.
    """
    limits, requests = mapping(resources.get("limits")), mapping(resources.get("requests"))
    raised = {name: requests[name] for name, limit in limits.items() if name in requests and _is_below(limit, requests[name])}
    return {**resources, "limits": {**limits, **raised}} if raised else resources


def unacceptable(resources: JsonObject, claims: Collection[str]) -> str:
    """Return the entry, as `requests.foo`, for which the API server refuses a container; "" where there is none.

    `claims` are the pod's, of which a container may name some.
    """
    limits, requests = mapping(resources.get("limits")), mapping(resources.get("requests"))
    for field, given in (("limits", limits), ("requests", requests)):
        for name, value in given.items():
            if not _RESOURCE.fullmatch(name) or ((number := quantity(value)) is not None and number < 0):
                return f"{field}.{name}"
            # Of what is not shared out over time a container gets what it asks for, neither more nor less.
            if name not in _OVERCOMMITTED and (limits.get(name) is None or not _is_same(limits[name], requests.get(name))):
                return f"{field}.{name}"
            if "/" in name and number is not None and number != number.to_integral_value():
                return f"{field}.{name}"
    named = [str(claim.get("name")) for claim in sequence(resources.get("claims")) if isinstance(claim, dict)]
    return next((f"claims: {name}" for name in named if name not in claims), "")


def quantity(value: object) -> Decimal | None:
    """Return the number that a Kubernetes quantity stands for, None for what is none.

    >>> quantity("1.5Gi")
    Decimal('1610612736.0')
    """
    match = None if isinstance(value, bool) else _QUANTITY.fullmatch(str(value))
    if match is None:
        return None
    number, exponent, suffix = match.groups()
    if suffix is None:
        return Decimal(f"{number}{exponent or ''}")
    if suffix in _DECIMAL:
        return Decimal(number).scaleb(_DECIMAL[suffix])
    return Decimal(number) * (1 << 10 * (_BINARY.index(suffix[0]) + 1))


def _is_same(limit: object, request: object) -> bool:
    return request is None or quantity(limit) == quantity(request)


def _is_below(limit: object, request: object) -> bool:
    less, more = quantity(limit), quantity(request)
    return less is not None and more is not None and less < more
