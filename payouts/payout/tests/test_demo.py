"""The demo's payouts are made once, by two people, and stand in several states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from config.accounts.models import User
from payments.demo.people import seed_people
from payouts.bankfile.models import BankResult, PayoutFile
from payouts.payees.models import Destination, Payee, PayeeKind
from payouts.payees.services.ensure import ensure_payee
from payouts.payout.demo import ASHA, BRUNO, FLOAT_MINOR, SCOUT, seed_payouts
from payouts.payout.models import BatchRow, Payout, PayoutBatch
from payouts.scouts.demo import seed_scout
from payouts.tests.connect_world import ConnectWorld
from payouts.tests.razorpayx_world import RazorpayXWorld
from payouts.treasury.models import FloatMove

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_run_freezes_what_people_have_and_others_go_on(
    connect: ConnectWorld, razorpayx: RazorpayXWorld, settings: Any
) -> None:
    settings.RAIL_ACCOUNTS = {code: account for code, account in settings.RAIL_ACCOUNTS.items() if code != "paper"}
    razorpayx.at = timezone.now()
    seed_people(password="a long password, 9", at=razorpayx.at)
    seed_scout(at=razorpayx.at)
    for email, currency, minor in ((ASHA, "INR", 580_000), (BRUNO, "INR", 390_000), (ASHA, "USD", 3_000)):
        person = User.objects.get(email=email)
        payee = ensure_payee(user=person, kind=PayeeKind.SELLER, actor=person.actor, at=razorpayx.at)
        razorpayx.earn(payee, minor, currency)
    razorpayx.earn(Payee.objects.get(user__email=SCOUT), 25_000, "INR")
    said: list[str] = []

    def wait(condition: Callable[[], bool]) -> bool:
        razorpayx.later(minutes=1)
        razorpayx.work()
        razorpayx.settle()
        condition()  # now that it is made, the account at Stripe is filled in
        connect.hear()
        return condition()

    assert razorpayx.sandbox is not None
    assert seed_payouts(control=razorpayx.sandbox.control, say=said.append, wait=wait) == 4
    assert said == []
    assert Destination.objects.get(payee__user__email=BRUNO, currency="USD").status == "active"
    assert FloatMove.objects.get().amount_minor == FLOAT_MINOR
    assert PayoutBatch.objects.get().looked_at == BatchRow.objects.count() + 1 == 5
    razorpayx.later(minutes=1)
    razorpayx.work()
    razorpayx.settle()
    assert sorted(Payout.objects.values_list("payee__user__email", "currency", "status")) == [
        (ASHA, "INR", "paid"), (ASHA, "USD", "sending"), (BRUNO, "INR", "awaiting_approval"),
        (SCOUT, "INR", "paid"),
    ]  # fmt: skip
    assert (PayoutFile.objects.count(), BankResult.objects.get().status) == (1, "proposed")
    assert seed_payouts(control=razorpayx.sandbox.control, say=said.append) == 0
