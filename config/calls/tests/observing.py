"""What the tests of every guard share: who writes down what it reports, and which methods a contract has."""

from __future__ import annotations


class Seen:
    """What the guard reported."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, str]] = []
        self.seconds: list[float] = []

    def __call__(self, *, gateway: str, operation: str, outcome: str, seconds: float) -> None:
        assert seconds >= 0
        self.calls.append((gateway, operation, outcome))
        self.seconds.append(seconds)


def methods(of: type) -> set[str]:
    """The names of what can be called of it."""
    return {name for name, value in vars(of).items() if callable(value) and not name.startswith("_")}
