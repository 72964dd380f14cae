"""The table of a thing's life: which moves are allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from config.kernel.errors import Conflict


class MoveNotAllowed(Conflict):
    """The table of states does not have this move."""

    code = "move_not_allowed"


@dataclass(frozen=True)
class StateTable:
    """Allowed moves of one machine: `moves[from]` is the set of states it may go to."""

    name: str
    initial: str
    moves: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, *, initial: str, moves: Mapping[str, Iterable[str]]) -> StateTable:
        """Builds the table; every target must be a state of its own, so that a typing error cannot open a door."""
        table = {str(state): frozenset(str(target) for target in targets) for state, targets in moves.items()}
        unknown = {target for targets in table.values() for target in targets} - set(table)
        if unknown or initial not in table:
            raise ValueError(f"{name}: states without a row: {sorted(unknown) or initial}")
        return cls(name=name, initial=str(initial), moves=table)

    @property
    def states(self) -> tuple[str, ...]:
        return tuple(self.moves)

    @property
    def final(self) -> frozenset[str]:
        """States with no way out."""
        return frozenset(state for state, targets in self.moves.items() if not targets)

    def allows(self, origin: str, target: str) -> bool:
        return target in self.moves.get(origin, frozenset())

    def check(self, origin: str, target: str) -> None:
        """Raises MoveNotAllowed unless the move stands in the table."""
        if not self.allows(origin, target):
            raise MoveNotAllowed(f"a {self.name} that is {origin} cannot become {target}")

    def pairs(self) -> Iterator[tuple[str, str, bool]]:
        """All ordered pairs of different states with whether the move is allowed, for the test that walks them."""
        for origin in self.moves:
            for target in self.moves:
                if origin != target:
                    yield origin, target, self.allows(origin, target)
