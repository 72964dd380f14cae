"""What operators do about a refund that failed: send it again, or end it by two people, with the books shown before."""

from __future__ import annotations

import pytest
from django.test import Client

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, page_of, text_of
from payments.refunds.models import Refund
from payments.refunds.services.tests.test_settle import bounced
from payments.tests.test_acts import traces
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
PAID = {"bank_account": "main", "reference": "UTR 42"}


@pytest.fixture
def finance() -> Client:
    return as_role(Role.FINANCE)


@pytest.fixture
def refund(world: World) -> Refund:
    return bounced(world, world.paid_order(10_000), 4_000)


class TestSendAgain:
    def test_says_what_the_gateway_is_asked_and_asks_it(self, world: World, finance: Client, refund: Refund) -> None:
        before = traces()
        text = text_of(finance.get(act_of(refund, "again")))
        for shown in ("stripe: refund $40.00 of pi_", "failed → sending", "It failed because:"):
            assert shown in text
        assert traces() == before
        confirm(finance, refund, "again", reason="the card is renewed")
        world.hear()
        refund.refresh_from_db()
        assert refund.status == "succeeded"
        assert "made anew after re_" in text_of(finance.get(page_of(refund)))


class TestProposals:
    def test_paid_from_our_bank_by_two_people(self, finance: Client, refund: Refund) -> None:
        before = traces()
        finance.get(act_of(refund, "paid"))
        assert traces() == before
        confirm(finance, refund, "paid", reason="the buyer's card is closed", **PAID)
        page = text_of(finance.get(page_of(refund)))
        assert "from main, reference UTR 42" in page
        assert "Send it again…" not in page
        assert "who proposed it cannot confirm it" in text_of(finance.get(act_of(refund, "confirm")))
        second = as_role(Role.FINANCE)
        text = text_of(second.get(act_of(refund, "confirm")))
        for shown in ("bank", "refunds", "Sum USD $40.00 $40.00", "failed → paid otherwise", "UTR 42"):
            assert shown in text, shown
        confirm(second, refund, "confirm", reason="seen on the statement")
        refund.refresh_from_db()
        assert refund.status == "paid_otherwise"

    def test_given_up_by_two_people(self, finance: Client, refund: Refund) -> None:
        confirm(finance, refund, "void", reason="the buyer keeps it and is content")
        second = as_role(Role.ADMINISTRATOR)
        assert "failed → voided" in text_of(second.get(act_of(refund, "confirm")))
        confirm(second, refund, "confirm", reason="read the letter")
        refund.refresh_from_db()
        assert refund.status == "voided"

    def test_is_listed_for_a_second_person_until_it_is_declined(self, finance: Client, refund: Refund) -> None:
        confirm(finance, refund, "void", reason="the buyer is content")
        page = finance.get("/admin/")
        assert "Ends of refunds to confirm" in text_of(page)
        assert "$40.00: voided" in text_of(page)
        confirm(finance, refund, "decline", reason="a slip")
        assert "$40.00: voided" not in text_of(finance.get("/admin/"))
        assert "Send it again…" in text_of(finance.get(page_of(refund)))

    @pytest.mark.parametrize("act", ["again", "paid", "void", "confirm", "decline"])
    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.OPERATIONS, Role.AUDITOR])
    def test_is_for_finance(self, refund: Refund, role: Role, act: str) -> None:
        before = traces()
        assert as_role(role).post(act_of(refund, act), {"reason": "because"}).status_code == 403
        assert traces() == before
