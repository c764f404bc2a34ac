"""Starts extensions, and stops them after the test."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib import import_module
from typing import Any

import pytest

from otel_agent.config.component import ComponentKind


@pytest.fixture
async def extension(make_context: Any, host: Any) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """`extension("basic_auth", htpasswd=…)` gives the started extension."""
    started: list[Any] = []

    async def make(type_name: str, **keys: Any) -> Any:
        info = import_module(f"otel_agent.extensions.{type_name}").COMPONENT
        module, _, name = info.config.partition(":")
        config = getattr(import_module(module), name).model_validate(keys)
        module, _, name = info.factory.partition(":")
        made = getattr(import_module(module), name)(config, make_context(ComponentKind.EXTENSION, type_name, None))
        started.append(made)
        await made.start(host)
        return made

    logging.getLogger("test").setLevel(logging.INFO)
    yield make
    for item in started:
        await item.shutdown()
