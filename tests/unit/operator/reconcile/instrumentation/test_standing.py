"""A refusal for want of an Instrumentation falls once there is one to choose, and all of a pod's fall together."""

import pytest

from otel_operator.inject.outcome import Refusal
from otel_operator.inject.record import Record
from otel_operator.reconcile.instrumentation.standing import standing

SDK, SECOND = ("apps", "sdk"), ("apps", "second")
NONE = Refusal("python", "NoInstrumentation", "m")
ABSENT = Refusal("java", "InstrumentationNotFound", "m", SDK)
WITH = Refusal("nodejs", "WithAnotherLanguage", "m", SDK)
OFF = Refusal("go", "InstrumentationRequestRejected", "m", SDK)
ON_BY_NOW = Refusal("nginx", "InstrumentationRequestRejected", "m", SDK)
OTHER = Refusal("python", "ValueFrom", "m", SDK)
SIDE = Refusal("sidecar", "NoSidecarCollector", "m")


@pytest.mark.parametrize(
    ("refused", "known", "left"),
    [
        ((NONE, WITH), [SDK], ()),
        ((NONE, WITH), [], (NONE, WITH)),
        ((NONE, WITH), [SDK, SECOND], (NONE, WITH)),
        ((ABSENT, WITH), [SDK, SECOND], ()),
        ((ABSENT, NONE), [SECOND], (ABSENT, NONE)),
        ((NONE, OFF, SIDE), [SDK], (OFF, SIDE)),
        ((OTHER,), [SDK], (OTHER,)),
        ((OFF,), [SDK], (OFF,)),
        ((NONE, ON_BY_NOW), [SDK], ()),
        ((NONE, ON_BY_NOW), [], (NONE, ON_BY_NOW)),
    ],
)
def test_refusals_stand_or_fall_with_what_can_be_chosen(
    refused: tuple[Refusal, ...], known: list[tuple[str, str]], left: tuple[Refusal, ...]
) -> None:
    assert standing(Record({}, refused), "apps", known, {"java", "nginx", "python"}) == left
