"""Exponential histograms: sums, scales, native form."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_agent.prometheus.native_histogram import Buckets, Exponential, spans_and_deltas

COUNTS = st.lists(st.integers(0, 5), max_size=20).map(tuple)
BUCKETS = st.builds(Buckets, st.integers(-50, 50), COUNTS)


def exponential(scale: int, positive: Buckets, threshold: float = 0.0) -> Exponential:
    return Exponential(scale, sum(positive.counts), 1.0, 0, threshold, positive, Buckets())


def test_a_coarser_scale_joins_neighbours() -> None:
    assert Buckets(-3, (1, 2, 3, 4)).coarser(1) == Buckets(-2, (1, 5, 4))


@settings(deadline=None)
@given(BUCKETS, BUCKETS)
def test_a_sum_has_all_counts_where_they_were(one: Buckets, two: Buckets) -> None:
    total = one.plus(two)
    for index in range(-60, 80):
        parts = [side.counts[index - side.offset] for side in (one, two) if 0 <= index - side.offset < len(side.counts)]
        found = total.counts[index - total.offset] if 0 <= index - total.offset < len(total.counts) else 0
        assert found == sum(parts)


@settings(deadline=None)
@given(BUCKETS, st.integers(0, 70))
def test_no_count_is_lost_on_the_way_to_a_coarser_scale(buckets: Buckets, by: int) -> None:
    assert sum(buckets.coarser(by).counts) == sum(buckets.counts)


def test_two_histograms_meet_at_the_coarser_scale_and_the_larger_zero_threshold() -> None:
    one = exponential(1, Buckets(0, (1, 1, 1, 1)))
    two = exponential(0, Buckets(0, (5, 5)), threshold=2.0)
    total = one.plus(two)
    assert (total.scale, total.count, total.zero_threshold) == (0, 14, 2.0)
    assert (total.zero_count, total.positive) == (2, Buckets(0, (5, 7)))


def test_histograms_far_apart_give_up_scale_instead_of_memory() -> None:
    total = exponential(20, Buckets(-(2**31), (1,))).plus(exponential(20, Buckets(2**31 - 1, (1,))))
    assert len(total.positive.counts) <= 20_000
    assert sum(total.positive.counts) == 2


def test_native_histograms_have_scales_from_minus_4_to_8() -> None:
    fine = exponential(10, Buckets(0, (1, 1, 1, 1, 1))).native()
    assert (fine.scale, fine.positive, fine.zero_threshold) == (8, Buckets(0, (4, 1)), 1e-128)
    with pytest.raises(ValueError, match="scale -5"):
        exponential(-5, Buckets(0, (1,))).native()


@settings(deadline=None)
@given(BUCKETS)
def test_spans_and_deltas_say_what_the_buckets_say(buckets: Buckets) -> None:
    spans, deltas = spans_and_deltas(buckets)
    found, at, count, position = {}, 0, 0, 0
    for gap, length in spans:
        at += gap
        for _ in range(length):
            count += deltas[position]
            if count:
                found[at - 1] = count
            at, position = at + 1, position + 1
    assert found == {index: each for index, each in enumerate(buckets.counts, buckets.offset) if each}
