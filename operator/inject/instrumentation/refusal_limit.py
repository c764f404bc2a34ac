"""A bound on refusals: each is an Event, and a pod may have containers by the hundred."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from otel_operator.inject.outcome import Refusal

_MOST_ALIKE = 5
"""Refusals of a language for one reason."""


def limited(refusals: Iterable[Refusal]) -> tuple[Refusal, ...]:
    """Keep five refusals of each language and reason; the last of them tells how many more there are."""
    every = list(refusals)
    total = Counter((refusal.feature, refusal.reason) for refusal in every)
    seen: Counter[tuple[str, str]] = Counter()
    kept = []
    for refusal in every:
        kind = refusal.feature, refusal.reason
        seen[kind] += 1
        more = total[kind] - _MOST_ALIKE
        if seen[kind] == _MOST_ALIKE and more > 0:
            kept.append(replace(refusal, message=f"{refusal.message} (and {more} more of this kind)"))
        elif seen[kind] <= _MOST_ALIKE:
            kept.append(refusal)
    return tuple(kept)
