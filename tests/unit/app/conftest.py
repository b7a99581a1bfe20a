"""Shared by the tests of the hall: what belongs into a thread is run at once, so that every story has one order."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest


class Inline(ThreadPoolExecutor):
    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # type: ignore[override]
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # as a thread would hand it on
            future.set_exception(error)
        return future


@pytest.fixture
async def threads_at_once() -> None:
    """Have the loop's threads be no threads."""
    asyncio.get_running_loop().set_default_executor(Inline(max_workers=1))
