"""Under which security context the added init containers run (spec: instrumentation §3.0)."""

from otel_operator.components.collector_config import mapping, sequence
from otel_operator.json_types import JsonObject

_OF_NODE, _PLACE = "Localhost", "localhostProfile"
_PROFILES = frozenset({"RuntimeDefault", "Unconfined", _OF_NODE})
_MOST_USER = 2**31 - 1
_SYS_ADMIN = frozenset({"SYS_ADMIN", "CAP_SYS_ADMIN"})


def contradiction(context: JsonObject, pod_spec: JsonObject) -> str:
    """Return the field of an added container's context for which the API server refuses it in this pod, "" for none.

    The rules are those of core/v1 validation; the schemas of Instrumentations and collectors have only the types.
    """
    for field in ("runAsUser", "runAsGroup"):
        number = context.get(field)
        if isinstance(number, int) and not 0 <= number <= _MOST_USER:
            return field
    added = sequence(mapping(context.get("capabilities")).get("add"))
    if context.get("allowPrivilegeEscalation") is False and (context.get("privileged") or not _SYS_ADMIN.isdisjoint(added)):
        return "allowPrivilegeEscalation"
    for field in ("seccompProfile", "appArmorProfile"):
        profile = mapping(context.get(field))
        if profile and (profile.get("type") not in _PROFILES or (profile["type"] == _OF_NODE) != bool(profile.get(_PLACE))):
            return field
    if context.get("windowsOptions") and mapping(pod_spec.get("os")).get("name") == "linux":
        return "windowsOptions"
    mounts = {None, "", "Default", *(("Unmasked",) if pod_spec.get("hostUsers") is False else ())}
    return "" if context.get("procMount") in mounts else "procMount"


def inherited(instrumentation: JsonObject, lead: JsonObject) -> JsonObject:
    """Return the field `securityContext`: the Instrumentation's, else the lead container's; absent where neither has one.

    What admits the lead container then admits those added for it.
    """
    given = instrumentation.get("initContainerSecurityContext")
    context = given if isinstance(given, dict) else lead.get("securityContext")
    return {} if context is None else {"securityContext": context}
