"""Tickets that go to their buyers by a provider, in a marketplace in which anything may happen; and that nobody has
both ticket and money."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from unittest.mock import patch

from django.conf import settings
from django.test import override_settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from config.audit.models import AuditEntry
from config.outbox.runner import run_outbox
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.services import deliver
from orders.tickets.models import Ticket
from orders.tickets.providers import registry
from orders.tickets.providers.contract import TransferState
from orders.tickets.services.listing import relist_ticket
from orders.tickets.services.transferring import transfer_tickets
from orders.tickets.transfers.models import TicketTransfer
from orders.tickets.transfers.services.sweeps import ask_silent, follow_changes
from orders.tickets.transfers.tests.played import Played, account
from payments.escrow.services.cancel import cancel_fulfilment
from payments.escrow.services.voiding import void_sold_ticket
from payments.refunds.models import Refund
from payments.refunds.services.by_staff import cancel_by_staff
from payments.refunds.services.decide import approve_refund
from payments.tests.happenings import WHICH, Death, deaths, happening
from payments.tests.machine import WALKED, Returning
from payments.tests.machine_gateways import StripeSide
from payments.tests.machine_refunds import POLICY, people_decide
from payments.tests.world import World

WORDS = [
    TransferState.ACCEPTED, TransferState.ACCEPTED, TransferState.DECLINED, TransferState.EXPIRED,
    TransferState.NEEDS_REVIEW, TransferState.NEEDS_REVIEW,
]  # fmt: skip
LAST_WORDS = [TransferState.NEEDS_REVIEW, TransferState.ACCEPTED, TransferState.EXPIRED]
MOODS = ["loses", "swallows", "limits", "down", "slow", "good", "good"]
# A part that is given up gives its money back for one of these.
GIVEN_UP = ("timeout", "cancelled", "cancelled_by_staff", "transfer_ended", "dispute_won")
NOT_GIVEN = ("requested", "rejected", "cancelled", "voided")


class Tickets:
    """Sellers, buyers and their provider, within the machine that `Marketplace` is."""

    world: World
    side: StripeSide
    played: Played
    act: Callable[[Death, Callable[[], object]], None]
    part: Callable[[int], Fulfilment]
    has_news: bool = False

    @happening(often=0, which=WHICH)
    def sends_tickets(self, which: int) -> None:
        part, at = self.part(which), self.world.at
        self.act(None, lambda: transfer_tickets(fulfilment=part, provider="played", actor="user:seller", at=at))

    @happening(often=0, which=WHICH, word=st.sampled_from(WORDS), heard=st.sampled_from([True, True, False]))
    def moves_at_the_provider(self, which: int, word: TransferState, heard: bool) -> None:
        """A buyer or the time there; we hear of it at once, or later, if at all."""
        transfers, at = [row for row in TicketTransfer.objects.order_by("pk") if self.is_open_there(row)], self.world.at
        if transfers:
            self.played.become(transfers[which % len(transfers)], word)
        if transfers and heard:
            self.act(None, lambda: [follow_changes(at=at), run_outbox(lane="money", now=self.world.now)])

    @happening(often=0, mood=st.sampled_from(MOODS))
    def changes_its_mood(self, mood: str) -> None:
        for name in ("loses", "swallows", "limits", "down"):
            setattr(self.played, name, name == mood)
        self.played.cancels = mood != "slow"

    @happening(often=0, death=deaths("transfer."))
    def looks_after_transfers(self, death: Death) -> None:
        at = self.world.at
        self.act(death, lambda: [follow_changes(at=at), ask_silent(at=at)])

    @happening(often=0, death=deaths("transfer.c", "outbox.ran"))
    def tells_the_provider(self, death: Death) -> None:
        self.act(death, lambda: run_outbox(lane="money", now=self.world.now))

    @happening(often=0, which=WHICH)
    def wants_them_back(self, which: int) -> None:
        part, at = self.part(which), self.world.at
        self.act(None, lambda: cancel_fulfilment(fulfilment_pk=part.pk, actor="user:seller", reason="", at=at))

    @happening(often=0, which=WHICH)
    def finds_out(self, which: int) -> None:
        """A person asks the provider on the telephone, and says of a part under review how it is."""
        self.decides_review(self.part(which))

    @happening(often=0, which=WHICH, whole_part=st.booleans(), second=st.booleans())
    def is_found_invalid(self, which: int, whole_part: bool, second: bool) -> None:
        """A person of ours hears that a sold ticket lets nobody in, and says so where its provider does not have it;
        first of all of one of which nobody knew where it is."""
        sold = list(Ticket.objects.filter(line__isnull=False).exclude(status="delivered").order_by("pk"))
        under_review = [each for each in sold if each.status == "review" and self.nobody_has(each.line.fulfilment)]
        kept = [each for each in sold if each.status == "in_escrow"]
        found = under_review or kept or [each for each in sold if each.status != "review"]
        if not found:
            return
        ticket, at = found[which % len(found)], self.world.at
        rules = replace(POLICY, refund_approval_threshold_minor={"USD": 0}) if second else POLICY
        self.act(None, lambda: void_sold_ticket(
            ticket_pk=ticket.pk, requester="user:support", reason="forged", policy=rules, at=at, whole_part=whole_part
        ))  # fmt: skip

    @happening(often=0, which=WHICH)
    def offers_again(self, which: int) -> None:
        back = list(Ticket.objects.filter(status="released_back_to_seller").order_by("pk"))
        if back:
            ticket = back[which % len(back)]
            self.act(None, lambda: relist_ticket(ticket_pk=ticket.pk, actor="user:seller", at=self.world.at))

    def cancels_are_approved(self) -> None:
        at, waiting = self.world.at, Refund.objects.filter(status="requested", cause="cancelled_by_staff")
        for pk in waiting.values_list("pk", flat=True):
            self.act(None, partial(approve_refund, refund_pk=pk, actor="user:second", reason="", at=at))

    def is_open_there(self, transfer: TicketTransfer) -> bool:
        view = self.played.transfers.get(transfer.public_id)
        return view is not None and view.state.is_open

    def nobody_has(self, part: Fulfilment) -> bool:
        transfer = TicketTransfer.objects.filter(fulfilment=part).order_by("-pk").first()
        view = self.played.transfers.get(transfer.public_id) if transfer else None
        return view is None or not (view.state.is_open or view.state == TransferState.ACCEPTED)

    def decides_review(self, part: Fulfilment, *, lets_nobody_in: bool = False) -> None:
        transfer = TicketTransfer.objects.filter(fulfilment=part).order_by("-pk").first()
        view = self.played.transfers.get(transfer.public_id) if transfer else None
        if part.status != "review" or (view is not None and view.state.is_open):
            return
        at = self.world.at
        if view is not None and view.state == TransferState.ACCEPTED:
            act = lambda: deliver(  # noqa: E731
                fulfilment=part, actor="user:ops", by_staff=True, at=at, policy=settings.POLICY, reason="it is there"
            )
        elif lets_nobody_in:
            pk = Ticket.objects.filter(line__fulfilment=part).earliest("pk").pk
            act = lambda: void_sold_ticket(  # type: ignore[assignment,return-value]  # noqa: E731
                ticket_pk=pk, requester="user:support", reason="and it is forged", policy=POLICY, at=at
            )
        else:
            act = lambda: cancel_by_staff(  # type: ignore[assignment,return-value]  # noqa: E731
                fulfilment_pk=part.pk, requester="user:support", reason="it is not there", policy=POLICY, at=at
            )
        self.act(None, act)

    @invariant()
    def nobody_has_ticket_and_money(self) -> None:
        if not self.has_news:
            return
        for transfer in TicketTransfer.objects.all():
            view = self.played.transfers.get(transfer.public_id)
            if view is None or view.state != TransferState.ACCEPTED:
                continue
            given = Refund.objects.filter(shares__hold__fulfilment=transfer.fulfilment_id, cause__in=GIVEN_UP)
            assert not given.exclude(status__in=NOT_GIVEN).exists(), transfer.public_id

    @invariant()
    def what_lets_nobody_in_is_not_out_nor_on_offer(self) -> None:
        if self.has_news:
            wrong = Ticket.objects.filter(is_invalid=True).exclude(status__in=("in_escrow", "review", "void"))
            assert not wrong.exclude(status="delivered").exists(), list(wrong.values())

    @invariant()
    def what_is_out_has_a_transfer(self) -> None:
        if self.has_news:
            out = Ticket.objects.filter(status__in=("transferring", "cancelling", "review"))
            assert not out.filter(line__fulfilment__transfers__isnull=True).exists()


# What happens once tickets are paid for: mostly what happens to them.
SOLD = [
    *["sends_tickets"] * 8, *["moves_at_the_provider"] * 8, *["changes_its_mood"] * 2, *["looks_after_transfers"] * 8,
    *["tells_the_provider"] * 8, *["finds_out"] * 2, "offers_again", *["wants_them_back"] * 3, *["time_passes"] * 3,
    *["works_the_outbox"] * 2, *["asks"] * 2, "does_their_part", "wants", "asks_for_a_refund", *["decides"] * 2,
    "refunds_in_the_dashboard", "is_charged_back", "a_bank_decides", *["tells"] * 2, *["is_found_invalid"] * 5,
]  # fmt: skip


class BoxOffice(Tickets, Returning):
    """The same marketplace, entered when tickets of three sellers are paid for, and two of them have sent theirs."""

    @initialize(data=st.data())
    def open(self, data: st.DataObject) -> None:
        self.begin()
        self.patches = ExitStack()
        self.played = Played()
        self.played.at = self.world.at
        adapters = {**registry.ADAPTERS, "played": lambda account: self.played}
        self.patches.enter_context(patch.object(registry, "ADAPTERS", adapters))
        providers = {**settings.TRANSFER_PROVIDERS, "played": account()}
        self.patches.enter_context(override_settings(TRANSFER_PROVIDERS=providers))
        self.orders = [self.world.ticketed_order(6_667, 3_333, 1_000, tickets=2)]
        for which in (0, 1):
            self.sends_tickets(which)
        self.tells_the_provider(None)

    @rule(data=st.data(), name=st.sampled_from(SOLD))
    def happens(self, data: st.DataObject, name: str) -> None:
        self.do(name, data)

    def teardown(self) -> None:
        if not hasattr(self, "patches"):
            return
        with self.patches:
            self.ends_at_the_provider()
            super().teardown()
            statuses = TicketTransfer.objects.values_list("status", flat=True)
            WALKED[-1].update(f"transfer {status}" for status in statuses)
            WALKED[-1].update(f"ticket {status}" for status in Ticket.objects.values_list("status", flat=True))
            voided = AuditEntry.objects.filter(subject_type="ticket", from_state="review", to_state="void")
            WALKED[-1]["void after review"] = voided.count()
            left = Fulfilment.objects.filter(is_ticketed=True).exclude(
                status__in=("completed", "cancelled", "delivered")
            )
            assert not left.exists(), list(left.values())
            over = ("completed", "cancelled")
            undecided = TicketTransfer.objects.filter(status="review", fulfilment__status__in=over)
            assert not undecided.exists(), list(undecided.values())

    def ends_at_the_provider(self) -> None:
        """It answers again, every buyer and every bank decides, and people find out what nobody could say."""
        self.changes_its_mood("good")
        for number in range(4):
            # What is asked for, or disputed, keeps still what a review would give back.
            self.cancels_are_approved()
            people_decide(self.world)
            self.side.decide_all()
            for count, transfer in enumerate(TicketTransfer.objects.order_by("pk")):
                if self.is_open_there(transfer):
                    self.played.become(transfer, LAST_WORDS[(count + number) % len(LAST_WORDS)])
            self.world.later(hours=2)
            self.world.hear()
            follow_changes(at=self.world.at)
            ask_silent(at=self.world.at)
            self.world.work()
            for count, part in enumerate(Fulfilment.objects.filter(status="review").order_by("pk")):
                self.decides_review(part, lets_nobody_in=(count + number) % 2 == 0)
            self.cancels_are_approved()
            self.world.work()
