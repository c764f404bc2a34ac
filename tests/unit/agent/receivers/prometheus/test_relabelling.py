import hashlib

import pytest
from pydantic import ValidationError

from otel_agent.receivers.prometheus.relabelling import compile_rules
from otel_agent.receivers.prometheus.settings.relabel import RelabelConfig

LABELS = {"__name__": "m", "a": "foo", "b": "bar", "Upper": "MiXed"}


def apply(*rules, labels=None):
    """The labels afterwards, None when they were dropped."""
    given = dict(LABELS if labels is None else labels)
    relabel = compile_rules([RelabelConfig.model_validate(rule) for rule in rules])
    return given if relabel(given) else None


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ({"source_labels": ["a"], "target_label": "c"}, {"c": "foo"}),
        ({"source_labels": ["a", "b"], "target_label": "c"}, {"c": "foo;bar"}),
        (
            {"source_labels": ["a", "b"], "separator": "-", "regex": "(.)oo-(.*)", "replacement": "${2}_$1", "target_label": "c"},
            {"c": "bar_f"},
        ),
        ({"source_labels": ["a"], "regex": "fo", "target_label": "c"}, {}),
        ({"source_labels": ["a"], "regex": "(?P<x>f).*", "replacement": "$x-${x}-$$-$9", "target_label": "c"}, {"c": "f-f-$-"}),
        ({"source_labels": ["a"], "regex": "(f).*", "replacement": "x", "target_label": "${1}ree"}, {"free": "x"}),
        ({"source_labels": ["a"], "regex": "(f).*", "replacement": "$1x", "target_label": "b"}, {"b": None}),
        ({"replacement": "fixed", "target_label": "c"}, {"c": "fixed"}),
        ({"source_labels": ["none"], "target_label": "a"}, {"a": None}),
        ({"source_labels": ["Upper"], "action": "lowercase", "target_label": "c"}, {"c": "mixed"}),
        ({"source_labels": ["Upper"], "action": "UPPERCASE", "target_label": "c"}, {"c": "MIXED"}),
        ({"action": "labelmap", "regex": "(a|b)", "replacement": "x_$1"}, {"x_a": "foo", "x_b": "bar"}),
        ({"action": "labeldrop", "regex": "a|b"}, {"a": None, "b": None}),
        ({"action": "labelkeep", "regex": "__name__|a"}, {"b": None, "Upper": None}),
        ({"source_labels": ["a"], "regex": 1, "target_label": "c"}, {}),
    ],
)
def test_rules_change_labels(rule, changes):
    expected = {name: value for name, value in {**LABELS, **changes}.items() if value is not None}
    assert apply(rule) == expected


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ({"source_labels": ["a"], "regex": "fo+", "action": "keep"}, True),
        ({"source_labels": ["a"], "regex": "o+", "action": "keep"}, False),
        ({"source_labels": ["a"], "regex": "foo", "action": "drop"}, False),
        ({"source_labels": ["a"], "regex": "oo", "action": "drop"}, True),
        ({"source_labels": ["a"], "target_label": "b", "action": "keepequal"}, False),
        ({"source_labels": ["a"], "target_label": "a", "action": "keepequal"}, True),
        ({"source_labels": ["a"], "target_label": "a", "action": "dropequal"}, False),
        ({"source_labels": ["a"], "target_label": "b", "action": "dropequal"}, True),
    ],
)
def test_rules_keep_or_drop(rule, kept):
    assert (apply(rule) is not None) is kept


def test_a_line_break_is_a_character_like_any_other():
    assert apply({"source_labels": ["a"], "regex": "x.y", "action": "keep"}, labels={"a": "x\ny"}) is not None


def test_hashmod_is_the_end_of_the_md5_sum():
    (expected,) = [int(hashlib.md5(b"foo;bar").hexdigest()[16:], 16) % 7]
    assert apply({"source_labels": ["a", "b"], "action": "hashmod", "modulus": 7, "target_label": "s"})["s"] == str(expected)


def test_hashmod_divides_targets_as_prometheus_does():
    """The known value of Prometheus' own test of the action: `baz` of modulus 1000 is 976."""
    assert (
        apply({"source_labels": ["c"], "action": "hashmod", "modulus": 1000, "target_label": "d"}, labels={"c": "baz"})["d"]
        == "976"
    )


def test_rules_work_one_after_another():
    rules = ({"source_labels": ["a"], "target_label": "t"}, {"source_labels": ["t"], "regex": "foo", "action": "drop"})
    assert apply(*rules) is None


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"action": "hashmod", "target_label": "a"}, "non-zero modulus"),
        ({"action": "replace"}, "requires 'target_label'"),
        ({"action": "lowercase", "target_label": "a", "replacement": "x"}, "'replacement' can not be set"),
        ({"action": "labeldrop", "source_labels": ["a"]}, "requires only 'regex'"),
        ({"action": "keepequal", "target_label": "a", "regex": "x"}, "requires only 'source_labels'"),
        ({"action": "explode"}, "action"),
        ({"regex": "(unclosed", "target_label": "a"}, "regex\n.*not a pattern: missing"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rule, message):
    with pytest.raises(ValidationError, match=message):
        RelabelConfig.model_validate(rule)


def test_patterns_that_are_exponential_elsewhere_are_linear_here():
    rule = {"source_labels": ["a"], "regex": "(a*)*b", "action": "keep"}
    assert apply(rule, labels={"a": "a" * 50_000}) is None
