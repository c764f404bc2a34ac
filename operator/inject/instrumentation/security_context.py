"""Under which security context the added init containers run (spec: instrumentation §3.0)."""

from otel_operator.json_types import JsonObject


def inherited(instrumentation: JsonObject, lead: JsonObject) -> JsonObject:
    """Return the field `securityContext`: the Instrumentation's, else the lead container's; absent where neither has one.

    What admits the lead container then admits those added for it.
    """
    given = instrumentation.get("initContainerSecurityContext")
    context = given if isinstance(given, dict) else lead.get("securityContext")
    return {} if context is None else {"securityContext": context}
