"""The features that change pods, one after the other; what one of them cannot do keeps none of the others back."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from otel_operator.inject.instrumentation import mutation as instrumentation
from otel_operator.inject.outcome import Outcome
from otel_operator.inject.sidecar.mutation import mutate
from otel_operator.inject.sidecar.prepared import PreparedSidecars
from otel_operator.inject.subject import Subject
from otel_operator.inject.surroundings import Presence, Reference, Surroundings
from otel_operator.settings import Settings


def _none(subject: Subject, surroundings: Surroundings) -> frozenset[Reference]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class Mutator:
    """One feature: what it must know the presence of, and what it makes of a pod."""

    name: str
    mutate: Callable[[Subject, Surroundings, Presence], Outcome]
    references: Callable[[Subject, Surroundings], frozenset[Reference]] = _none


def mutators(settings: Settings, native_sidecars: Callable[[], bool]) -> Sequence[Mutator]:
    """Return all features in the order in which they act: the sidecar comes before instrumentation, which may see it.

    Another one is its functions, with their settings bound, in one more Mutator.
    """
    sidecars = PreparedSidecars(settings)

    def sidecar(subject: Subject, surroundings: Surroundings, _: Presence) -> Outcome:
        return mutate(subject, surroundings, sidecars, native=native_sidecars())

    def instrument(subject: Subject, surroundings: Surroundings, presence: Presence) -> Outcome:
        return instrumentation.instrument(subject, surroundings, presence, settings.injection)

    def named(subject: Subject, surroundings: Surroundings) -> frozenset[Reference]:
        return instrumentation.references(subject, surroundings, settings.injection)

    return (Mutator("sidecar", sidecar), Mutator("auto-instrumentation", instrument, named))


def references(features: Iterable[Mutator], subject: Subject, surroundings: Surroundings) -> frozenset[Reference]:
    """Return what any feature must know the presence of; a feature that fails here fails again in `mutated`, which says so."""
    found: frozenset[Reference] = frozenset()
    for feature in features:
        with suppress(Exception):
            found |= feature.references(subject, surroundings)
    return found


def mutated(
    features: Iterable[Mutator], subject: Subject, surroundings: Surroundings, presence: Presence
) -> tuple[Outcome, list[tuple[str, Exception]]]:
    """Let each feature go on with what the one before made of the pod; return also those that failed, by name."""
    outcome, failed = Outcome(subject.pod), []
    for feature in features:
        try:
            outcome = outcome.then(feature.mutate(replace(subject, pod=outcome.pod), surroundings, presence))
        except Exception as error:  # noqa: BLE001 - a fault in one feature must cost neither the pod nor the others
            failed.append((feature.name, error))
    return outcome, failed
