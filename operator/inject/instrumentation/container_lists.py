"""Which containers each chosen language is to go to, as annotations name them (spec: instrumentation §2.5)."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from otel_operator.inject.instrumentation import reasons
from otel_operator.inject.instrumentation.annotations import CONTAINER_NAMES, is_of_pod, value
from otel_operator.inject.instrumentation.selection import Choice
from otel_operator.inject.instrumentation.wording import annotation, listed, pod_name, quoted
from otel_operator.inject.outcome import Refusal
from otel_operator.inject.subject import Subject

_LIST = re.compile(r"[A-Za-z0-9,-]+")


@dataclass(frozen=True, slots=True)
class NameList:
    """Names from annotations; none means the first regular container."""

    names: tuple[str, ...] = ()
    of_pod: tuple[str, ...] = ()
    """Those that the pod itself names, and not its namespace, which names them for pods of many shapes."""


def bad_lists(subject: Subject, choices: Sequence[Choice], *, multi: bool) -> list[Refusal]:
    """Return a refusal for each language whose list has characters that no list has, such as a space after the comma."""
    refusals = []
    for choice in choices:
        keys = (CONTAINER_NAMES, choice.language.container_names) if multi else (CONTAINER_NAMES,)
        for key in keys:
            text = value(subject, key)
            if text and not _LIST.fullmatch(text):
                message = (
                    f"{annotation(subject, key)} is {quoted(text)}; "
                    "give names of containers joined by commas, without spaces or other characters"
                )
                refusals.append(Refusal(choice.language.feature, reasons.BAD_CONTAINER_NAMES, message, choice.resource))
    return refusals


def name_list(subject: Subject, choice: Choice, *, multi: bool) -> NameList:
    """Return the containers of a language: the common list, and with `multi` its own list after that."""
    names: list[str] = []
    of_pod: list[str] = []
    for key in (CONTAINER_NAMES, choice.language.container_names) if multi else (CONTAINER_NAMES,):
        given = [name for name in value(subject, key).split(",") if name]
        names += given
        if is_of_pod(subject, key):
            of_pod += given
    return NameList(tuple(names), tuple(of_pod))


def inconsistent(subject: Subject, lists: Iterable[tuple[Choice, NameList]]) -> list[Refusal]:
    """Return what breaks the rules of several languages in a pod; empty when each knows its containers.

    Two languages may share a container. Applies only where several languages are allowed.
    """
    pairs = list(lists)
    refusals = []
    for choice, containers in pairs:
        language, own_list = choice.language, choice.language.container_names
        twice = [name for name, times in Counter(containers.names).items() if times > 1]
        if len(pairs) > 1 and not containers.names:
            others = ", ".join(other.language.feature for other, _ in pairs if other is not choice)
            message = (
                f"{pod_name(subject)} asks for {language.feature} and {others}, "
                f"but not where {language.feature} is to go; name its containers in annotation {own_list}"
            )
            refusals.append(Refusal(language.feature, reasons.CONTAINER_NAMES_MISSING, message, choice.resource))
        elif twice:
            message = (
                f"{pod_name(subject)} names container {listed(twice)} more than once for {language.feature}; "
                f"name it once in annotations {CONTAINER_NAMES} and {own_list} together"
            )
            refusals.append(Refusal(language.feature, reasons.DUPLICATE_CONTAINER_NAME, message, choice.resource))
    return refusals
