"""Actions on attributes as steps of a kernel program."""

from collections.abc import Mapping, Sequence
from typing import Any

from otel_agent.config.blocks.attribute_actions import AttributeAction
from otel_agent.pdata.program import Step
from otel_agent.pdata.telemetry import ClientInfo


def compile_actions(
    level: str, actions: Sequence[AttributeAction], context: Mapping[str, str | None], algorithm: str
) -> list[Step]:
    """Return the steps of the actions on messages of a level.

    `context` has the value of every from_context of the actions, None where the sender has none; `algorithm` is "sha1" or
    "sha256".
    """
    return [step for action in actions for step in _steps(level, action, context, algorithm)]


def context_values(keys: Sequence[str], client: ClientInfo) -> tuple[str | None, ...]:
    """Return what the sender says for each from_context key; None for what it does not say."""
    return tuple(_context_value(key, client) for key in keys)


def _context_value(key: str, client: ClientInfo) -> str | None:
    if key == "client.address":
        return client.address
    if key.startswith("auth."):
        return client.auth.get(key.removeprefix("auth."))
    # Without a prefix it is metadata too, as it was before there were others.
    values = client.metadata.get(key.removeprefix("metadata.").lower())
    return ";".join(values) if values else None


def _steps(level: str, action: AttributeAction, context: Mapping[str, str | None], algorithm: str) -> list[Step]:
    match action.action:
        case "delete":
            return _keys_and_pattern(action, "delete")
        case "hash":
            return _keys_and_pattern(action, "hash", algorithm)
        case "extract":
            return [(("extract", action.key, action.pattern), None)]
        case "convert":
            return [(("convert", action.key, action.converted_type), None)]
        case _:
            return _set(level, action, context)


def _keys_and_pattern(action: AttributeAction, name: str, *rest: str) -> list[Step]:
    steps: list[Step] = []
    if action.key:
        steps.append(((name, action.key, *rest), None))
    if action.pattern:
        steps.append(((f"{name}_matching", action.pattern, *rest), None))
    return steps


def _set(level: str, action: AttributeAction, context: Mapping[str, str | None]) -> list[Step]:
    steps: list[Step] = []
    source = None if action.from_attribute == "" else (level, "attributes", action.from_attribute)
    if source is not None:
        steps.append(((action.action, action.key, ("from", source)), None))
    value: Any = action.value
    if action.from_context:
        value = context[action.from_context]
    if value is None:
        value = action.default_value
    if value is not None:
        absent = None if source is None else ("not", ("exists", source))
        steps.append(((action.action, action.key, ("value", value)), absent))
    return steps
