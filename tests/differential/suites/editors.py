"""The transform processor: each editor of OTTL with paths and arguments at random, under conditions, in each context."""

from __future__ import annotations

from random import Random

from tests.differential.comparing import Difference
from tests.differential.suite import Suite
from tests.differential.suites import cases
from tests.differential.suites.conditions import condition, known
from tests.differential.suites.paths import DATAPOINT, KEYS, LOG, PATTERNS, SPAN, TEXTS, Context, literal, quoted
from tests.interop.arrivals import Signal

_CASES = 80
_CONTEXTS: tuple[tuple[Context, Signal, str], ...] = (
    (LOG, "logs", "log_statements"),
    (SPAN, "traces", "trace_statements"),
    (DATAPOINT, "metrics", "metric_statements"),
)
_REPLACEMENTS = ("", "x", "<$1>", "$0-", "${1}y", "$$", "{}")
_MAPS = (
    'ParseJSON("{\\"a\\":1,\\"k\\":{\\"b\\":[1,2.5,\\"x\\"]}}")',
    'ParseKeyValue("a=1 error=two")',
    '{"new": 1, "http.method": "PUT"}',
)


def family(configuration: int) -> tuple[Suite, ...]:
    """Return a suite for each context with statements generated from a number."""
    return tuple(_suite(context, signal, key, configuration) for context, signal, key in _CONTEXTS)


def editor(random: Random, context: Context) -> str:
    """Return a call of an editor."""
    held = f"{context.name}.attributes"  # of an item's own, so that others of its resource are not changed by it
    own = f'{held}["{random.choice(KEYS)}"]'
    listed = "[" + ", ".join(quoted(key) for key in random.sample(KEYS, random.randint(0, 4))) + "]"
    pattern, replacement = quoted(random.choice(PATTERNS)), quoted(random.choice(_REPLACEMENTS))
    wildcard = quoted(random.choice(("*", "GET", "e*", "*r*", "hello?world", "", "[a-c]*")))
    return random.choice(
        (
            f"set({own}, {_value(random, context)})",
            f"set({random.choice(context.texts)}, {quoted(random.choice(TEXTS))})",
            f"set({random.choice((*context.integers, *context.anything))}, {random.randint(0, 5)})",
            f"set({random.choice((own, *context.anything))}, {_value(random, context)})",
            f"delete_key({held}, {quoted(random.choice(KEYS))})",
            f"delete_matching_keys({held}, {quoted(random.choice(('^http', 'e', '^k$', 'nothing')))})",
            f"keep_keys({held}, [{quoted(cases.CASE)}, {quoted('id')}, {listed[1:]})".replace(", ]", "]"),
            f"keep_matching_keys({held}, {quoted(random.choice(('^(case|id|http.*)$', '^(case|id)$', '.')))})",
            f'limit({held}, {random.randint(2, 6)}, ["case", "id"])',
            f"truncate_all({held}, {random.choice((0, 1, 3, 100))})",
            f"replace_pattern({own}, {pattern}, {replacement})",
            f"replace_match({own}, {wildcard}, {replacement})",
            f'replace_all_patterns({held}, "value", {pattern}, {replacement})',
            f"replace_all_matches({held}, {wildcard}, {replacement})",
            f'merge_maps({held}, {random.choice(_MAPS)}, "{random.choice(("insert", "update", "upsert"))}")',
            f"flatten({held})",
            f'flatten({held}, "p", depth={random.randint(1, 2)})',
            f"append({own}, {quoted(random.choice(TEXTS))})",
            f"append({own}, values=[{quoted('a')}, {quoted('b')}])",
        )
    )


def _value(random: Random, context: Context) -> str:
    kind = random.randrange(5)
    if kind == 0:
        return context.path(random)
    if kind == 1:
        return f'Concat([{context.path(random)}, {quoted(random.choice(TEXTS))}], "-")'
    if kind == 2:
        return random.choice((f"[{literal(random, context)}, 1]", f'{{"a": {literal(random, context)}}}'))
    return literal(random, context)


def _suite(context: Context, signal: Signal, key: str, configuration: int) -> Suite:
    random = Random(f"editors {context.name} {configuration}")
    statements, shown = [], []
    for number in range(_CASES):
        call = editor(random, context)
        asked = f" and ({condition(random, context)})" if random.random() < 0.3 else ""
        shown.append(call + asked.replace(" and ", " where ", 1))
        statements.append(f"{call} where {cases.chosen(context.name, number)}{asked}".replace("$", "$$"))

    def explain(difference: Difference) -> str:
        case = cases.case_of(difference)
        return shown[case] if case is not None else "no case"

    return Suite(
        f"transform-editors-{context.name}-{configuration}",
        signal,
        {"transform": {"error_mode": "silent", key: statements}},
        cases.generator(signal, _CASES),
        lambda difference: known(explain(difference), difference),
        explain,
        identity=cases.identity,
    )
