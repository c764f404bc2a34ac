"""What the API server and the webhook would say to an object that is to be created, without either of them. Pure.

An object goes the way that an applied one goes: unknown fields, the API server's own changes and validation of metadata and
schema, conversion, the webhook's mutation, the webhook's validation.
"""

from otel_operator.api.conversion import convert
from otel_operator.api.crd import served_schemas
from otel_operator.api.finding import Finding, Rule, Verdict, at
from otel_operator.api.group import GROUP, OLDER_VERSION, V1ALPHA1_WARNING
from otel_operator.api.metadata_rules import metadata_errors
from otel_operator.api.schema_check import unknown_fields, wrong_values
from otel_operator.api.schema_defaults import with_schema_defaults
from otel_operator.api.stored_json import NotStorable, as_stored
from otel_operator.json_types import JsonObject
from otel_operator.kinds import COLLECTOR, INSTRUMENTATION
from otel_operator.settings import Settings
from otel_operator.webhook.admission import (
    completed_collector,
    completed_instrumentation,
    judged_collector,
    judged_instrumentation,
)

_OURS = (COLLECTOR.kind, INSTRUMENTATION.kind)
_BUILT_ELSEWHERE = ("TargetAllocator", "OpAMPBridge", "ClusterObservability")
"""Kinds of the group that other operators have."""


def concerns(obj: JsonObject) -> bool:
    """Tell whether an object is for this operator: of its API group, or of a kind that nobody else has."""
    group, kind = str(obj.get("apiVersion")).partition("/")[0], obj.get("kind")
    return kind not in _BUILT_ELSEWHERE and (group == GROUP or kind == COLLECTOR.kind)


def admitted(obj: JsonObject, settings: Settings) -> Verdict:
    """Judge an object that `concerns` this operator.

    As on a server, the webhook's rules are asked only where metadata and schema are right; unknown fields do not keep them.
    """
    schema = served_schemas().get((str(obj.get("apiVersion")), str(obj.get("kind"))))
    if schema is None:
        return Verdict(errors=(_unserved(obj),))
    try:
        written = {name: value for name, value in as_stored(obj).items() if name != "status"}  # which is written apart
    except NotStorable as error:
        return Verdict(errors=(at(Rule.SCHEMA, error.path, str(error)),))
    refused = tuple(metadata_errors(written))
    unknown = tuple(unknown_fields({**written, "metadata": {}}, schema))
    stored = written if refused else _mutated(with_schema_defaults(written), settings)
    mutated = with_schema_defaults(convert(stored, obj["apiVersion"]))
    wrong = tuple(wrong_values(mutated, schema))
    if refused or wrong:
        return Verdict((*refused, *unknown, *wrong))
    verdict = _judged(with_schema_defaults(stored), settings)
    older = (Finding(Rule.OLDER_VERSION, ("apiVersion",), V1ALPHA1_WARNING),) if _is_older(obj) else ()
    return Verdict((*unknown, *verdict.errors), (*older, *verdict.warnings))


def _mutated(given: JsonObject, settings: Settings) -> JsonObject:
    """Return what the webhook's mutation makes of an object, in the version that is stored, which it sees."""
    if given["kind"] == INSTRUMENTATION.kind:
        return completed_instrumentation(given, settings) if isinstance(given.get("spec", {}), dict) else given
    stored = with_schema_defaults(convert(given, COLLECTOR.api_version))
    return completed_collector(stored) if isinstance(stored.get("spec", {}), dict) else stored


def _judged(stored: JsonObject, settings: Settings) -> Verdict:
    if stored["kind"] == INSTRUMENTATION.kind:
        return judged_instrumentation(stored, settings)
    return judged_collector(stored, None, settings)


def _is_older(obj: JsonObject) -> bool:
    return (obj["apiVersion"], obj["kind"]) == (OLDER_VERSION, COLLECTOR.kind)


def _unserved(obj: JsonObject) -> Finding:
    kind = obj.get("kind")
    versions = [version for version, served in served_schemas() if served == kind]
    if versions:
        return at(
            Rule.UNSERVED,
            ("apiVersion",),
            f"{obj.get('apiVersion')!r} does not have the kind {kind}; use {' or '.join(versions)}",
        )
    return at(Rule.UNSERVED, ("kind",), f"{kind!r} is not in {GROUP}; use one of {', '.join(_OURS)}")
