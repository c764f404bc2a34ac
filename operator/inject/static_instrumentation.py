"""The one Instrumentation of an operator without their CRD, out of its configuration file (spec: instrumentation §1.5). Pure.

There it is what "true" means in every namespace; names still mean resources.
"""

from collections import OrderedDict

from otel_operator.json_types import JsonObject

NAME = "(configuration file)"
"""What pods record as its name; no resource can have it."""
_MOST_KEPT = 1000


class StaticInstrumentation:
    """Looks, in each namespace, like an Instrumentation of it."""

    def __init__(self, spec: JsonObject) -> None:
        self._spec = spec
        self._seen: OrderedDict[str, JsonObject] = OrderedDict()

    def of(self, namespace: str) -> JsonObject:
        """Return it as a resource of a namespace, the same object as long as that is remembered."""
        found = self._seen.get(namespace)
        if found is None:
            found = self._seen[namespace] = {"metadata": {"namespace": namespace, "name": NAME}, "spec": self._spec}
            if len(self._seen) > _MOST_KEPT:
                self._seen.popitem(last=False)
        return found
