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


async def test_shares_are_given_in_the_order_in_which_they_were_asked_for() -> None:
    budget, order = ByteBudget(2 * MIB), list[int]()

    async def request(number: int, size: int) -> None:
        async with budget.share(size):
            order.append(number)
            await asyncio.sleep(0)

    # The large third one is not overtaken for ever by small ones that would fit.
    await asyncio.gather(*(request(number, 2 * MIB if number == 2 else MIB) for number in range(40)))
    assert order == [*range(40)]


async def test_who_gives_up_waiting_is_passed_over() -> None:
    budget = ByteBudget(MIB)

    async def request(size: int) -> str:
        async with budget.share(size):
            return "served"

    async with asyncio.timeout(1), budget.share(MIB):
        impatient, patient = asyncio.create_task(request(MIB)), asyncio.create_task(request(1))
        await asyncio.sleep(0)
        impatient.cancel()
    assert await patient == "served"
    async with asyncio.timeout(1), budget.share(MIB):
        pass


async def test_a_share_that_came_in_the_moment_of_giving_up_goes_to_the_next() -> None:
    budget = ByteBudget(MIB)

    async def request() -> str:
        async with budget.share(MIB):
            return "served"

    async with budget.share(MIB):
        late, patient = asyncio.create_task(request()), asyncio.create_task(request())
        await asyncio.sleep(0)
    late.cancel()  # its turn has come, and it has not run since
    async with asyncio.timeout(1):
        assert await patient == "served"
    assert late.cancelled()


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
