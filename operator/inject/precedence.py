"""Which value counts when pod and namespace carry the same annotation (spec: instrumentation §2.2, operator §4).

Kubernetes has no such rule; it is the Go operator's, the same for sidecars and auto-instrumentation.
"""

from collections.abc import Mapping

TRUE = "true"
FALSE = "false"


def effective(key: str, *, pod: Mapping[str, str], namespace: Mapping[str, str]) -> str:
    """Return the value of annotation `key` that counts, "" for none.

    A pod's own value wins, but its "true" only asks whether: a name on the namespace says which, and a namespace that has
    said "true" or a name is not weakened by it. "true" and "false" are compared without case.
    """
    own, inherited = pod.get(key, ""), namespace.get(key, "")
    if not inherited or not own:
        return own or inherited
    if own.lower() != TRUE or inherited.lower() == FALSE:
        return own
    return inherited
