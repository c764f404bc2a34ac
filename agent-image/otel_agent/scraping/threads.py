"""Runs a blocking call in a thread of its own, which nothing waits for when the program ends.

The threads of asyncio's executor are joined at exit; one that hangs in the kernel, on a mount whose server is gone, would keep
the collector from ending.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


def call_in_thread(name: str, function: Callable[[], T]) -> "asyncio.Future[T]":
    """Start the call; the future has its result. Cancelling the future does not end the call."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)  # type: ignore[arg-type]
        else:
            future.set_exception(error)

    def run() -> None:
        result, failure = None, None
        try:
            result = function()
        except BaseException as error:  # noqa: BLE001 -- handed to who waits for the future
            failure = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future
