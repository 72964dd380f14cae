"""The demo's debts come about as debts do: paid out, and given back to the buyer afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from config.accounts.models import User
from payments.debts.models import DebtProposal
from payments.demo.orders import CARD, Scene, play
from payments.demo.people import BUYER, seed_catalogue, seed_people
from payments.ledger.models import PayeeBalance
from payouts.payout.demo import ASHA, BRUNO, seed_payouts
from payouts.reversals.demo import seed_debts
from payouts.reversals.models import Reversal
from payouts.scouts.demo import seed_scout
from payouts.tests.connect_world import ConnectWorld
from payouts.tests.razorpayx_world import RazorpayXWorld

pytestmark = pytest.mark.django_db(transaction=True)
SCENES = (
    Scene((("LP-KIND-OF-BLUE", 1), ("TKT-JAZZ-FRI", 2)), "USD", CARD, "complete"),
    Scene((("TKT-JAZZ-FRI", 2),), "USD", CARD, "complete"),
    Scene((("LP-KIND-OF-BLUE", 2),), "INR", CARD, "complete"),
)


@pytest.fixture
def wait(connect: ConnectWorld, razorpayx: RazorpayXWorld, settings: Any) -> Callable[[Callable[[], bool]], bool]:
    """A running site: what is due is worked off, and what the rails tell is heard."""
    settings.RAIL_ACCOUNTS = {code: account for code, account in settings.RAIL_ACCOUNTS.items() if code != "paper"}
    razorpayx.at = timezone.now()
    seed_people(password="a long password, 9", at=razorpayx.at)
    seed_catalogue(at=razorpayx.at)
    seed_scout(at=razorpayx.at)

    def run(condition: Callable[[], bool]) -> bool:
        for _ in range(3):
            razorpayx.later(minutes=1)
            connect.world.later(minutes=1)
            razorpayx.work()
            razorpayx.settle()
            connect.hear()
            if condition():
                return True
        return False

    return run


def owed() -> dict[tuple[str, str], int]:
    """(e-mail, currency) → what they owe us."""
    people = dict(User.objects.values_list("public_id", "email"))
    rows = PayeeBalance.objects.filter(receivable_minor__gt=0)
    return {(people[row.owner], row.currency): row.receivable_minor for row in rows}


def test_one_debt_is_partly_repaid_and_one_could_come_back_from_stripe(
    connect: ConnectWorld, wait: Callable[[Callable[[], bool]], bool]
) -> None:
    control, said = connect.world.sandbox.control, list[str]()
    control.stripe("topup", amount=20_000)
    play(SCENES, User.objects.get(email=BUYER), control=control, say=said.append, wait=wait)
    assert seed_payouts(control=control, say=said.append, wait=wait) == 3
    for _ in range(2):
        seed_debts(control=control, say=said.append, wait=wait)
    assert said == []
    assert owed() == {(ASHA, "INR"): 583_923, (BRUNO, "USD"): 9_735}
    assert [(row.kind, row.status, row.amount_minor) for row in DebtProposal.objects.all()] == [
        ("repaid", "proposed", 291_961)
    ]
    assert [(row.cause, row.status, row.amount_minor) for row in Reversal.objects.all()] == [
        ("debt", "proposed", 9_735)
    ]


def test_says_whose_payout_is_not_there(connect: ConnectWorld, wait: Callable[[Callable[[], bool]], bool]) -> None:
    said: list[str] = []
    seed_debts(control=connect.world.sandbox.control, say=said.append, wait=lambda condition: condition())
    assert said == [
        f"the payout of {ASHA} in INR is not at their bank yet",
        f"the payout of {BRUNO} in USD is not at their bank yet",
    ]
    assert owed() == {}
    assert not DebtProposal.objects.exists()
