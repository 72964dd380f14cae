"""What the platform's tests share beside the project's own: servers that a test may kill."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from config.tests.servers import Private, private_servers


@pytest.fixture(scope="session")
def private_servers_of_this_run() -> Iterator[Private]:
    """Started when the first test asks for them."""
    with private_servers() as found:
        yield found


@pytest.fixture
def private(private_servers_of_this_run: Private) -> Iterator[Private]:
    """Private servers without a row, a message or a process of an earlier test."""
    yield private_servers_of_this_run
    private_servers_of_this_run.end()
