"""Which Instrumentation each language that is asked for gets (spec: instrumentation §2.3, §2.4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from otel_operator.api.instrumentation_defaults import default_instrumentation
from otel_operator.api.languages import SDK, Language
from otel_operator.components.collector_config import mapping
from otel_operator.inject.instrumentation import reasons
from otel_operator.inject.instrumentation.annotations import asked
from otel_operator.inject.instrumentation.wording import annotation, listed, quoted
from otel_operator.inject.outcome import Refusal
from otel_operator.inject.selector import named
from otel_operator.inject.subject import Subject
from otel_operator.inject.surroundings import Surroundings
from otel_operator.json_types import JsonObject
from otel_operator.settings import InjectionSettings


@dataclass(frozen=True, slots=True)
class Choice:
    """A language and the Instrumentation that says how."""

    language: Language
    resource: tuple[str, str]
    """Namespace and name of the Instrumentation."""
    spec: JsonObject
    """Its spec, with the part of this language completed by defaults."""

    @property
    def settings(self) -> JsonObject:
        """The part of this language; empty for SDK-only."""
        return mapping(self.spec.get(self.language.spec_field))


@dataclass(frozen=True, slots=True)
class Selection:
    """What a pod that asks gets."""

    choices: tuple[Choice, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    """Of languages that are switched off, which leave the others alone, and of those without an Instrumentation."""
    failed: bool = False
    """Whether a selector leads to no Instrumentation: then the whole pod stays as it is."""


def select(subject: Subject, surroundings: Surroundings, settings: InjectionSettings) -> Selection:
    """Choose for all languages that are asked for, in their order. All that is wrong is reported, not only the first."""
    choices: list[Choice] = []
    refusals: list[Refusal] = []
    failed = False
    for language, selector in asked(subject).items():
        found = _resolved(subject, surroundings, language, selector)
        if isinstance(found, Refusal):
            failed = True
            refusals.append(found)
        elif language is not SDK and language.feature not in settings.enabled_languages:
            refusals.append(_disabled(subject, language, _identity(found)))
        else:
            choices.append(Choice(language, _identity(found), _completed(found, language, settings)))
    return Selection(tuple(choices), tuple(refusals), failed)


def _resolved(subject: Subject, surroundings: Surroundings, language: Language, selector: str) -> JsonObject | Refusal:
    key = language.inject
    named_one = named(selector, subject.namespace)
    if named_one is None:
        candidates = surroundings.instrumentations(subject.namespace)
        if len(candidates) == 1:
            return candidates[0]
        return _undecided(subject, language, candidates)
    namespace, name = named_one
    found = surroundings.instrumentation(namespace, name)
    if found is not None:
        return found
    there = listed(sorted(_identity(candidate)[1] for candidate in surroundings.instrumentations(namespace)))
    message = (
        f"{annotation(subject, key)}: there is no Instrumentation {quoted(name)} in namespace {quoted(namespace)}"
        f"{f', only {there}' if there else ''}; create it, or name another as <name> or <namespace>/<name>"
    )
    return Refusal(language.feature, reasons.INSTRUMENTATION_NOT_FOUND, message, (namespace, name))


def _undecided(subject: Subject, language: Language, candidates: Sequence[JsonObject]) -> Refusal:
    where = annotation(subject, language.inject)
    if not candidates:
        message = (
            f"{where} asks for the Instrumentation of namespace {subject.namespace}, which has none; "
            "create one, or name one of another namespace as <namespace>/<name>"
        )
        return Refusal(language.feature, reasons.NO_INSTRUMENTATION, message)
    names = listed(sorted(_identity(candidate)[1] for candidate in candidates))
    message = f"{where} asks for the Instrumentation of namespace {subject.namespace}, which has {names}; name one of them"
    return Refusal(language.feature, reasons.SEVERAL_INSTRUMENTATIONS, message)


def _disabled(subject: Subject, language: Language, resource: tuple[str, str]) -> Refusal:
    # The first words are the Go operator's Event.
    message = (
        f"support for {language.title} auto instrumentation is not enabled, for which {annotation(subject, language.inject)} "
        f"asks; start the operator with --enable-{language.feature}-instrumentation, or remove the annotation"
    )
    return Refusal(language.feature, reasons.LANGUAGE_DISABLED, message, resource)


def _identity(instrumentation: JsonObject) -> tuple[str, str]:
    metadata = mapping(instrumentation.get("metadata"))
    return str(metadata.get("namespace") or ""), str(metadata.get("name") or "")


def _completed(instrumentation: JsonObject, language: Language, settings: InjectionSettings) -> JsonObject:
    """Return the spec with the language's defaults: admission completes only what the author wrote, or was not there."""
    spec = mapping(instrumentation.get("spec"))
    if language is SDK:
        return spec
    field = language.spec_field
    given = {"spec": {**spec, field: mapping(spec.get(field))}}
    return mapping(default_instrumentation(given, settings.images).get("spec"))
