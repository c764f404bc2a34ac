"""Compute resources of added containers, such that the API server takes them."""

import re
from decimal import Decimal

from otel_operator.components.collector_config import mapping
from otel_operator.json_types import JsonObject

_QUANTITY = re.compile(
    r"([+-]?[0-9]{1,30}(?:\.[0-9]{0,30})?|[+-]?\.[0-9]{1,30})(?:([eE][+-]?[0-9]{1,3})|([KMGTPE]i|[numkMGTPE]))?"
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = "KMGTPE"


def with_limits_of_requests(resources: JsonObject) -> JsonObject:
    """Return `resources` in which no limit is below its request: such a limit is raised to the request.

    Limits and requests have defaults independently of each other, so that who asks for much only by requests would else get
    pods that the API server refuses.
    """
    limits, requests = mapping(resources.get("limits")), mapping(resources.get("requests"))
    raised = {name: requests[name] for name, limit in limits.items() if name in requests and _is_below(limit, requests[name])}
    return {**resources, "limits": {**limits, **raised}} if raised else resources


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


def _is_below(limit: object, request: object) -> bool:
    less, more = quantity(limit), quantity(request)
    return less is not None and more is not None and less < more
