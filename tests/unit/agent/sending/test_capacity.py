import asyncio

import pytest

from otel_agent.pipeline.sending.capacity import Capacity


async def test_takes_while_there_is_room() -> None:
    capacity = Capacity(3)
    assert capacity.try_take(2)
    assert not capacity.try_take(2)
    assert capacity.try_take(1)
    assert capacity.used == 3


async def test_those_who_wait_are_let_in_in_order() -> None:
    capacity, order = Capacity(2), []
    assert capacity.try_take(2)

    async def take(amount: int, name: str) -> None:
        await capacity.take(amount)
        order.append(name)

    tasks = [asyncio.create_task(take(2, "large")), asyncio.create_task(take(1, "small"))]
    await asyncio.sleep(0)
    capacity.give_back(1)
    await asyncio.sleep(0)
    assert order == []
    assert not capacity.try_take(1), "nobody overtakes those who wait"
    capacity.give_back(1)
    await tasks[0]
    assert order == ["large"]
    capacity.give_back(2)
    await tasks[1]
    assert order == ["large", "small"]


async def test_who_stops_waiting_takes_nothing_and_blocks_nobody() -> None:
    capacity = Capacity(2)
    assert capacity.try_take(1)
    large, small = asyncio.create_task(capacity.take(2)), asyncio.create_task(capacity.take(1))
    await asyncio.sleep(0)
    large.cancel()
    with pytest.raises(asyncio.CancelledError):
        await large
    await small
    assert capacity.used == 2


async def test_cancelled_just_after_being_let_in_gives_back() -> None:
    capacity = Capacity(1)
    assert capacity.try_take(1)
    task = asyncio.create_task(capacity.take(1))
    await asyncio.sleep(0)
    capacity.give_back(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert capacity.used == 0
    await asyncio.wait_for(capacity.wait_until_empty(), 1)
