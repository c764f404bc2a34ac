"""A configuration that is checked at admission may be large and hostile: what a check costs grows with its length only."""

import tracemalloc

import pytest

LINES = 3000


def lines(text: str) -> str:
    return ", ".join(text.replace("#", str(number)) for number in range(LINES))


@pytest.fixture
def memory():
    """Bytes used at most since the fixture was set up."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


def test_many_pipelines_around_one_connector(check, memory):
    pipelines = lines("traces/#: {receivers: [forward], exporters: [forward]}")
    problems = check(
        f"receivers: {{otlp: }}\nexporters: {{debug: }}\nconnectors: {{forward: }}\nservice: {{pipelines: {{{pipelines}}}}}"
    )
    assert problems == [
        'service::pipelines: cycle detected: connector "forward" (traces to traces) -> pipeline "traces/0" '
        '-> connector "forward" (traces to traces)'
    ]
    assert memory() < 64 * 1024 * 1024


def test_a_cycle_that_does_not_begin_where_the_search_does_starts_with_its_connector(check):
    pipelines = "traces/in: {receivers: [otlp], exporters: [forward]}, traces/a: {receivers: [forward], exporters: [forward]}"
    assert check(
        f"receivers: {{otlp: }}\nexporters: {{debug: }}\nconnectors: {{forward: }}\nservice: {{pipelines: {{{pipelines}}}}}"
    ) == [
        'service::pipelines: cycle detected: connector "forward" (traces to traces) -> pipeline "traces/a" '
        '-> connector "forward" (traces to traces)'
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (f"processors: {{{lines('batch/#: ')}}}", 3),
        (f"processors: {{batch: {{{lines('key#: 1')}}}}}", 3 + LINES),
        (f"processors: {{batch: {{{lines('key#: $' + '{X}')}}}}}".replace("${X}", "'${X}'"), 3),
        (f"processors: {{batch: {{metadata_keys: [{lines('{a: #}')}]}}}}", 3 + LINES),
    ],
    ids=["components", "unknown keys", "unresolved values", "values of a wrong type"],
)
def test_each_mistake_is_found_once(check, text, count):
    assert len(check(text)) == count
