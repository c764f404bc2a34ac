"""Which refusals on a pod a new pod would be given as well, as far as the Instrumentations that there are by now tell. Pure.

Many pods are older than their Instrumentation. The webhook refuses such a pod, since nothing can be chosen. Once something can
be, the refusal's advice is followed: the pod misses its injection now, and has to be created anew.
"""

from collections.abc import Collection

from otel_operator.inject.instrumentation.reasons import (
    INSTRUMENTATION_NOT_FOUND,
    LANGUAGE_DISABLED,
    NO_INSTRUMENTATION,
    SEVERAL_INSTRUMENTATIONS,
    WITH_ANOTHER_LANGUAGE,
)
from otel_operator.inject.outcome import Refusal
from otel_operator.inject.record import Record
from otel_operator.inject.sidecar.names import SIDECAR

_BESIDE = (WITH_ANOTHER_LANGUAGE, LANGUAGE_DISABLED)
"""Reasons that do not keep the other languages of a pod back."""


def standing(record: Record, namespace: str, known: Collection[tuple[str, str]], enabled: Collection[str]) -> tuple[Refusal, ...]:
    """Return the refusals of a pod of `namespace` that stand.

    `known` are the Instrumentations (namespace, name), `enabled` the features that are injected at all. What keeps one language
    back keeps back all of a pod, so they fall together. Those of a pod that got a sidecar stand: it is not looked at as one that
    misses its injection.
    """
    refused = record.refused
    causes = [refusal for refusal in refused if refusal.feature != SIDECAR and refusal.reason not in _BESIDE]
    if record.injected or not all(_can_be_chosen(cause, namespace, known) for cause in causes):
        return refused
    return tuple(refusal for refusal in refused if refusal.feature == SIDECAR or _is_off(refusal, enabled))


def _is_off(refusal: Refusal, enabled: Collection[str]) -> bool:
    return refusal.reason == LANGUAGE_DISABLED and refusal.feature not in enabled


def _can_be_chosen(refusal: Refusal, namespace: str, known: Collection[tuple[str, str]]) -> bool:
    """Tell whether a pod was refused for want of an Instrumentation that it can choose by now."""
    if refusal.reason == INSTRUMENTATION_NOT_FOUND:
        return refusal.resource in known
    return (
        refusal.reason in (NO_INSTRUMENTATION, SEVERAL_INSTRUMENTATIONS) and [place for place, _ in known].count(namespace) == 1
    )
