"""Searches everything that can become of one sold ticket, of its order, its transfer and its money together."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields

import pytest

from orders.tickets.states import TICKET_STATES
from payments.tests.joint import ON_ITS_WORD, TABLES, Found, Laws, World, search


@pytest.fixture(scope="module")
def found() -> Found:
    return search(Laws())


class TestEverything:
    def test_nobody_has_ticket_and_money(self, found: Found) -> None:
        assert found.wrong == []

    def test_everything_has_a_way_out(self, found: Found) -> None:
        assert found.stuck == []

    def test_whoever_is_done_has_the_one_or_the_other(self, found: Found) -> None:
        """Cancelled: the money, and the ticket is its seller's. Completed: the ticket, as far as anybody knows."""
        for world in found.after:
            if world.part == "cancelled" and world.hold == "returned":
                assert world.ticket in whose(world)
                assert world.back
            if world.part == "completed" and world.hold == "released":
                assert (world.ticket, world.back) == ("delivered", "")
                assert world.with_buyer

    def test_a_contradiction_is_the_only_way_to_have_both_on_a_providers_word(self, found: Found) -> None:
        both = [world for world in found.after if world.back == ON_ITS_WORD]
        assert both
        for world in both:
            assert world.contradicted, world
            is_with_a_person = world.transfer == "review" or world.heard == "ended" or "ended" in world.jobs
            assert is_with_a_person or world.transfer in ("accepted", "cancelled"), world

    def test_some_of_the_money_never_decides_about_the_ticket(self, found: Found) -> None:
        """Whatever can become of it without that can become of it after that too, but that it is sent."""
        for when in ("before it went", "after it went"):
            ends = {(world.part, world.hold) for world in found.after if world.some == when and world.is_over}
            assert ends == {("completed", "released"), ("cancelled", "returned"), ("delivered", "returned")} | (
                {("completed", "returned")} if ("completed", "returned") in ends else set()
            )

    def test_the_other_part_stands_as_it_may_in_all_of_these(self, found: Found) -> None:
        met = {(world.part, world.other) for world in found.after if world.hold}
        assert {part for part, _ in met} == set(TABLES["part"].states)
        for part in TABLES["part"].states:
            assert {other for one, other in met if one == part} == {"awaiting", "delivered", "completed", "cancelled"}

    def test_every_state_of_every_machine_is_met(self, found: Found) -> None:
        """But what only somebody else's hand does, and what only stands for another sale."""
        elsewhere: dict[str, set[str]] = {
            "order": {"refunded"},
            "transfer": {"pending", "declined", "failed"},
        }  # fmt: skip
        for name, table in TABLES.items():
            met = {getattr(world, name) for world in found.after} - {""}
            assert set(table.states) - met <= elsewhere.get(name, set()), name

    def test_each_ticket_stands_as_its_part_does(self, found: Found) -> None:
        fits = {
            "awaiting": {"reserved", "in_escrow", "transferring"},
            "cancelling": {"cancelling"},
            "review": {"review"},
            "delivered": {"delivered"},
            "completed": {"delivered"},
            "cancelled": {"listed", "released_back_to_seller", "void"},
        }
        for world in found.after:
            assert world.ticket in fits[world.part], world

    def test_what_was_found_invalid_is_void_or_somebody_said_that_the_buyer_has_it(self, found: Found) -> None:
        for world in found.after:
            if world.invalid and world.is_over:
                assert world.ticket in ("void", "delivered"), world
            assert world.ticket != "void" or world.contradicted or (world.invalid and not world.with_buyer), world

    def test_nothing_is_paid_for_nothing_and_nothing_waits_without_money(self, found: Found) -> None:
        assert [world for world in found.after if misfits(world)] == []

    def test_is_as_large_as_it_looks(self, found: Found) -> None:
        assert len(found.after) > 10_000
        assert Counter(world.part for world in found.after).keys() >= {"review", "cancelling", "completed"}


class TestNegativeControls:
    @pytest.mark.parametrize("law", [field.name for field in fields(Laws)])
    def test_each_law_is_needed(self, law: str) -> None:
        broken = search(Laws(**{law: False}), until=lambda world: world.is_wrong or misfits(world))
        assert broken.wrong or any(misfits(world) for world in broken.after), law

    def test_a_move_that_the_table_does_not_have_is_noticed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        without = {**TICKET_STATES.moves, "cancelling": TICKET_STATES.moves["cancelling"] - {"review"}}
        monkeypatch.setitem(TABLES, "ticket", type(TICKET_STATES)(name="ticket", initial="listed", moves=without))
        with pytest.raises(Exception, match="cannot become"):
            search(Laws())


def whose(world: World) -> set[str]:
    """What a ticket may be whose part was cancelled."""
    if world.invalid:
        return {"void"}
    return {"released_back_to_seller", "listed", *({"void"} if world.contradicted else ())}


def misfits(world: World) -> bool:
    """Paid for what the buyer never got; a ticket that still waits to go though its money is gone; one that was sent
    though it lets nobody in, or some of its money was back; or one on sale that may be its former buyer's."""
    waits = world.part == "awaiting" and world.hold == "returned" and "emptied" not in world.jobs
    sent = (world.invalid or world.some == "before it went") and world.ticket == "transferring"
    is_theirs = world.transfer in ("review", "accepted") and not world.jobs & {"unanswered", "accepted"}
    offered = world.ticket == "listed" and world.part == "cancelled" and is_theirs
    return waits or sent or offered or (world.hold == "released" and not world.with_buyer)
