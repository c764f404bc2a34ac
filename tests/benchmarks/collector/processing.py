"""What a pipeline does with items apart from handing them on, by the name that rows have for it. Both collectors get the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from tests.benchmarks.collector import payloads
from tests.benchmarks.collector.scenarios import Load


@dataclass(frozen=True, slots=True)
class Processing:
    """Processors for a pipeline of traces, and which items of a request they leave."""

    processors: Mapping[str, object]
    keeps: Callable[[int], bool] = lambda number: True
    chance: float = 1.0
    """Share of those that is kept by chance."""


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of what is sent arrives; by chance a tenth more or less of it may."""

    part: Fraction
    chance: float = 1.0

    def most(self, items: int) -> int:
        """Return how many of so many items can arrive."""
        return int(items * self.part)

    def differs(self, arrived: int, accepted: int) -> bool:
        """Whether another number has arrived than should."""
        if self.chance == 1.0:
            return arrived != accepted * self.part
        expected = self.chance * accepted * self.part
        return abs(arrived - expected) > expected / 10


ALL = Share(Fraction(1))


def _is_kept(number: int) -> bool:
    """What the filter below leaves: users whose id ends in 8 to f, about half of all."""
    return payloads.user(number)[-1] not in "01234567"


_TENTH = 0.1
NOTHING = Processing({})
PROCESSING: dict[str, Processing] = {
    "": NOTHING,
    "attributes": Processing(
        {
            "attributes": {
                "actions": [
                    {"action": "insert", "key": "deployment.region", "value": "eu-west-1"},
                    {"action": "upsert", "key": "http.request.method", "value": "GET"},
                    {"action": "delete", "key": "enduser.id"},
                    {"action": "update", "key": "url.path", "from_attribute": "http.route"},
                ]
            }
        }
    ),
    "filter": Processing(
        {
            "filter": {
                "trace_conditions": [
                    'IsMatch(span.attributes["enduser.id"], "[0-7]$")',
                    'span.attributes["http.route"] == "/health" and span.kind == SPAN_KIND_SERVER',
                    'resource.attributes["service.name"] == "noise" or span.attributes["http.response.status_code"] < 200',
                ]
            }
        },
        _is_kept,
    ),
    "transform": Processing(
        {
            "transform": {
                "trace_statements": [
                    'set(span.attributes["deployment.environment"], "production")',
                    'set(span.attributes["http.target"], span.attributes["url.path"]) where span.kind == SPAN_KIND_SERVER',
                    'set(span.attributes["slow"], true) where span.attributes["http.response.status_code"] >= 500',
                    'delete_key(span.attributes, "client.address")',
                    'set(span.status.code, STATUS_CODE_UNSET) where span.attributes["http.response.status_code"] < 400',
                ]
            }
        }
    ),
    "transform-functions": Processing(
        {
            "transform": {
                "trace_statements": [
                    'replace_pattern(span.attributes["url.path"], "/[0-9a-f]{8}/", "/{product}/")',
                    'set(span.attributes["user"], Concat([span.attributes["enduser.id"], span.attributes["url.scheme"]], "@"))',
                    "truncate_all(span.attributes, 64)",
                ]
            }
        }
    ),
    "tail_sampling": Processing(
        {
            "tail_sampling": {
                "decision_wait": "2s",
                "num_traces": 1_000_000,
                "policies": [
                    {"name": "errors", "type": "status_code", "status_code": {"status_codes": ["ERROR"]}},
                    {"name": "share", "type": "probabilistic", "probabilistic": {"sampling_percentage": 100 * _TENTH}},
                ],
            }
        },
        chance=_TENTH,  # none of the traces that are sent failed
    ),
}


def share(load: Load) -> Share:
    """Return which part of the items of a request is left."""
    processing = PROCESSING[load.processing]
    return Share(Fraction(sum(processing.keeps(number) for number in range(load.items)), load.items), processing.chance)
