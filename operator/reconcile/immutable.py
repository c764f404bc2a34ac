"""Changes that the API server refuses on a live object, and how the object is then replaced. Pure."""

import re
from typing import Any

from otel_operator.json_types import JsonObject
from otel_operator.kube.client import Propagation

_REFUSED = re.compile(r"field is immutable|updates to \w+ spec for fields other than|may not change once set", re.IGNORECASE)
_TWO_CONTROLLERS = re.compile(r"Only one reference can have Controller set", re.IGNORECASE)


def is_immutable_change(message: str) -> bool:
    """Tell whether a 422 says that a field cannot change any more."""
    return _REFUSED.search(message) is not None


def has_two_controllers(message: str) -> bool:
    """Tell whether a 422 says that the live object still belongs to another controller.

    That is so when a collector is created again before its former children have been collected.
    """
    return _TWO_CONTROLLERS.search(message) is not None


def replacement_propagation(live: JsonObject, wanted: JsonObject) -> Propagation:
    """Say what becomes of the pods of a workload that must be deleted and made anew.

    A StatefulSet's pods are left and adopted by the new one, which then rolls them, so nothing goes down at once. That
    holds only while the selector still finds them; otherwise nobody would ever delete them.
    """
    same_selector = _selector(live) == _selector(wanted)
    return "Orphan" if live.get("kind") == "StatefulSet" and same_selector else "Background"


def _selector(obj: JsonObject) -> Any:
    return ((obj.get("spec") or {}).get("selector") or {}).get("matchLabels")
