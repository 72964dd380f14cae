"""Prints the output of several processes on one screen, each line with its process's name."""

import os
import selectors
import sys
from typing import IO, BinaryIO

COLOURS = (36, 32, 33, 35, 34, 96, 92, 93)
OURSELVES = "holdfast"
LONGEST_LINE_BYTES = 65_536


class Console:
    """Whole lines only; `colour` only for a person's eyes."""

    def __init__(self, *, screen: BinaryIO | None = None, colour: bool | None = None) -> None:
        self._screen = screen or sys.stdout.buffer
        self._colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ if colour is None else colour
        self._selector = selectors.DefaultSelector()
        self._begun: dict[int, bytes] = {}
        self._styles: dict[str, int] = {}

    def follow(self, *, name: str, output: IO[bytes]) -> None:
        """Print what comes out of `output` until its end."""
        os.set_blocking(output.fileno(), False)
        self._begun[output.fileno()] = b""
        self._selector.register(output, selectors.EVENT_READ, name)

    def pump(self, *, timeout_s: float) -> bool:
        """Print what has come, waiting at most `timeout_s` seconds for something to come; False when nothing did."""
        ready = self._selector.select(timeout_s)
        for key, _ in ready:
            self._read(key)
        return bool(ready)

    def drain(self) -> None:
        """Print everything that the processes left behind, whole lines or not."""
        while self._selector.get_map() and (ready := self._selector.select(0)):
            for key, _ in ready:
                self._read(key)

    def say(self, text: str) -> None:
        """A line of our own."""
        self._print(OURSELVES, text.encode())

    def _read(self, key: selectors.SelectorKey) -> None:
        assert not isinstance(key.fileobj, int)  # follow() registers files
        data = os.read(key.fd, 65_536)
        *lines, rest = (self._begun[key.fd] + data).split(b"\n")
        if not data or len(rest) > LONGEST_LINE_BYTES:
            lines, rest = [*lines, *([rest] if rest else [])], b""
        for line in lines:
            self._print(key.data, line)
        self._begun[key.fd] = rest
        if not data:
            self._selector.unregister(key.fileobj)
            key.fileobj.close()  # type: ignore[attr-defined]
            del self._begun[key.fd]

    def _print(self, name: str, line: bytes) -> None:
        prefix = f"{name:<8} | "
        if self._colour:
            style = self._styles.setdefault(name, COLOURS[len(self._styles) % len(COLOURS)])
            prefix = f"\x1b[{style}m{prefix}\x1b[0m"
        try:
            self._screen.write(prefix.encode() + line.rstrip(b"\r") + b"\n")
            self._screen.flush()
        except OSError:
            return  # the terminal is gone; the processes must still be stopped in order
