from typing import Any

import pytest

from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal
from tests.unit.agent.processors.tail_sampling.conftest import EPOCH, SECOND

ALWAYS = {"type": "always_sample"}
ERRORS = {"type": "status_code", "status_code": {"status_codes": ["ERROR"]}}
PREFIX = "otelcol_processor_tail_sampling_"
ID = 'processor="tail_sampling"'


def test_a_trace_is_decided_after_its_wait_with_all_its_spans(clocked: Any) -> None:
    sampling = clocked(ERRORS)
    sampling.give({"trace": 1}, {"trace": 2})
    sampling.pass_seconds(1)
    sampling.give({"trace": 1, "status": 2})
    sampling.pass_seconds(1)
    assert sampling.spans == []
    sampling.pass_seconds(1)
    assert sampling.traces == [1]
    assert len(sampling.spans) == 2
    assert sampling.sampler.pending == 0


def test_sampled_traces_go_on_in_few_requests_with_their_resources(clocked: Any) -> None:
    sampling = clocked(ALWAYS)
    for trace in range(1, 101):
        sampling.give({"trace": trace}, resource={"service.name": f"service-{trace}"})
    sampling.pass_seconds(3)
    (request,) = sampling.requests
    resources = parse(Signal.TRACES, request).resource_spans
    assert [resource.resource.attributes[0].value.string_value for resource in resources] == [
        f"service-{n}" for n in range(1, 101)
    ]


def test_the_root_shortens_the_wait(clocked: Any) -> None:
    sampling = clocked(ALWAYS, decision_wait="30s", decision_wait_after_root_received="1s")
    sampling.give({"trace": 1, "parent_span_id": b"parentid"}, {"trace": 2, "parent_span_id": b"parentid"})
    sampling.pass_seconds(3)
    sampling.give({"trace": 2})
    sampling.pass_seconds(2)
    assert sampling.traces == [2]
    sampling.pass_seconds(30)
    assert sampling.traces == [2, 1]


def test_late_spans_follow_the_decision(clocked: Any, scrape: Any) -> None:
    sampling = clocked(ERRORS)
    sampling.give({"trace": 1, "status": 2}, {"trace": 2})
    sampling.pass_seconds(3)
    sampling.pass_seconds(7)
    sampling.give({"trace": 1, "name": "late"}, {"trace": 2, "name": "late", "status": 2})
    assert [(span.name, span.trace_id[-1]) for span in sampling.spans] == [("", 1), ("late", 1)]
    assert scrape()[f"{PREFIX}sampling_late_span_age_sum{{{ID}}}"] == 14


def test_a_cache_remembers_decisions_after_the_traces_have_gone(clocked: Any, scrape: Any) -> None:
    sampling = clocked(ERRORS, decision_cache={"sampled_cache_size": 10, "non_sampled_cache_size": 1})
    sampling.give({"trace": 1, "status": 2}, {"trace": 2}, {"trace": 3})
    sampling.pass_seconds(3)
    assert scrape()[f"{PREFIX}sampling_traces_on_memory{{{ID}}}"] == 0
    assert scrape()[f"{PREFIX}sampling_trace_removal_age_count{{{ID}}}"] == 3
    sampling.give({"trace": 1, "name": "late"}, {"trace": 2, "status": 2}, {"trace": 3, "status": 2})
    assert [span.name for span in sampling.spans] == ["", "late"]
    sampling.pass_seconds(3)
    assert sampling.traces == [1, 2]  # the cache had room for 3 only
    assert scrape()[f'{PREFIX}early_releases_from_cache_decision{{{ID},sampled="true"}}'] == 1
    assert scrape()[f'{PREFIX}early_releases_from_cache_decision{{{ID},sampled="false"}}'] == 1


def test_when_there_are_too_many_traces_decided_ones_are_forgotten_before_undecided_ones_are_lost(
    clocked: Any, scrape: Any
) -> None:
    sampling = clocked(ALWAYS, num_traces=3)
    sampling.give({"trace": 1}, {"trace": 2})
    sampling.pass_seconds(3)
    sampling.give({"trace": 3}, {"trace": 4}, {"trace": 5})
    assert scrape()[f"{PREFIX}sampling_trace_dropped_too_early{{{ID}}}"] == 0
    sampling.give({"trace": 6})
    sampling.pass_seconds(3)
    assert sampling.traces == [1, 2, 4, 5, 6]
    assert scrape()[f"{PREFIX}sampling_trace_dropped_too_early{{{ID}}}"] == 1
    assert sampling.sampler.evicted == 1


def test_memory_is_bounded_by_bytes_and_given_back(clocked: Any, scrape: Any) -> None:
    sampling = clocked(ALWAYS, memory_limit=10_000)
    for trace in range(1, 101):
        sampling.give({"trace": trace, "name": "x" * 1000})
        assert scrape()[f"{PREFIX}sampling_bytes_on_memory{{{ID}}}"] <= 10_000
    kept = sampling.sampler.pending
    assert 4 <= kept <= 9
    assert sampling.sampler.evicted == 100 - kept
    sampling.pass_seconds(3)
    assert sampling.traces == list(range(101 - kept, 101))
    assert scrape()[f"{PREFIX}sampling_bytes_on_memory{{{ID}}}"] == 0


@pytest.mark.parametrize("bound", [{"num_traces": 3}, {"memory_limit": 3000}])
def test_with_block_on_overflow_senders_wait_and_nothing_is_lost(bound: dict[str, int], clocked: Any) -> None:
    sampling = clocked(ALWAYS, block_on_overflow=True, **bound)
    given = 0
    while not sampling.sampler.blocked:
        given += 1
        sampling.give({"trace": given, "name": "x" * 900})
    assert given == 3
    sampling.pass_seconds(3)
    assert not sampling.sampler.blocked
    assert sampling.traces == [1, 2, 3]


def test_a_trace_that_grows_too_large_is_dropped_with_what_comes_later(clocked: Any, scrape: Any) -> None:
    sampling = clocked(ALWAYS, maximum_trace_size_bytes=1000)
    sampling.give({"trace": 1, "name": "x" * 600}, {"trace": 2})
    sampling.give({"trace": 1, "name": "x" * 600})
    sampling.give({"trace": 1})
    sampling.pass_seconds(3)
    assert sampling.traces == [2]
    assert scrape()[f"{PREFIX}traces_dropped_too_large{{{ID}}}"] == 1


@pytest.mark.parametrize(("age", "late"), [(2, False), (5, True)])
def test_spans_that_began_before_the_wait_of_an_unknown_trace_are_counted(
    age: int, late: bool, clocked: Any, scrape: Any
) -> None:
    sampling = clocked(ALWAYS)
    sampling.give({"start_time_unix_nano": EPOCH - age * SECOND}, {"start_time_unix_nano": EPOCH})
    sampling.pass_seconds(3)
    assert scrape()[f"{PREFIX}late_spans_of_unknown_traces{{{ID}}}"] == (2 if late else 0)
    assert sampling.sampler.latecomers == (2 if late else 0)


def test_policies_are_counted_by_what_they_said(clocked: Any, scrape: Any) -> None:
    sampling = clocked(ERRORS, ALWAYS)
    sampling.give({"trace": 1, "status": 2}, {"trace": 1}, {"trace": 2})
    sampling.pass_seconds(3)
    series = scrape()
    assert series[f'{PREFIX}count_traces_sampled{{decision="sampled",policy="policy-0",{ID},sampled="true"}}'] == 1
    assert series[f'{PREFIX}count_spans_sampled{{decision="sampled",policy="policy-0",{ID},sampled="true"}}'] == 2
    assert series[f'{PREFIX}count_traces_sampled{{decision="sampled",policy="policy-1",{ID},sampled="true"}}'] == 2
    assert series[f'{PREFIX}global_count_traces_sampled{{decision="sampled",{ID},sampled="true"}}'] == 2
    assert series[f"{PREFIX}new_trace_id_received{{{ID}}}"] == 2


def test_on_first_match_later_policies_are_not_asked(clocked: Any, scrape: Any) -> None:
    sampling = clocked(ALWAYS, ERRORS, sample_on_first_match=True)
    sampling.give({"trace": 1})
    sampling.pass_seconds(3)
    assert scrape()[f'{PREFIX}count_traces_sampled{{decision="not_sampled",policy="policy-1",{ID},sampled="false"}}'] == 0


def test_the_policy_is_recorded_on_the_scopes_when_asked_for(clocked: Any) -> None:
    sampling = clocked(ERRORS, ALWAYS, record_policy=True, decision_cache={"sampled_cache_size": 5})
    sampling.give({"trace": 1, "status": 2})
    sampling.pass_seconds(3)
    sampling.give({"trace": 1})
    scopes = [parse(Signal.TRACES, data).resource_spans[0].scope_spans[0].scope for data in sampling.requests]
    assert [{entry.key for entry in scope.attributes} for scope in scopes] == [
        {"tailsampling.policy"},
        {"tailsampling.policy", "tailsampling.cached_decision"},
    ]
    assert scopes[0].attributes[0].value.string_value == "policy-0"
