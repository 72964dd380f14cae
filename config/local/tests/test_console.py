"""Lines of several processes on one screen."""

import io
import os
from collections.abc import Iterator
from io import FileIO

import pytest

from config.local.console import LONGEST_LINE_BYTES, Console


@pytest.fixture
def pipe() -> Iterator[tuple[FileIO, FileIO]]:
    reading, writing = os.pipe()
    with open(reading, "rb", buffering=0) as ours, open(writing, "wb", buffering=0) as theirs:
        yield ours, theirs


class TestConsole:
    def test_prints_whole_lines_with_the_name_of_their_process(self, pipe: tuple[FileIO, FileIO]) -> None:
        screen = io.BytesIO()
        console = Console(screen=screen, colour=False)
        console.follow(name="web", output=pipe[0])
        pipe[1].write(b"one\r\ntw")
        assert console.pump(timeout_s=1)
        assert screen.getvalue() == b"web      | one\n"
        pipe[1].write(b"o\n\xff\n")
        console.pump(timeout_s=1)
        console.say("hello")
        assert screen.getvalue().split(b"\n")[1:] == [b"web      | two", b"web      | \xff", b"holdfast | hello", b""]

    def test_says_when_nothing_came(self, pipe: tuple[FileIO, FileIO]) -> None:
        console = Console(screen=io.BytesIO(), colour=False)
        console.follow(name="web", output=pipe[0])
        assert not console.pump(timeout_s=0.01)

    def test_prints_the_rest_when_the_process_ends(self, pipe: tuple[FileIO, FileIO]) -> None:
        screen = io.BytesIO()
        console = Console(screen=screen, colour=False)
        console.follow(name="web", output=pipe[0])
        pipe[1].write(b"no newline")
        pipe[1].close()
        console.drain()
        assert screen.getvalue() == b"web      | no newline\n"
        assert pipe[0].closed

    def test_does_not_wait_for_the_end_of_an_endless_line(self, pipe: tuple[FileIO, FileIO]) -> None:
        screen = io.BytesIO()
        console = Console(screen=screen, colour=False)
        console.follow(name="web", output=pipe[0])
        for _ in range(LONGEST_LINE_BYTES // 4096 + 1):
            pipe[1].write(b"x" * 4096)
            console.pump(timeout_s=1)
        assert len(screen.getvalue()) > LONGEST_LINE_BYTES

    def test_colours_each_process_differently_for_people_only(self, pipe: tuple[FileIO, FileIO]) -> None:
        screen = io.BytesIO()
        console = Console(screen=screen, colour=True)
        console.follow(name="web", output=pipe[0])
        pipe[1].write(b"line\n")
        console.pump(timeout_s=1)
        console.say("ours")
        assert screen.getvalue() == b"\x1b[36mweb      | \x1b[0mline\n\x1b[32mholdfast | \x1b[0mours\n"

    def test_survives_a_terminal_that_is_gone(self) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "wb", 0) as screen:
            Console(screen=screen, colour=False).say("to nobody")
