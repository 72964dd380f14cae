"""What we write to our own people about a dispute whose deadline comes near."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q

from config.accounts.models import User
from config.accounts.roles import Role
from config.admin.money import show_money
from config.admin.show import url_of, words
from config.outbox.letters import send_letter
from payments.disputes import rules
from payments.disputes.models import Dispute


def remind(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `dispute.evidence_due`: one letter to finance, none once it was answered.

    Raises MailNotConfigured.
    """
    dispute = Dispute.objects.get(public_id=payload["dispute"])
    due_at = dispute.evidence_due_at
    verdict = rules.may_answer(status=dispute.status, is_submitted=dispute.is_submitted, evidence_due_at=due_at, at=at)
    readers = _readers()
    if not verdict or due_at is None or not readers:
        return
    send_letter(
        fact=f"dispute.evidence_due.{dispute.public_id}.{at:%Y%m%d}",
        subject=f"Evidence is due on {due_at:%Y-%m-%d}: {show_money(dispute.amount)} ({words(dispute.reason)})",
        body=(
            f"A buyer's bank disputes {show_money(dispute.amount)}. Evidence is taken until {due_at:%Y-%m-%d %H:%M}"
            f" UTC; without any the money is lost.\n\n{settings.PUBLIC_URL}{url_of(dispute)}\n"
        ),
        bcc=readers,
    )


def _readers() -> list[str]:
    """Finance; administrators where there is none."""
    people = User.objects.filter(is_active=True).exclude(Q(email="") | Q(email__isnull=True)).order_by("pk")
    for role in (Role.FINANCE, Role.ADMINISTRATOR):
        if found := list(people.filter(roles__contains=[role]).values_list("email", flat=True)[:50]):
            return found
    return []
