"""The schedule of scrapers: rounds, what is counted, and scrapers that fail or hang."""

import threading
from typing import Any

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import ResourceMetrics

from otel_agent.config.blocks.scraping import ScheduleConfig
from otel_agent.config.component import ComponentKind
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.errors import RetryableError
from otel_agent.scraping.schedule import ScrapingReceiver
from otel_agent.scraping.scraper import Scrape

NOW = 1_700_000_000_000_000_000


class Numbers:
    """A scraper of one point, that fails or waits when told to."""

    metric_count = 3

    def __init__(self, name: str = "numbers") -> None:
        self.name = name
        self.calls = 0
        self.error: Exception | None = None
        self.partial = ""
        self.gate = threading.Event()
        self.gate.set()

    def scrape(self, now: int) -> Scrape:
        self.calls += 1
        self.gate.wait(20)
        if self.error is not None:
            raise self.error
        resource = ResourceMetrics()
        metric = resource.scope_metrics.add().metrics.add(name=self.name)
        metric.gauge.data_points.add(time_unix_nano=now, as_int=self.calls)
        scrape = Scrape([resource])
        if self.partial:
            scrape.fail(self.partial, 2)
        return scrape


@pytest.fixture
def make(make_context: Any, sink: Any) -> Any:
    def build(*scrapers: Numbers, **keys: Any) -> ScrapingReceiver:
        context = make_context(ComponentKind.RECEIVER, "host_metrics", None)
        context.consumers[Signal.METRICS] = sink
        return ScrapingReceiver(ScheduleConfig.model_validate(keys), context, scrapers, lambda: NOW)

    return build


def series(scrape: Any, name: str, scraper: str = "numbers") -> float:
    found = scrape()
    return float(found.get(f'otelcol_{name}{{receiver="host_metrics",scraper="{scraper}"}}', 0))


async def test_rounds_come_after_the_delay_and_every_interval(make: Any, sink: Any, host: Any, scrape: Any) -> None:
    receiver = make(Numbers(), initial_delay="1ms", collection_interval="2ms")
    await receiver.start(host)
    await sink.reached(3)
    await receiver.shutdown()
    await receiver.shutdown()
    assert sink.received[0].signal is Signal.METRICS
    assert series(scrape, "scraper_scraped_metric_points") >= 3


async def test_what_all_scrapers_find_is_one_request(make: Any, sink: Any, scrape: Any) -> None:
    await make(Numbers("a"), Numbers("b")).scrape()
    assert sink.sizes == [2]
    assert scrape()['otelcol_receiver_accepted_metric_points{receiver="host_metrics",transport=""}'] == 2


async def test_a_scraper_that_fails_does_not_keep_the_others_back(
    make: Any, sink: Any, scrape: Any, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Numbers("broken")
    broken.error = OSError("no such file")
    await make(broken, Numbers()).scrape()
    assert sink.sizes == [1]
    assert series(scrape, "scraper_errored_metric_points", "broken") == 3
    assert series(scrape, "scraper_scraped_metric_points", "broken") == 0
    assert [record.__dict__["error"] for record in caplog.records] == ["no such file"]


async def test_what_a_partial_error_leaves_is_sent(make: Any, sink: Any, scrape: Any, caplog: pytest.LogCaptureFixture) -> None:
    numbers = Numbers()
    numbers.partial = "one device is gone"
    await make(numbers).scrape()
    assert sink.sizes == [1]
    assert series(scrape, "scraper_errored_metric_points") == 2
    assert "one device is gone" in caplog.records[0].__dict__["error"]


async def test_a_scraper_over_its_timeout_fails_and_is_not_called_again_before_it_returns(
    make: Any, sink: Any, scrape: Any
) -> None:
    numbers = Numbers()
    numbers.gate.clear()
    receiver = make(numbers, timeout="10ms")
    await receiver.scrape()
    await receiver.scrape()
    assert (numbers.calls, sink.received) == (1, [])
    assert series(scrape, "scraper_errored_metric_points") == 6
    numbers.gate.set()
    await receiver._scrapers[0].running
    await receiver.scrape()
    assert (numbers.calls, sink.sizes) == (2, [1])


async def test_a_scraper_that_hangs_does_not_keep_the_program_from_ending(make: Any) -> None:
    numbers = Numbers("hanging")
    numbers.gate.clear()
    await make(numbers, timeout="1ms").scrape()
    (thread,) = [thread for thread in threading.enumerate() if thread.name == "scrape-hanging"]
    assert thread.daemon
    numbers.gate.set()
    thread.join(20)


async def test_what_the_pipeline_refuses_is_dropped_and_counted(
    make: Any, sink: Any, scrape: Any, caplog: pytest.LogCaptureFixture
) -> None:
    sink.error = RetryableError("full")
    await make(Numbers()).scrape()
    assert scrape()['otelcol_receiver_refused_metric_points{receiver="host_metrics",transport=""}'] == 1
    assert caplog.records[0].__dict__["dropped_items"] == 1


def test_of_many_errors_the_first_are_told() -> None:
    scrape = Scrape()
    for number in range(30):
        scrape.fail(f"error {number}", 1)
    assert scrape.message.endswith("error 19; and 10 more")
    assert (scrape.error_count, scrape.failed_points) == (30, 30)
