"""What operators do about refunds: lines, call and bearer are shown before; nobody decides what they asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from config.accounts.roles import Role
from config.admin.acts import PREVIEW
from config.admin.tests.operators import act_of, as_role, confirm, look, page_of, signed_in, somebody, text_of
from config.audit.models import AuditEntry
from orders.order.models import Order
from orders.tests.factories import policy
from payments.ledger.models import LedgerEntry
from payments.refunds.models import Refund
from payments.refunds.services.tests.test_by_staff import ask
from payments.refunds.services.tests.test_decide import approve
from payments.tests.test_acts import traces
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def support() -> Client:
    return as_role(Role.SUPPORT)


@pytest.fixture
def finance() -> Client:
    return as_role(Role.FINANCE)


def refund_of(order: Order) -> Refund:
    return Refund.objects.get(payment__order=order)


class TestRequest:
    def test_first_says_what_can_be_given_and_who_would_bear_it(self, world: World, support: Client) -> None:
        order = world.paid_order(6_667, 3_333)
        world.hand_over_part(world.fulfilments(order)[1])
        before = traces()
        text = text_of(support.get(act_of(order, "refund")))
        assert "$66.67 can be refunded" in text
        assert "$33.33 can be refunded" in text
        assert "Show what will happen" in text
        assert "Refund it" not in text
        assert traces() == before

    def test_then_shows_lines_call_and_bearer_of_what_was_filled_in(
        self, world: World, support: Client, settings: Any
    ) -> None:
        settings.POLICY = policy(refund_approval_threshold_minor={"USD": 4_000})
        order = world.paid_order(10_000)
        before = traces()
        text = text_of(look(support, order, "refund", amount="40", part="", bearer=""))
        for shown in (
            "$40.00 of", "is still held: nobody has it yet",
            f"stripe: refund $40.00 of {world.payment(order).gateway_payment_id}",
            "escrow", "refunds", "Sum USD $40.00 $40.00", "requested → approved", "Refund it",
        ):  # fmt: skip
            assert shown in text, shown
        assert traces() == before, "looking changes nothing"
        said = text_of(confirm(support, order, "refund", reason="a scratch", amount="40", part="", bearer=""))
        refund = refund_of(order)
        assert f"{refund.public_id} is on its way to the buyer." in said
        assert (refund.status, refund.amount_minor, refund.reason) == ("approved", 4_000, "a scratch")
        assert not AuditEntry.objects.filter(reason=PREVIEW).exists()

    def test_above_the_threshold_is_asked_for(self, world: World, support: Client) -> None:
        order = world.paid_order(10_000)
        text = text_of(look(support, order, "refund", amount="40.00", part="", bearer=""))
        assert "A second person must approve it: there is no threshold for this currency." in text
        assert "held → frozen" in text
        assert "stripe: refund" not in text
        said = text_of(confirm(support, order, "refund", amount="40.00", part="", bearer=""))
        assert "A second person must approve it; what of its money is still held is frozen until then." in said
        assert refund_of(order).status == "requested"

    def test_what_was_changed_after_looking_is_looked_at_again(self, world: World, support: Client) -> None:
        order = world.paid_order(10_000)
        page = look(support, order, "refund", amount="40", part="", bearer="")
        before = traces()
        fields = {name: page.context["reason"].data[name] for name in ("seen", "nonce")}
        body = {**fields, "looked": page.context["looked"], "reason": "because", "part": "", "bearer": ""}
        again = support.post(act_of(order, "refund"), {**body, "amount": "41"})
        assert "$41.00" in text_of(again)
        assert traces() == before

    @pytest.mark.parametrize(
        ("amount", "said"),
        [("100.01", "Not possible now: 10000 minor units are left"), ("1.234", "with 2 decimals at most"),
         ("0", "an amount above zero"), ("much", "this is not an amount")],
    )  # fmt: skip
    def test_says_what_is_wrong_with_an_amount(self, world: World, support: Client, amount: str, said: str) -> None:
        order = world.paid_order(10_000)
        before = traces()
        text = text_of(look(support, order, "refund", amount=amount, part="", bearer=""))
        assert said in text
        assert "Show what will happen" in text, "it can be filled in otherwise"
        assert traces() == before

    def test_of_one_part_borne_by_the_platform(self, world: World, support: Client) -> None:
        order = world.released_order(6_667, 3_333)
        part = world.fulfilments(order)[1]
        given = {"amount": "", "part": part.public_id, "bearer": "platform"}
        assert "The platform gives $33.33 as goodwill" in text_of(look(support, order, "refund", **given))
        confirm(support, order, "refund", **given)
        assert refund_of(order).shares.get().pot == "goodwill"

    def test_says_how_much_may_go_where_not_all_of_it_may(self, world: World, support: Client) -> None:
        order = world.paid_order(6_667, 3_333)
        world.hand_over(order)
        late = world.fulfilments(order)[0]
        late.delivered_at = world.at - timedelta(days=31)
        late.save(update_fields=["delivered_at"])
        before = traces()
        text = text_of(look(support, order, "refund", amount="", part="", bearer=""))
        assert "Not possible now: 33.33 USD (3333 minor units) may go this way: ask for that amount." in text
        assert "parts_left_out" in text
        assert "Refund it" not in text
        assert traces() == before
        assert "Refund it" in text_of(look(support, order, "refund", amount="33.33", part="", bearer=""))

    @pytest.mark.parametrize("role", [Role.AUDITOR])
    def test_is_not_for_others(self, world: World, role: Role) -> None:
        order = world.paid_order(10_000)
        client = as_role(role)
        assert "Refund…" not in text_of(client.get(page_of(order)))
        assert client.get(act_of(order, "refund")).status_code == 403

    def test_is_offered_only_while_there_is_something_to_give(self, world: World, support: Client) -> None:
        assert "Refund…" not in text_of(support.get(page_of(world.order(10_000))))
        assert "Refund…" in text_of(support.get(page_of(world.paid_order(10_000))))

    def test_is_not_offered_while_all_of_the_money_is_disputed(self, world: World, support: Client) -> None:
        order, gateway_id = world.disputed_order(10_000)
        before = traces()
        assert "Refund…" not in text_of(support.get(page_of(order)))
        text = text_of(support.get(act_of(order, "refund")))
        assert "Not possible now: it is paid" in text
        assert "Show what will happen" not in text
        assert traces() == before
        world.decide(gateway_id, "win")
        world.hear()
        assert "Refund…" in text_of(support.get(page_of(order)))

    def test_says_what_is_disputed_and_gives_no_more_than_the_rest(self, world: World, support: Client) -> None:
        order = world.paid_order(10_000)
        world.dispute(order, amount=4_000)
        world.hear()
        first = text_of(support.get(act_of(order, "refund")))
        assert "$40.00 of its money is disputed: the bank has it until it decides, and it cannot be refunded." in first
        before = traces()
        text = text_of(look(support, order, "refund", amount="60.01", part="", bearer=""))
        assert (
            f"40.00 USD of {world.payment(order).public_id} is disputed, and the bank has it until it decides" in text
        )
        assert "60.00 USD (6000 minor units) may go payment_disputed" in text
        assert traces() == before
        assert "Refund it" in text_of(look(support, order, "refund", amount="60", part="", bearer=""))


class TestApprove:
    def test_shows_who_asks_why_and_what_it_books(self, world: World, finance: Client) -> None:
        order = world.released_order(10_000)
        refund = ask(world, order, 5_000)
        page = text_of(finance.get(page_of(refund)))
        for shown in ("Needs two yes", "Will be taken from", "has been paid", "never who asked for it", "Approve…"):
            assert shown in page, shown
        before = traces()
        text = text_of(finance.get(act_of(refund, "approve")))
        for shown in (
            "Asked for because: it is torn", "$50.00", "platform fees", "$5.00", "fees recovered", "$0.75", "payable",
            "$44.25", "Sum USD $50.00 $50.00", "requested → approved",
            f"stripe: refund $50.00 of {world.payment(order).gateway_payment_id}",
        ):  # fmt: skip
            assert shown in text, shown
        assert traces() == before
        assert "It is approved" in text_of(confirm(finance, refund, "approve", reason="seen the photo"))
        entry = LedgerEntry.objects.get(key=f"refund:{refund.public_id}:allocated")
        assert ("payable", 4_425) in entry.lines.values_list("account", "amount_minor")
        assert AuditEntry.objects.filter(to_state="approved", reason="seen the photo").exists()

    def test_is_not_possible_for_who_asked(self, world: World) -> None:
        person = somebody(Role.FINANCE)
        refund = ask(world, world.paid_order(10_000), 5_000, by=person.actor)
        before = traces()
        text = text_of(signed_in(person).get(act_of(refund, "approve")))
        assert "Not possible now: who asked for it cannot approve it four_eyes" in text
        body = {"reason": "because", "seen": "requested 5000 1", "nonce": "x" * 32}
        assert "four_eyes" in text_of(signed_in(person).post(act_of(refund, "approve"), body))
        assert traces() == before

    def test_names_what_else_went_back_since(self, world: World, finance: Client) -> None:
        order = world.paid_order(10_000)
        refund = ask(world, order, 1_000)
        world.refund_outside(order, 2_500)
        world.hear()
        assert "another refund of this order came up: $25.00" in text_of(finance.get(act_of(refund, "approve")))

    @pytest.mark.parametrize("act", ["approve", "reject"])
    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.OPERATIONS, Role.AUDITOR])
    def test_is_for_finance(self, world: World, role: Role, act: str) -> None:
        refund = ask(world, world.paid_order(10_000), 5_000)
        client = as_role(role)
        assert "Approve…" not in text_of(client.get(page_of(refund)))
        assert client.post(act_of(refund, act), {"reason": "because"}).status_code == 403
        assert Refund.objects.get().status == "requested"

    def test_is_offered_only_while_it_waits(self, world: World, finance: Client) -> None:
        refund = ask(world, world.paid_order(10_000), 5_000)
        approve(world, refund)
        assert "Approve…" not in text_of(finance.get(page_of(refund)))
        assert "Not possible now: it is approved" in text_of(finance.get(act_of(refund, "reject")))


class TestRejectAndWithdraw:
    def test_rejects_with_a_reason(self, world: World, finance: Client) -> None:
        refund = ask(world, world.paid_order(10_000), 5_000)
        assert "frozen → held" in text_of(finance.get(act_of(refund, "reject")))
        confirm(finance, refund, "reject", reason="no photo came")
        assert Refund.objects.get().status == "rejected"
        assert AuditEntry.objects.filter(to_state="rejected", reason="no photo came").exists()

    def test_who_asked_takes_it_back(self, world: World, support: Client) -> None:
        person = somebody(Role.SUPPORT)
        refund = ask(world, world.paid_order(10_000), 5_000, by=person.actor)
        assert "not_your_request" in text_of(support.get(act_of(refund, "withdraw")))
        confirm(signed_in(person), refund, "withdraw", reason="my mistake")
        assert Refund.objects.get().status == "cancelled"


def test_the_dashboard_lists_what_waits(world: World, finance: Client, support: Client) -> None:
    refund = ask(world, world.paid_order(10_000), 5_000)
    page = finance.get("/admin/")
    assert "Refunds to approve" in text_of(page)
    assert page_of(refund) in page.content.decode()
    assert "Refunds to approve" not in text_of(support.get("/admin/"))
