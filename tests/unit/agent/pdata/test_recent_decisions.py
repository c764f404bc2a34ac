from otel_agent.pdata.recent_decisions import RecentDecisions


def test_the_least_recently_asked_for_is_forgotten() -> None:
    recent = RecentDecisions(2)
    one, two, three = (bytes([number]) * 16 for number in range(3))
    assert recent.put(one, 10)
    recent.put(two, 20)
    assert recent.get(one) == 10
    recent.put(three, 30)
    assert [recent.get(trace_id) for trace_id in (one, two, three)] == [10, None, 30]


def test_without_a_size_nothing_is_remembered() -> None:
    recent = RecentDecisions(0)
    assert not recent.put(b"1" * 16, 1)
    assert recent.get(b"1" * 16) is None
