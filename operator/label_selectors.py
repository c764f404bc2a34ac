"""Label selectors, as Kubernetes matches them."""

from collections.abc import Mapping

from otel_operator.json_types import JsonObject


def selects(selector: JsonObject | None, labels: Mapping[str, str]) -> bool:
    """Tell whether a label selector finds `labels`; an empty one finds everything, none at all nothing."""
    if selector is None:
        return False
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_matches(expression, labels) for expression in selector.get("matchExpressions") or ())


def _matches(expression: JsonObject, labels: Mapping[str, str]) -> bool:
    value, values = labels.get(str(expression.get("key"))), expression.get("values") or ()
    match expression.get("operator"):
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    return True  # an operator that is not known may select
