"""The resource and attributes processors: actions at random on the attributes that requests often have."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.differential import generating
from tests.differential.comparing import Difference, Item
from tests.differential.suite import Suite
from tests.differential.suites.paths import KEYS
from tests.interop.arrivals import Signal

_VALUES = ("", "GET", "x=y", "ünïcödé", 0, -7, 2**53, 1.5, True)
_PATTERNS = ("(?P<first>[a-zA-Z]+)", "^(?P<left>[^=]*)=(?P<right>.*)$", "(?P<k>.)")
_MAKERS: dict[Signal, Any] = {"logs": generating.logs, "traces": generating.traces, "metrics": generating.metrics}


def family(configuration: int) -> tuple[Suite, ...]:
    """Return a suite for each processor and signal, with actions generated from a number."""
    return tuple(
        _suite(processor, key, signal, configuration)
        for processor, key in (("resource", "attributes"), ("attributes", "actions"))
        for signal in _MAKERS
    )


def _suite(processor: str, key: str, signal: Signal, configuration: int) -> Suite:
    random = Random(f"{processor} {signal} {configuration}")
    actions = [_action(random) for _ in range(random.randint(1, 6))]
    return Suite(
        f"{processor}-{signal}-{configuration}",
        signal,
        {processor: {key: actions}},
        _MAKERS[signal],
        known,
        lambda _: str(actions),
    )


def known(difference: Difference) -> str | None:
    """Return the reason of a difference that the processors' READMEs list."""
    if _with_named(difference.go) == _with_named(difference.ours):
        return "delete by a pattern alone: Go also deletes an attribute without a name"
    return None


def _with_named(form: Any) -> Any:
    """Leave out attributes without a name, and what is empty then."""
    if isinstance(form, Item):
        return _with_named([form.resource, form.scope, form.item])
    if isinstance(form, dict):
        kept = {key: _with_named(value) for key, value in form.items() if key}
        return {key: value for key, value in kept.items() if value != {}}
    return [_with_named(member) for member in form] if isinstance(form, list) else form


def _action(random: Random) -> dict[str, Any]:
    action: dict[str, Any] = {"key": random.choice(KEYS), "action": random.choice(("insert", "update", "upsert", "delete"))}
    kind = random.randrange(8)
    if kind == 0:
        return {**action, "action": "hash"}
    if kind == 1:
        # The other types are in tests/interop/test_go_attributes.py: ours differ for maps and what is out of range.
        return {**action, "action": "convert", "converted_type": "double"}
    if kind == 2:
        return {**action, "action": "extract", "pattern": random.choice(_PATTERNS).replace("$", "$$")}
    if kind == 3 and action["action"] == "delete":
        return {"action": "delete", "pattern": random.choice(("^http", "e", "k$$"))}
    if action["action"] == "delete":
        return action
    if random.random() < 0.4:
        return {**action, "from_attribute": random.choice(KEYS)}
    return {**action, "value": random.choice(_VALUES)}
