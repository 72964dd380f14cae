"""The letter about a payout that did not arrive never says a code, whichever rail's it is."""

from __future__ import annotations

from typing import Any

import pytest

from config.outbox.letters import MailNotConfigured
from payouts.payees.models import Destination, PayeeAccount
from payouts.payout.models import Payout
from payouts.payout.notices import letter, tell_payee
from payouts.payout.reasons import WORDS
from payouts.payout.services.observe import observe_payout
from payouts.rails.connect.advice import OF_FAILURES
from payouts.rails.contract import Advice, RailState
from payouts.tests.payout_world import PayoutWorld

# What we say ourselves, beside the rails: of files, of refused calls, and of a state without a reason.
OURS = (
    "bank_failed", "bank_returned", "declined", "gateway_down", "too_much", "transfer_reversed",
    "gateway_misconfigured", *RailState,
)  # fmt: skip


def written(code: str, advice: str, *, came_back: bool = False) -> str:
    payout = Payout(
        public_id="PAYOUT", net_minor=8_850, currency="INR", failure_code=code, advice=advice,
        destination=Destination(masked="HDFC •••• 6789"),
    )  # fmt: skip
    return letter(payout, came_back=came_back)


class TestLetter:
    @pytest.mark.parametrize("advice", [*Advice, ""])
    def test_has_words_for_every_code(self, advice: str) -> None:
        for code in {*WORDS, *OF_FAILURES, *OURS, "", "SOME_NEW_CODE"}:
            text = written(code, advice)
            assert "_" not in text, (code, text)
            assert "SOME" not in text
            first, why, kept = text.strip().split("\n\n")
            assert first == "Your payout PAYOUT of ₹88.50 to HDFC •••• 6789 could not be paid."
            assert why.endswith((".", "?"))
            assert "on your balance again" in kept

    def test_says_where_the_bank_sent_it_back(self) -> None:
        assert "was sent back by your bank." in written("account_closed", "final", came_back=True)


@pytest.mark.django_db
class TestTell:
    def test_whoever_has_no_address_gets_none(self, payouts: PayoutWorld, mailoutbox: list[Any]) -> None:
        payout = payouts.sent(says="declined")
        mailoutbox.clear()
        type(payout.payee.user).objects.filter(pk=payout.payee.user_id).update(email="")
        tell_payee({"payout": payout.public_id}, payouts.at)
        assert mailoutbox == []

    @pytest.mark.parametrize(
        ("schedule", "due", "said"),
        [
            ("on_request", False, "is paid when you ask for your next payout"),
            ("daily", True, "goes with your next payout"),
        ],
    )
    def test_whom_no_run_pays_is_told_to_ask(
        self, payouts: PayoutWorld, mailoutbox: list[Any], schedule: str, due: bool, said: str
    ) -> None:
        payout = payouts.sent(says="declined")
        account, _ = PayeeAccount.objects.get_or_create(payee=payout.payee, currency=payout.currency)
        PayeeAccount.objects.filter(pk=account.pk).update(schedule=schedule, due_at=payouts.at if due else None)
        mailoutbox.clear()
        tell_payee({"payout": payout.public_id}, payouts.at)
        (mail,) = mailoutbox
        assert f"it is on your balance again, and {said}." in mail.body

    def test_nor_does_a_letter_to_nobody_wait_for_a_mail_server(self, payouts: PayoutWorld, settings: Any) -> None:
        payout = payouts.sent(says="declined")
        settings.MAIL_IS_CONFIGURED = False
        with pytest.raises(MailNotConfigured):
            tell_payee({"payout": payout.public_id}, payouts.at)
        type(payout.payee.user).objects.filter(pk=payout.payee.user_id).update(email="")
        tell_payee({"payout": payout.public_id}, payouts.at)

    def test_told_twice_it_is_known_as_one_and_another_end_as_another(
        self, payouts: PayoutWorld, mailoutbox: list[Any]
    ) -> None:
        payout = payouts.sent(says="declined")
        mailoutbox.clear()
        for _ in range(2):
            tell_payee({"payout": payout.public_id}, payouts.at)
        Payout.objects.filter(pk=payout.pk).update(status="returned", paid_at=payouts.at)
        tell_payee({"payout": payout.public_id}, payouts.at)
        Payout.objects.filter(pk=payout.pk).update(status="failed", paid_at=None)
        first, again, other = (mail.extra_headers["Message-ID"] for mail in mailoutbox)
        assert first == again != other

    def test_each_end_has_its_own(self, payouts: PayoutWorld, mailoutbox: list[Any]) -> None:
        payout = payouts.sent(says=RailState.PAID)
        view = payouts.rail.become(RailState.RETURNED)
        observe_payout(payout=payout, view=view, actor="system:test", at=payouts.at)
        payouts.work()
        (mail,) = [each for each in mailoutbox if "payout" in each.subject]
        assert mail.subject == "Your payout of ₹100.00 came back"
        assert payout.public_id in mail.body
        assert "00123456789" not in mail.body
