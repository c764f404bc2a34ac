"""The text formats, line by line, and what is none of them."""

import contextlib
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_agent.receivers.prometheus.exposition.errors import ExpositionError
from otel_agent.receivers.prometheus.exposition.text import Reading, read_text
from otel_agent.receivers.prometheus.otlp.catalog import Catalog, SeriesRules
from otel_agent.receivers.prometheus.otlp.wire import attributes

TARGET = {"job": "j", "instance": "i"}


def read(text, *, open_metrics=False, catalog=None, epoch=1):
    """Name, attributes and value of each sample."""
    reading = Reading(epoch)
    read_text(text, catalog or Catalog(SeriesRules(TARGET)), reading, open_metrics=open_metrics)
    return [(each.metric.key.name, each.head, each.value) for each in reading.series if each.metric is not None]


@pytest.mark.parametrize(
    ("line", "name", "labels", "value"),
    [
        ("a 1", "a", {}, 1.0),
        ("a:b_c9 1e3", "a:b_c9", {}, 1000.0),
        ("  a\t 1", "a", {}, 1.0),
        ("a{} 1", "a", {}, 1.0),
        ('a{b="c"} 1', "a", {"b": "c"}, 1.0),
        ('a {b="c"}1', "a", {"b": "c"}, 1.0),
        ('a{ b = "c" , d="e", } 1', "a", {"b": "c", "d": "e"}, 1.0),
        (r'a{b="\"x\\y\n{}, = #"} 1', "a", {"b": '"x\\y\n{}, = #'}, 1.0),
        ('a{b="with space 7"} 1', "a", {"b": "with space 7"}, 1.0),
        ('{"a.b"} 1', "a.b", {}, 1.0),
        ('{"a.b","c.d"="e"} 1', "a.b", {"c.d": "e"}, 1.0),
        ('a{b="ünï"} 1', "a", {"b": "ünï"}, 1.0),
        ("a +Inf", "a", {}, math.inf),
        ("a -Inf", "a", {}, -math.inf),
    ],
)
def test_a_sample_is_read(line, name, labels, value):
    catalog = Catalog(SeriesRules(TARGET))
    for epoch in (1, 2):  # the second time the series is known
        assert read(line + "\n", catalog=catalog, epoch=epoch) == [(name, attributes(7, labels), value)]


def test_nan_is_a_value():
    assert math.isnan(read("a NaN\n")[0][2])


@pytest.mark.parametrize(
    "line",
    [
        "a",
        "a b",
        "a 1 2 3",
        "a 1 x",
        "a 1_0",
        "9a 1",
        "{} 1",
        '{b="c"} 1',
        'a{b="c" 1',
        "a{b=c} 1",
        "a{b} 1",
        'a{"b"} 1',
        'a{b="c"d="e"} 1',
        'a{b="c"}',
        "a{b='c'} 1",
        "# TYPE a nonsense",
        "a 1 99999999999999999999",
    ],
)
def test_a_line_that_is_none_fails_the_scrape(line):
    for text in (line, f"ok 1\n{line}\n"):
        with pytest.raises(ExpositionError):
            read(text)


def test_a_value_that_is_none_fails_the_scrape_of_a_known_series():
    catalog = Catalog(SeriesRules(TARGET))
    read("a 1\n", catalog=catalog)
    with pytest.raises(ExpositionError, match='value of "a", got "x"'):
        read("a x\n", catalog=catalog, epoch=2)


def test_comments_that_mean_nothing_are_passed_over():
    assert read("# just a word\n#\n# HELP\n\na 1\n") == [("a", b"", 1.0)]


@pytest.mark.parametrize("text", ["a 1\n", "a 1\n# EOF\nb 2\n", "", "a 1\n# EOF\n# EOF\n"])
def test_openmetrics_ends_with_eof(text):
    with pytest.raises(ExpositionError, match="EOF"):
        read(text, open_metrics=True)


@pytest.mark.parametrize("exemplar", ["{}", "x", '{a="b"}', '{a="b"} x', '{a="b"} 1 2 3', 'n{a="b"} 1', '{"a"} 1'])
def test_a_malformed_exemplar_fails_the_scrape(exemplar):
    with pytest.raises(ExpositionError):
        read(f"a_total 1 # {exemplar}\n# EOF\n", open_metrics=True)


def test_times_are_milliseconds_in_text_and_seconds_in_openmetrics():
    for text, open_metrics in (("a 1 1500\n", False), ("a 1 1.5\n# EOF\n", True)):
        reading = Reading(1)
        read_text(text, Catalog(SeriesRules(TARGET)), reading, open_metrics=open_metrics)
        assert reading.series[0].extra.timestamp == 1500


@pytest.mark.parametrize("start", ['a{b="', "a{", 'a{b="c",', 'a{b="\\', "{" * 50, "a " * 50, '"' * 51])
def test_long_lines_that_lead_nowhere_are_refused_in_linear_time(start):
    """Twice as much costs about twice as much: measured in steps of the matcher it would be quadratic or worse otherwise."""
    with pytest.raises(ExpositionError):
        read(start * 20_000)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='a1_:{}",=\\# \t\n.eE+-', max_size=60), st.booleans())
def test_any_text_is_read_or_refused(text, open_metrics):
    with contextlib.suppress(ExpositionError):
        read(text + ("\n# EOF\n" if open_metrics else ""), open_metrics=open_metrics)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.from_regex(r"\A[a-z_][a-z0-9_]{0,5}\Z"), st.text(max_size=12), max_size=4), st.floats(allow_nan=False))
def test_what_is_written_by_the_rules_is_read_back(labels, value):
    labels = {name: text for name, text in labels.items() if name not in ("job", "instance")}
    escaped = ",".join(
        '{}="{}"'.format(name, text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"))
        for name, text in labels.items()
    )
    shown = {name: labels[name] for name in sorted(labels)}
    try:
        expected = attributes(7, shown)
    except UnicodeEncodeError:  # half a surrogate pair: no text that could have come by UTF-8
        return
    assert read(f"metric{{{escaped}}} {value!r}\n") == [("metric", expected, value)]
