"""A table of states allows what stands in it and nothing else."""

from __future__ import annotations

import pytest
from django.apps import apps

from config.calls.states import CALL_STATES, OPEN
from config.inbox.states import INBOX_STATES, REPLAYABLE, InboxState
from config.kernel.errors import Conflict
from config.kernel.states import MoveNotAllowed, StateTable
from config.outbox.states import OUTBOX_STATES

DOOR = StateTable.of(
    "door", initial="open", moves={"open": {"shut"}, "shut": {"open", "locked"}, "locked": {"shut"}, "gone": ()}
)
# MONEY §2, word for word. A retry (due → due) moves no label.
CALL = {
    "sent": {"succeeded", "pending", "declined", "not_executed", "unknown"},
    "unknown": {"succeeded", "pending", "declined", "not_executed"},
    "pending": {"succeeded", "declined"},
    "declined": {"succeeded"},
    "not_executed": {"sent"},
    "succeeded": {"reversed"},
    "reversed": set(),
}
INBOX = {
    "due": {"processed", "ignored", "foreign", "parked", "dead"},
    "parked": {"due"},
    "processed": {"due"},
    "ignored": {"due"},
    "foreign": {"due"},
    "dead": {"due"},
}
OUTBOX = {"due": {"done", "dead"}, "dead": {"due", "skipped"}, "done": set(), "skipped": set()}


class TestStateTable:
    def test_allows_what_stands_in_it(self) -> None:
        assert DOOR.allows("open", "shut")
        assert not DOOR.allows("open", "locked")

    @pytest.mark.parametrize("origin", ["open", "nowhere", ""])
    def test_knows_no_way_to_a_state_that_it_does_not_have(self, origin: str) -> None:
        assert not DOOR.allows(origin, "nowhere")

    def test_standing_still_is_not_a_move(self) -> None:
        assert not any(DOOR.allows(state, state) for state in DOOR.states)

    def test_names_both_states_when_it_refuses(self) -> None:
        with pytest.raises(MoveNotAllowed, match="a door that is open cannot become locked") as refused:
            DOOR.check("open", "locked")
        assert isinstance(refused.value, Conflict)
        assert refused.value.code == "move_not_allowed"

    def test_says_nothing_when_it_allows(self) -> None:
        DOOR.check("open", "shut")

    def test_a_state_without_a_way_out_is_final(self) -> None:
        assert DOOR.final == {"gone"}

    def test_walks_all_pairs_of_different_states(self) -> None:
        pairs = list(DOOR.pairs())
        assert len(pairs) == len({(origin, target) for origin, target, _ in pairs}) == 12
        assert {(origin, target) for origin, target, allowed in pairs if allowed} == {
            ("open", "shut"), ("shut", "open"), ("shut", "locked"), ("locked", "shut")
        }  # fmt: skip

    def test_a_typing_error_opens_no_door(self) -> None:
        with pytest.raises(ValueError, match="lokced"):
            StateTable.of("door", initial="open", moves={"open": {"lokced"}})

    def test_begins_somewhere(self) -> None:
        with pytest.raises(ValueError, match="ajar"):
            StateTable.of("door", initial="ajar", moves={"open": ()})


class TestPlatformTables:
    @pytest.mark.parametrize(
        ("table", "written"), [(CALL_STATES, CALL), (INBOX_STATES, INBOX), (OUTBOX_STATES, OUTBOX)], ids=lambda _: ""
    )
    def test_are_those_of_the_design(self, table: StateTable, written: dict[str, set[str]]) -> None:
        assert {state: set(targets) for state, targets in table.moves.items()} == written

    @pytest.mark.parametrize("table", [CALL_STATES, INBOX_STATES, OUTBOX_STATES], ids=lambda table: table.name)
    def test_every_state_is_reached_from_the_first(self, table: StateTable) -> None:
        reached, pending = {table.initial}, [table.initial]
        while pending:
            new = set(table.moves[pending.pop()]) - reached
            reached |= new
            pending += new
        assert reached == set(table.states)

    def test_what_blocks_another_attempt_is_open(self) -> None:
        assert set(OPEN) == {"sent", "unknown", "pending"}

    def test_only_what_was_handled_or_given_up_can_be_replayed(self) -> None:
        assert {state for state in InboxState if INBOX_STATES.allows(state, "due")} - {"parked"} == REPLAYABLE


class TestModels:
    def test_whoever_has_a_table_has_a_status_that_begins_where_the_table_does(self) -> None:
        tables = [model for model in apps.get_models() if hasattr(model, "states")]
        assert tables, "nothing to look at"
        for model in tables:
            field = model._meta.get_field("status")
            assert field.default == model.states.initial, model
            assert {value for value, _ in field.choices or ()} in (set(), set(model.states.states)), model
