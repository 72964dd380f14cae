"""Cardholders who charge back and banks that decide, in a marketplace in which anything may happen; and what must hold
of refunds, holds and orders while they do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.db.models import F, Sum
from hypothesis import strategies as st
from hypothesis.stateful import invariant

from config.audit.models import AuditEntry
from config.inbox.models import WebhookEvent
from config.inbox.processor import process_inbox
from orders.order.models import Order, OrderLine
from orders.order.rules import derive_status
from payments.charges.models import Payment
from payments.disputes.models import Dispute, DisputeShare
from payments.disputes.rules import in_dispute_minor
from payments.disputes.services.answer import accept_dispute, submit_evidence
from payments.disputes.services.evidence import write_evidence
from payments.disputes.states import OPEN
from payments.escrow.models import EscrowHold, HoldFreeze
from payments.gateways.dispute_views import EvidenceText
from payments.gateways.guard import Guarded
from payments.refunds.models import Refund, RefundShare
from payments.refunds.states import LIVE
from payments.tests.happenings import WHICH, Death, deaths, happening
from payments.tests.machine_gateways import StripeSide
from payments.tests.world import World

GIVEN = ("succeeded", "paid_otherwise")
# At the gateway, or on the way there: it may be given, whatever we do.
SENT = ("sending", "pending")
AMOUNTS = [None, None, 1, 1_000, 3_333, 15_000]


class Cardholders:
    """Cardholders and their banks, within the machine that `Marketplace` is."""

    side: StripeSide
    world: World
    act: Callable[[Death, Callable[[], object]], None]
    # Whether the last step changed anything; before the first one there is no world to look at.
    has_news: bool = False
    # What was sent to a gateway and should not have been.
    wrongly_sent: list[str]

    @happening(which=WHICH, amount_minor=st.sampled_from(AMOUNTS), inquiry=st.sampled_from([False, False, True]))
    def is_charged_back(self, which: int, amount_minor: int | None, inquiry: bool) -> None:
        """All of a charge, a part, or more than it ever was; again and again."""
        charges = self.side.charges()
        if charges and len(self.side.disputes()) < 4:
            self.side.dispute(charges[which % len(charges)], inquiry=inquiry, amount_minor=amount_minor)

    @happening(
        often=2,
        which=WHICH,
        verbs=st.lists(st.sampled_from(range(10)), min_size=1, max_size=4),
        told=st.sampled_from([True, True, False]),
        amount_minor=st.sampled_from([None, 1, 1_000, 3_333]),
    )
    def a_bank_decides(self, which: int, verbs: list[int], amount_minor: int | None, told: bool) -> None:
        """And thinks better of it, or moves our balance without a word; we hear of each step, or of nothing yet."""
        if not self.side.disputes():
            self.is_charged_back(which, None, inquiry=False)
        disputes = self.side.disputes()
        for verb in verbs if disputes else ():
            self.side.decide(
                disputes[which % len(disputes)], self.side.verbs[verb % len(self.side.verbs)], amount_minor
            )
            if told:
                self.world.deliver(self.world.new_events())
                self.act(None, lambda: process_inbox(now=self.world.now))

    @happening(which=WHICH, what=st.sampled_from(["submit", "submit", "concede"]),
               wins=st.booleans(), death=deaths("dispute.answer"))  # fmt: skip
    def staff_answer(self, which: int, what: str, wins: bool, death: Death) -> None:
        """With evidence whose words decide a test dispute, or by conceding."""
        pks, at = list(Dispute.objects.order_by("pk").values_list("pk", flat=True)), self.world.at
        if not pks:
            return
        pk = pks[which % len(pks)]
        if what == "concede":
            self.act(death, lambda: accept_dispute(dispute_pk=pk, actor="user:finance", reason="", at=at))
            return
        words = {EvidenceText.EXPLANATION: "winning_evidence" if wins else "They have it."}
        self.act(None, lambda: write_evidence(dispute_pk=pk, texts=words, actor="user:support", at=at))
        self.act(death, lambda: submit_evidence(dispute_pk=pk, actor="user:support", reason="", at=at))

    @invariant()
    def nothing_was_sent_that_should_wait(self) -> None:
        assert getattr(self, "wrongly_sent", []) == []

    @invariant()
    def what_is_disputed_stands_still(self) -> None:
        """What a payment still holds is frozen by each open dispute of it, and by no other."""
        for dispute in Dispute.objects.all() if self.has_news else ():
            frozen = HoldFreeze.objects.filter(reason="dispute", ref=dispute.public_id, lifted_at__isnull=True)
            if dispute.status not in OPEN:
                assert not frozen.exists()
                continue
            for hold in EscrowHold.objects.filter(payment=dispute.payment, status__in=("held", "frozen")):
                assert hold.status == "frozen"
                assert frozen.filter(hold=hold).exists()

    @invariant()
    def holds_and_lines_gave_what_was_taken(self) -> None:
        for hold in EscrowHold.objects.all() if self.has_news else ():
            taken = RefundShare.objects.filter(hold=hold, pot__in=("escrow", "released"), refund__status__in=LIVE)
            assert hold.returned_minor == total(taken)
            gone = OrderLine.objects.filter(fulfilment=hold.fulfilment_id).aggregate(total=Sum("refunded_minor"))
            assert hold.returned_minor + hold.lost_minor == gone["total"]

    @invariant()
    def orders_follow_from_their_sums(self) -> None:
        for order in Order.objects.all() if self.has_news else ():
            given = RefundShare.objects.filter(
                refund__payment__order=order, refund__status__in=GIVEN, hold__isnull=False
            )
            assert order.refunded_minor == total(given)
            assert order.disputed_minor == in_dispute(order)
            assert order.payment_status == payment_status(order)
            if order.status not in ("pending_payment", "cancelled", "expired"):
                parts = list(order.fulfilments.values_list("status", flat=True))
                kept = order.lines.exclude(fulfilment__status="cancelled").filter(refunded_minor__lt=F("amount_minor"))
                assert order.status == derive_status(
                    status=order.status, total_minor=order.total_minor, applied_minor=order.applied_minor,
                    refunded_minor=order.refunded_minor, lost_minor=order.lost_minor, fulfilments=parts,
                    keeps_money=kept.exists(),
                )  # fmt: skip


def total(shares: Any) -> int:
    return int(shares.aggregate(total=Sum("amount_minor"))["total"] or 0)


def in_dispute(order: Order) -> int:
    """What undecided disputes have away of the order's money, from their rows."""
    away = Counter[int]()
    for each in Dispute.objects.filter(payment__order=order):
        away[each.payment_id] += in_dispute_minor(status=each.status, withdrawn_minor=each.withdrawn_minor)
    return sum(min(minor, Payment.objects.get(pk=pk).applied_minor) for pk, minor in away.items())


def payment_status(order: Order) -> str:
    """The first that fits, from the rows below the order."""
    applied = order.applied_minor
    given = total(
        RefundShare.objects.filter(refund__payment__order=order, refund__status__in=GIVEN, hold__isnull=False)
    )
    lost = total(DisputeShare.objects.filter(dispute__payment__order=order, hold__isnull=False))
    nothing_left = applied > 0 and given + lost >= applied
    if in_dispute(order):
        return "disputed"
    if lost and nothing_left:
        return "charged_back"
    if nothing_left:
        return "refunded"
    if given:
        return "partially_refunded"
    if applied >= order.total_minor:
        return "paid"
    return "processing" if order.open_attempts else "unpaid"


@contextmanager
def watching_what_is_sent() -> Iterator[list[str]]:
    """Looks at each refund in the moment in which it is sent, or sent again. Yields what is wrong with any of them."""
    wrong: list[str] = []
    really_refund = Guarded.refund_payment

    def refund_payment(self: Guarded, **given: Any) -> Any:
        number = given["our_id"].split("_")
        wrong.extend(why_not_sent(Refund.objects.get(public_id="_".join(number[:2]))))
        return really_refund(self, **given)

    with patch.object(Guarded, "refund_payment", refund_payment):
        yield wrong


def why_not_sent(refund: Refund) -> list[str]:
    """A refund that is sent fits into what is left, and nobody argues about its payment."""
    payment = refund.payment
    if payment.captured_minor == 0:
        return [f"{refund}: nothing was captured"]
    elsewhere = total(RefundShare.objects.filter(refund__payment=payment, refund__status="paid_otherwise"))
    on_its_way = Refund.objects.filter(payment=payment, status__in=SENT).aggregate(total=Sum("amount_minor"))
    gone = payment.refunded_minor + payment.disputed_minor + elsewhere + int(on_its_way["total"] or 0)
    found = []
    if Dispute.objects.filter(payment=payment, status__in=OPEN).exists():
        found.append(f"{refund} was sent while its payment is disputed")
    if gone > payment.captured_minor:
        found.append(f"{refund} was sent: {gone} of {payment.captured_minor} would be gone")
    if refund.proposals.filter(status="proposed").exists():
        found.append(f"{refund} was sent while a person may have paid it")
    return found


def disputes_reached() -> Counter[str]:
    """Where the disputes of one walk ended."""
    found = Counter(f"dispute is {status}" for status in Dispute.objects.values_list("status", flat=True))
    found["losses above what was left"] = DisputeShare.objects.filter(pot="loss").count()
    found["losses of holds"] = DisputeShare.objects.filter(pot="hold").count()
    found["losses made good"] = Dispute.objects.filter(losses__gt=1).count()
    payments = Payment.objects.filter(disputes__isnull=False)
    found["disputed twice"] = sum(payment.disputes.count() > 1 for payment in payments.distinct())
    found["disputed and refunded"] = payments.filter(refunds__status__in=GIVEN).distinct().count()
    return found


def prove_disputes(side: StripeSide) -> None:
    """Every dispute that the gateway has of our payments is ours, as it is there: its label, what it has away."""
    known = {dispute.gateway_dispute_id: dispute for dispute in Dispute.objects.all()}
    assert set(known) == set(side.disputes())
    for dispute_id, dispute in known.items():
        view = side.view(dispute_id)
        there = (view.state, side.away(dispute_id))
        assert (dispute.status, dispute.withdrawn_minor) == there, story_of(dispute)
        assert (dispute.amount_minor, dispute.is_submitted) == (view.amount.amount_minor, view.is_submitted)
        frozen = HoldFreeze.objects.filter(ref=dispute.public_id, lifted_at__isnull=True)
        assert not frozen.exists()


def story_of(dispute: Dispute) -> str:
    """What happened to it, for who reads of a failure."""
    acts = AuditEntry.objects.filter(subject_id=dispute.public_id).order_by("pk")
    told = WebhookEvent.objects.filter(object_id=dispute.gateway_dispute_id).order_by("pk")
    return "\n".join(
        [
            f"{dispute.status} {dispute.withdrawn_minor} {dispute.label_at} {dispute.seen_at}",
            *(f"{each.at} {each.act} {each.from_state} {each.to_state} {each.actor} {each.reason}" for each in acts),
            *(
                f"{each.pk} {each.type} {each.occurred_at} {each.processed_at} {each.state} {each.note}"
                for each in told
            ),
        ]
    )
