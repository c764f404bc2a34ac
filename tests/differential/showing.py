"""Shows a difference small: what it is about, the input, and of both outputs the parts that differ."""

from __future__ import annotations

import json

from tests.differential.comparing import Difference, Form, Item, changed_parts

_LONGEST_SHOWN = 600


def difference_text(suite: str, about: str, difference: Difference, number: int) -> str:
    """Return a difference as text, with the seed that shows it again."""
    go, ours = changed_parts(_form(difference.go), _form(difference.ours))
    lines = [f"{suite}, seed {number}, item {difference.place}"]
    if about:
        lines.append(f"  about: {about}")
    parts = [("go", go), ("ours", ours)]
    if difference.sent is not None:
        parts.insert(0, ("sent", _form(difference.sent)))
    lines += [f"  {name}: {_short(form)}" for name, form in parts]
    return "\n".join(lines)


def _form(item: Item | None) -> Form:
    return None if item is None else {"resource": item.resource, "scope": item.scope, "item": item.item}


def _short(form: Form) -> str:
    text = json.dumps(form, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}... ({len(text)} characters)"
