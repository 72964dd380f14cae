"""Runs functions at the same time, each on a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

from config.tests.together import TIMEOUT_S

__all__ = ["TIMEOUT_S", "together"]


def together(functions: Sequence[Callable[[], Any]]) -> list[Any]:
    """Starts all at one instant and returns what each returned, or the exception that it raised."""
    start = threading.Barrier(len(functions))

    def run(function: Callable[[], Any]) -> Any:
        try:
            start.wait(TIMEOUT_S)
            return function()
        except Exception as error:  # noqa: BLE001 - the test looks at what came
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(run, functions))
