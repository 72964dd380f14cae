"""Lets the demo's buyers dispute what they paid: one waits for evidence, one only asks, one is decided by the bank."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic, sleep

from config.accounts.models import User
from config.kernel import clock
from orders.order.models import Order
from payments.demo.people import ACTOR, FINANCE
from payments.disputes.models import Dispute
from payments.disputes.services.answer import submit_evidence
from payments.disputes.services.concede import concede
from payments.disputes.services.evidence import add_file, write_evidence
from payments.gateways.dispute_views import EvidencePaper, EvidenceText
from payments.sandbox.control_client import Control

HEARD_WITHIN_S = 20.0
TEXTS = {
    EvidenceText.EXPLANATION: "The parcel was handed over in person; the buyer wrote afterwards that it had arrived.",
    EvidenceText.SHIPPING_CARRIER: "Blue Dart",
    EvidenceText.SHIPPING_TRACKING: "BD 7730 2291 04",
}
# A page with one line of text: enough for a bank's clerk to open.
NOTE = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
    b"4 0 obj<</Length 55>>stream\nBT /F 14 Tf 30 140 Td (Delivery note: received, A.) Tj ET\nendstream endobj\n"
    b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def _draft(dispute: Dispute, control: Control, at: datetime) -> None:
    """Somebody has begun to answer."""
    del control
    write_evidence(dispute_pk=dispute.pk, texts=TEXTS, actor=ACTOR, at=at)
    add_file(dispute_pk=dispute.pk, paper=EvidencePaper.SHIPPING, name="delivery note.pdf", content=NOTE, actor=ACTOR,
             at=at)  # fmt: skip


def _submit(dispute: Dispute, control: Control, at: datetime) -> None:
    """The bank has the evidence."""
    _draft(dispute, control, at)
    submit_evidence(dispute_pk=dispute.pk, actor=ACTOR, reason="demo: it is complete", at=at)


def _lose(dispute: Dispute, control: Control, at: datetime) -> None:
    """The bank believes the buyer."""
    del at
    control.stripe(f"disputes/{dispute.gateway_dispute_id}/lose")


def _win(dispute: Dispute, control: Control, at: datetime) -> None:
    """The bank believes us."""
    _submit(dispute, control, at)
    control.stripe(f"disputes/{dispute.gateway_dispute_id}/win")


def _wish_to_concede(dispute: Dispute, control: Control, at: datetime) -> None:
    """Finance would let it go, and another person decides."""
    del control
    actor = User.objects.get(email=FINANCE).actor
    concede(dispute_pk=dispute.pk, actor=actor, reason="demo: the card was stolen, the buyer is right", at=at)


def _nothing(dispute: Dispute, control: Control, at: datetime) -> None:
    """Nobody has looked at it yet."""
    del dispute, control, at


# What is asked of the cardholder's bank, and what happens once we have heard of it.
PLOTS: dict[str, tuple[dict[str, object], Callable[[Dispute, Control, datetime], None]]] = {
    "inquiry": ({"inquiry": True, "reason": "general"}, _nothing),
    "unanswered": ({"reason": "fraudulent"}, _nothing),
    "conceding": ({"reason": "fraudulent"}, _wish_to_concede),
    "begun": ({"reason": "product_not_received"}, _draft),
    "submitted": ({"reason": "product_unacceptable"}, _submit),
    "lost": ({"reason": "credit_not_processed"}, _lose),
    "won": ({"reason": "duplicate"}, _win),
}


def dispute_order(order: Order, plot: str, *, control: Control) -> bool:
    """The buyer of a paid order has their bank take the money back. False where the running site does not hear of it in
    time."""
    asked, act = PLOTS[plot]
    charge = order.payments.exclude(charge_id="").latest("pk").charge_id
    made = control.stripe(f"charges/{charge}/dispute", **asked)
    dispute = _heard_of(str(made["object"]["id"]))
    if dispute is None:
        return False
    act(dispute, control, clock.now())
    return True


def _heard_of(gateway_dispute_id: str) -> Dispute | None:
    deadline = monotonic() + HEARD_WITHIN_S
    while monotonic() < deadline:
        dispute = Dispute.objects.filter(gateway_dispute_id=gateway_dispute_id).first()
        if dispute is not None and (dispute.withdrawn_minor or dispute.status == "inquiry"):
            return dispute
        sleep(0.1)
    return None
