"""Requests share a bounded amount of memory."""

import asyncio

import pytest

from otel_operator.webhook.byte_budget import ByteBudget

MIB = 1024 * 1024


async def test_total_is_never_exceeded_and_everyone_gets_a_turn() -> None:
    budget, held, most, served = ByteBudget(4 * MIB), 0, 0, 0

    async def request(size: int) -> None:
        nonlocal held, most, served
        async with budget.share(size):
            held += size
            most = max(most, held)
            await asyncio.sleep(0)
            held -= size
            served += 1

    await asyncio.gather(*(request(size * MIB) for size in (1, 2, 3, 4) * 20))
    assert served == 80
    assert most <= 4 * MIB


async def test_body_larger_than_the_budget_waits_for_all_of_it() -> None:
    budget = ByteBudget(MIB)
    async with asyncio.timeout(1), budget.share(5 * MIB):
        pass


async def test_share_of_a_cancelled_request_comes_back() -> None:
    budget = ByteBudget(MIB)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), budget.share(MIB):
            await asyncio.Event().wait()
    async with asyncio.timeout(1), budget.share(MIB):
        pass
