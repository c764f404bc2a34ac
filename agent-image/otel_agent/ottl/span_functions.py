"""Converters that look at the span itself."""

from typing import Any

from otel_agent.ottl.function import Function


def _is_root_span(item: Any) -> bool:
    parent: bytes = item.item.message.parent_span_id
    return not any(parent)


FUNCTIONS: tuple[Function, ...] = (Function("IsRootSpan", (), _is_root_span, takes_item=True, contexts=frozenset({"span"})),)
