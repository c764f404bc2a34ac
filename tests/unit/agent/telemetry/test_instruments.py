from otel_agent.telemetry.instruments import Histogram


def test_a_value_can_be_counted_several_times_at_once() -> None:
    histogram = Histogram([1, 5])
    histogram.record(1)
    histogram.record(2.5, 3)
    histogram.record(6)
    assert (histogram.counts, histogram.sum) == ([1, 3, 1], 14.5)
