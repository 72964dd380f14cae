"""A letter that is sent twice is known as one, and without a mail server it waits."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from config.outbox.letters import MailNotConfigured, send_letter


def send(**given: Any) -> None:
    send_letter(
        **{"fact": "order.paid.ord_1", "subject": "Paid", "body": "Thank you.", "to": ["a@example.com"]} | given
    )


class TestSendLetter:
    def test_says_what_it_is_told_to_whom(self, settings: Any) -> None:
        send(bcc=["b@example.com"])
        (letter,) = mail.outbox
        assert (letter.subject, letter.body, letter.content_subtype) == ("Paid", "Thank you.", "plain")
        assert (letter.to, letter.bcc) == (["a@example.com"], ["b@example.com"])
        assert letter.message()["Auto-Submitted"] == "auto-generated"

    def test_the_same_fact_has_the_same_message_id(self, settings: Any) -> None:
        settings.PUBLIC_URL = "https://shop.example.test:8000/x"
        for fact in ("order.paid.ord_1", "order.paid.ord_1", "order.paid.ord_2"):
            send(fact=fact)
        first, second, other = (letter.message()["Message-ID"] for letter in mail.outbox)
        assert first == second == "<order.paid.ord_1@shop.example.test>"
        assert other != first

    def test_without_a_mail_server_it_waits(self, settings: Any) -> None:
        settings.MAIL_IS_CONFIGURED = False
        with pytest.raises(MailNotConfigured):
            send()
        assert mail.outbox == []
