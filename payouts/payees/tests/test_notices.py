"""The letters that a payee gets, whoever changed where their money goes."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.utils.module_loading import import_string

from config.outbox.models import OutboxJob
from config.settings.routes import LISTENERS
from orders.tests.factories import AT
from payouts.payees.services.decide import reject_destination
from payouts.payees.tests.paying import FINANCE, INDIAN, OTHER_INDIAN, changed, make_payee, propose

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mail(settings: Any) -> None:
    settings.MAIL_IS_CONFIGURED = True


def letters() -> list[tuple[str, str]]:
    """Every letter that is due, sent twice as a dying worker would: (subject, body) of each that is another one."""
    for job in OutboxJob.objects.filter(topic__startswith="destination.").order_by("pk"):
        for _ in range(2):
            import_string(job.listener)(job.payload, AT)
    found = {message.extra_headers["Message-ID"]: message for message in mail.outbox}
    assert len(mail.outbox) == 2 * len(found)
    return [(str(message.subject), str(message.body)) for message in found.values()]


class TestLetters:
    def test_of_a_change(self) -> None:
        payee = make_payee()
        changed(payee)
        said = letters()
        assert [subject for subject, _ in said] == [
            "New destination for your payouts: HDFC •••• 6789",
            "Your payouts go to HDFC •••• 6789 from now on",
            "New destination for your payouts: ICIC •••• 5555",
            "Your payouts go to ICIC •••• 5555 from now on",
        ]
        assert {tuple(message.to) for message in mail.outbox} == {(payee.user.email,)}
        assert "One of us looks at it first" in said[2][1]
        assert "before 2026-11-23 13:00 UTC" in said[3][1]
        assert all("If this was not you" in body for _, body in said)

    def test_of_a_rejection_says_why(self) -> None:
        payee = make_payee()
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN, actor="user:x")
        reject_destination(destination=waiting, actor=FINANCE, reason="the name is another one's", at=AT)
        subject, body = letters()[-1]
        assert subject == "ICIC •••• 5555 will not receive your payouts"
        assert "the name is another one's" in body

    def test_never_hold_an_account_number(self) -> None:
        changed(make_payee())
        assert INDIAN["account_number"] not in str(letters())

    def test_nobody_is_written_to_who_has_no_address(self) -> None:
        payee = make_payee()
        propose(payee)
        type(payee.user).objects.filter(pk=payee.user_id).update(is_active=False)
        assert letters() == []


def test_topics_have_their_listeners() -> None:
    assert LISTENERS["destination.proposed"] == ["payouts.payees.notices.tell_proposed"]
    assert LISTENERS["destination.changed"] == ["payouts.payees.notices.tell_changed"]
