"""The verdict on an OpenTelemetryCollector: why it is refused, and what its author should know.

Every rule runs and every finding is reported, each with path, problem and remedy.
"""

from collections.abc import Callable, Iterator

from otel_operator.api.finding import Finding, Verdict, sentences
from otel_operator.components.autoscaler_rules import autoscaler
from otel_operator.components.config_rules import config_errors, config_warnings
from otel_operator.components.mode_rules import mode_change, unsupported_fields
from otel_operator.components.network_rules import ingress_host, name_warnings, spec_ports
from otel_operator.components.unbuilt import unbuilt_warnings
from otel_operator.json_types import JsonObject

_Rule = Callable[[JsonObject], Iterator[Finding]]
_ERRORS: tuple[_Rule, ...] = (unsupported_fields, spec_ports, autoscaler, ingress_host)
_WARNINGS: tuple[_Rule, ...] = (name_warnings, unbuilt_warnings)


def validate_collector(new: JsonObject, old: JsonObject | None, *, default_image: str) -> Verdict:
    """Judge `new` (v1beta1, defaulted); `old` is what it replaces, None on creation.

    Deletions are not judged: an object that is wrong must be deletable.
    """
    errors = list(mode_change(new, old)) if old is not None else []
    for rule in _ERRORS:
        errors.extend(rule(new))
    errors.extend(config_errors(new, default_image))
    warnings = list(config_warnings(new, default_image))
    for rule in _WARNINGS:
        warnings.extend(rule(new))
    return Verdict(tuple(errors), tuple(warnings))


def config_problems(obj: JsonObject, default_image: str) -> tuple[str, ...]:
    """Return only what makes the configuration unusable, for clusters whose webhooks are off."""
    return sentences(config_errors(obj, default_image))
