import asyncio
import logging
from collections.abc import Callable

import pytest

from otel_agent.config.blocks.exporter_queue import RetryConfig
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.errors import ConsumeError, PermanentError, RetryableError
from otel_agent.pipeline.sending.retry import RetrySender

LOGGER = logging.getLogger("test.retry")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[tuple[float, float | None]] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float, at_least: float | None) -> None:
        self.slept.append((seconds, at_least))
        self.now += seconds


class Peer:
    def __init__(self, *script: Exception | None) -> None:
        self.script = list(script)
        self.pushed: list[Telemetry] = []

    async def __call__(self, telemetry: Telemetry) -> None:
        self.pushed.append(telemetry)
        error = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if error is not None:
            raise error


def sender(peer: Peer, clock: Clock, **retry: float | bool) -> RetrySender:
    config = RetryConfig.model_construct(**{**RetryConfig(randomization_factor=0.0).__dict__, **retry})
    return RetrySender(peer, 5.0, config, LOGGER, clock.sleep, clock)


async def test_a_failure_is_tried_again_after_a_wait(
    telemetry_of: Callable[..., Telemetry], caplog: pytest.LogCaptureFixture
) -> None:
    clock, peer = Clock(), Peer(RetryableError("down"), RetryableError("still down", retry_after=12.0), None)
    caplog.set_level(logging.INFO)
    await sender(peer, clock).send(telemetry_of(items=3))
    assert clock.slept == [(5.0, None), (12.0, 12.0)]
    assert len(peer.pushed) == 3
    record = caplog.records[0]
    assert record.message == "Exporting failed. Will retry the request after interval."
    assert record.__dict__["interval"] == "5s"


async def test_a_permanent_failure_is_not_tried_again(telemetry_of: Callable[..., Telemetry]) -> None:
    clock, peer = Clock(), Peer(PermanentError("no"))
    with pytest.raises(PermanentError, match="no"):
        await sender(peer, clock).send(telemetry_of())
    assert clock.slept == []


async def test_with_retries_off_the_first_failure_is_the_last(telemetry_of: Callable[..., Telemetry]) -> None:
    clock, peer = Clock(), Peer(RetryableError("down"))
    with pytest.raises(RetryableError, match=r"^down$"):
        await sender(peer, clock, enabled=False).send(telemetry_of())
    assert clock.slept == []


async def test_gives_up_after_the_longest_time(telemetry_of: Callable[..., Telemetry]) -> None:
    clock, peer = Clock(), Peer(RetryableError("down"))
    with pytest.raises(RetryableError, match="no more retries left: down"):
        await sender(peer, clock, max_elapsed_time=300.0).send(telemetry_of())
    assert 270 < clock.now <= 300


async def test_only_what_failed_is_sent_again(telemetry_of: Callable[..., Telemetry]) -> None:
    whole, rest, last = telemetry_of(items=5), telemetry_of(items=2, first=3), telemetry_of(items=1, first=4)
    peer = Peer(RetryableError("a", failed=rest), RetryableError("b"), RetryableError("c", failed=last), PermanentError("d"))
    with pytest.raises(ConsumeError) as caught:
        await sender(peer, Clock()).send(whole)
    assert peer.pushed == [whole, rest, rest, last]
    assert caught.value.failed is last


async def test_an_attempt_has_a_time_limit(telemetry_of: Callable[..., Telemetry]) -> None:
    async def hang(telemetry: Telemetry) -> None:
        await asyncio.Event().wait()

    retry = RetryConfig(enabled=False)
    with pytest.raises(RetryableError, match="no answer within the timeout of 10ms"):
        await RetrySender(hang, 0.01, retry, LOGGER, Clock().sleep).send(telemetry_of())


async def test_a_fault_in_an_exporter_is_logged_and_permanent(
    telemetry_of: Callable[..., Telemetry], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(PermanentError, match="KeyError: 'x'"):
        await sender(Peer(KeyError("x")), Clock()).send(telemetry_of())
    assert caplog.records[0].exc_info is not None


async def test_a_sender_that_will_not_wait_for_the_next_attempt_hears_of_the_failure_at_once(
    telemetry_of: Callable[..., Telemetry],
) -> None:
    clock = Clock()
    peer = Peer(RetryableError("down", grpc_code=14), RetryableError("full", grpc_code=8, retry_after=12.0))
    with pytest.raises(RetryableError, match="request will be cancelled before next retry: full") as caught:
        await sender(peer, clock).send(telemetry_of(), deadline=10.0)
    assert clock.slept == [(5.0, None)]
    assert (caught.value.grpc_code, caught.value.retry_after) == (8, 12.0)


async def test_an_attempt_before_the_deadline_is_made(telemetry_of: Callable[..., Telemetry]) -> None:
    clock, peer = Clock(), Peer(RetryableError("down"), None)
    await sender(peer, clock).send(telemetry_of(), deadline=5.5)
    assert len(peer.pushed) == 2
