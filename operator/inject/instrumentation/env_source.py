"""Whether the API server takes a variable's `valueFrom` that an Instrumentation gives, whose own schema checks less. Pure.

The rules are those of core/v1 validation (`validateEnvVarValueFrom` of Kubernetes); an Instrumentation that broke one
would keep every pod that asks for it from being created.
"""

import re
from collections.abc import Callable, Mapping

from otel_operator.components.collector_config import mapping
from otel_operator.json_types import JsonObject

_FIELD = re.compile(
    r"metadata\.(name|namespace|uid)|spec\.(nodeName|serviceAccountName)|status\.(hostIPs?|podIPs?)"
    r"|metadata\.(labels|annotations)\['([A-Za-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?'\]"
)
_RESOURCE = re.compile(r"(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-\w+)")
_DIVISORS = re.compile(r"0|1|1[kMGTPE]i?|1Ki")
_CPU_DIVISORS = frozenset({"0", "1", "1m"})
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_KEY = re.compile(r"(?!\.\.)(?!\.$)[A-Za-z0-9._-]{1,253}")


def is_acceptable_source(source: object) -> bool:
    """Tell whether `source` is one source, complete."""
    given = [(kind, inner) for kind, inner in mapping(source).items() if inner is not None]
    if len(given) != 1:
        return False
    kind, inner = given[0]
    check = _CHECKS.get(kind)
    return check is not None and isinstance(inner, dict) and check(inner)


def _is_field(source: JsonObject) -> bool:
    return source.get("apiVersion") in (None, "", "v1") and _FIELD.fullmatch(str(source.get("fieldPath") or "")) is not None


def _is_resource(source: JsonObject) -> bool:
    match = _RESOURCE.fullmatch(str(source.get("resource") or ""))
    divisor = str(source.get("divisor") or "0")
    if match is None:
        return False
    return divisor in _CPU_DIVISORS if match[2] == "cpu" else _DIVISORS.fullmatch(divisor) is not None


def _is_key(source: JsonObject) -> bool:
    name, key = str(source.get("name") or ""), str(source.get("key") or "")
    return _NAME.fullmatch(name) is not None and _KEY.fullmatch(key) is not None


_CHECKS: Mapping[str, Callable[[JsonObject], bool]] = {
    "fieldRef": _is_field,
    "resourceFieldRef": _is_resource,
    "configMapKeyRef": _is_key,
    "secretKeyRef": _is_key,
}
"""By kind of source. One that needs more of a pod than a variable, as `fileKeyRef` a volume, is none for an Instrumentation."""
