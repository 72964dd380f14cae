"""Tests of what we write to buyers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail

from config.outbox.letters import MailNotConfigured
from config.outbox.models import OutboxJob
from orders.order.access import check_access
from orders.order.models import Order
from orders.order.notices import confirmation_text, follow_url, send_confirmation
from orders.tests.factories import AT, item, make_order, make_paid_order, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    tee = make_product(name="Tee", prices={"INR": 61_728_39})
    cap = make_product(name="Cap", prices={"INR": 5})
    return make_paid_order(item(tee, 2), item(cap), email="ann@example.com")


class TestSendConfirmation:
    def test_is_what_an_order_that_is_paid_causes(self, order: Order) -> None:
        name = f"{send_confirmation.__module__}.{send_confirmation.__name__}"
        job = OutboxJob.objects.get(topic="order.paid", listener=name)
        send_confirmation(job.payload, AT)
        (letter,) = mail.outbox
        assert letter.to == ["ann@example.com"]
        assert letter.subject == f"Your order {order.public_id} is paid"
        assert letter.content_subtype == "plain"

    def test_a_second_run_bears_the_same_message_id(self, order: Order) -> None:
        for _ in range(2):
            send_confirmation({"order": order.public_id}, AT + timedelta(minutes=5))
        first, second = (letter.message() for letter in mail.outbox)
        assert first["Message-ID"] == second["Message-ID"] == f"<order.paid.{order.public_id}@shop.example.test>"
        assert first["Auto-Submitted"] == "auto-generated"

    def test_nobody_is_written_to_once_their_address_is_erased(self, order: Order) -> None:
        Order.objects.filter(pk=order.pk).update(email="")
        send_confirmation({"order": order.public_id}, AT)
        assert mail.outbox == []

    def test_a_job_for_no_order_is_a_fault_and_is_retried(self) -> None:
        with pytest.raises(Order.DoesNotExist):
            send_confirmation({"order": "ord_nobody"}, AT)

    def test_without_a_mail_server_the_job_says_so(self, order: Order, settings: Any) -> None:
        settings.MAIL_IS_CONFIGURED = False
        with pytest.raises(MailNotConfigured):
            send_confirmation({"order": order.public_id}, AT)
        assert mail.outbox == []

    def test_names_cannot_add_headers(self) -> None:
        order = make_paid_order(item(make_product(name="Tee Bcc: all@example.com")))
        send_confirmation({"order": order.public_id}, AT)
        assert mail.outbox[0].recipients() == ["guest@example.com"]


class TestConfirmationText:
    def test_says_what_was_paid_and_until_when_the_link_works(self, order: Order) -> None:
        text = confirmation_text(order)
        assert "2 × Tee: ₹1,23,456.78\n1 × Cap: ₹0.05\n\nTotal: ₹1,23,456.83\n" in text
        assert f"\n{follow_url(order)}\n" in text
        assert f"{order.access_expires_at:%Y-%m-%d}" in text

    @pytest.mark.parametrize(
        ("currency", "amount", "shown"),
        [
            ("JPY", 1_234, "¥1,234"),
            ("KWD", 1_250, "KWD\u00a01.250"),
            ("USD", 100_050, "$1,000.50"),
            ("EUR", 5, "€0.05"),
        ],
    )
    def test_writes_each_currency_in_its_own_format(self, currency: str, amount: int, shown: str) -> None:
        order = make_order(item(make_product(prices={currency: amount})), currency=currency)
        assert f"Total: {shown}\n" in confirmation_text(order)


class TestFollowUrl:
    def test_carries_the_token_in_the_fragment_alone(self, order: Order, settings: Any) -> None:
        settings.PUBLIC_URL = "https://shop.example.test"
        parts = urlsplit(follow_url(order))
        assert (parts.netloc, parts.path, parts.query) == ("shop.example.test", f"/orders/{order.public_id}", "")
        assert check_access(order=order, token=parts.fragment, at=AT)
