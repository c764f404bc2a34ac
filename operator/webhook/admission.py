"""What the webhook decides for each kind; pure, on top of the rules in `api` and `components`."""

from collections.abc import Callable
from dataclasses import replace

from otel_operator.api.conversion import not_kept, rebased, unparseable_config
from otel_operator.api.finding import Verdict, sentences
from otel_operator.api.instrumentation_defaults import default_instrumentation
from otel_operator.api.instrumentation_rules import validate_instrumentation
from otel_operator.components.defaulting import default_collector
from otel_operator.components.validation import validate_collector
from otel_operator.json_types import JsonObject
from otel_operator.kinds import COLLECTOR, INSTRUMENTATION, Kind
from otel_operator.resources.install.names import (
    MUTATE_COLLECTOR,
    MUTATE_INSTRUMENTATION,
    VALIDATE_COLLECTOR,
    VALIDATE_INSTRUMENTATION,
)
from otel_operator.settings import Settings
from otel_operator.webhook.errors import ReviewError
from otel_operator.webhook.json_patch import json_patch
from otel_operator.webhook.review import AdmissionRequest, Answer

Decision = Callable[[AdmissionRequest], Answer]


def decisions(settings: Settings) -> dict[str, Decision]:
    """Return the decision of each admission path."""
    return {
        MUTATE_COLLECTOR: _for_living(COLLECTOR, lambda _, new: _patched(new, completed_collector(new))),
        VALIDATE_COLLECTOR: _for_living(
            COLLECTOR, lambda request, new: _answered(judged_collector(new, request.old_object, settings))
        ),
        MUTATE_INSTRUMENTATION: _for_living(
            INSTRUMENTATION, lambda _, new: _patched(new, completed_instrumentation(new, settings))
        ),
        VALIDATE_INSTRUMENTATION: _for_living(INSTRUMENTATION, lambda _, new: _answered(judged_instrumentation(new, settings))),
    }


def completed_collector(new: JsonObject) -> JsonObject:
    """Return the collector (v1beta1) as mutation leaves it."""
    if unparseable_config(new) is not None:
        # Validation refuses it with the place of the mistake; defaults on top of an empty config would only hide that.
        return new
    return rebased(new, default_collector(new).object)


def judged_collector(new: JsonObject, old: JsonObject | None, settings: Settings) -> Verdict:
    """Judge a completed collector (v1beta1); `old` is what it replaces, None on creation."""
    verdict = validate_collector(new, old, default_image=settings.collector_image)
    loss = not_kept(new)
    return replace(verdict, errors=(*verdict.errors, loss)) if loss else verdict


def completed_instrumentation(new: JsonObject, settings: Settings) -> JsonObject:
    """Return the Instrumentation as mutation leaves it."""
    return default_instrumentation(new, settings.injection.images)


def judged_instrumentation(new: JsonObject, settings: Settings) -> Verdict:
    """Judge a completed Instrumentation."""
    return validate_instrumentation(new, settings.injection.images)


def _for_living(kind: Kind, decide: Callable[[AdmissionRequest, JsonObject], Answer]) -> Decision:
    """Allow deletions, and updates of objects that are being deleted: a finalizer must come off an invalid object too.

    The decision raises ReviewError for an object of another kind or version than `kind`: defaults would spoil it.
    """

    def decision(request: AdmissionRequest) -> Answer:
        new = request.object
        if request.operation not in ("CREATE", "UPDATE") or new is None or (new.get("metadata") or {}).get("deletionTimestamp"):
            return Answer()
        given = (new.get("apiVersion"), new.get("kind"))
        if given != (kind.api_version, kind.kind):
            raise ReviewError(
                f"want {kind.api_version} {kind.kind}, got {given[0]!r} {given[1]!r}; "
                "the registration's rules must name that kind, with matchPolicy Equivalent"
            )
        if not isinstance(new.get("spec", {}), dict):
            return Answer()  # mutation comes before the API server's own check of the schema, which says what is wrong
        return decide(request, new)

    return decision


def _patched(before: JsonObject, after: JsonObject) -> Answer:
    return Answer(patch=json_patch(before, after))


def _answered(verdict: Verdict) -> Answer:
    return Answer(errors=sentences(verdict.errors), warnings=sentences(verdict.warnings))
