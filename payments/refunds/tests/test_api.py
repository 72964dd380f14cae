"""The doors to refunds over HTTP: who may ask, who may decide, and that a key asks once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from config.accounts.models import User
from config.accounts.roles import Role
from config.idempotency.models import IdempotencyKey
from orders.order.models import Order
from orders.tests.factories import make_user, policy
from payments.charges.tests.test_api import bearer, codes, post
from payments.refunds.models import Refund
from payments.refunds.services.tests.test_by_staff import with_two_payments
from payments.refunds.services.tests.test_settle import bounced
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
REFUNDS = "/api/v1/refunds/"


@pytest.fixture
def order(world: World) -> Order:
    return world.paid_order(10_000)


@pytest.fixture
def support() -> User:
    return make_user(Role.SUPPORT)


@pytest.fixture
def finance() -> User:
    return make_user(Role.FINANCE)


def ask(order: Order, user: User, key: str = "key-1", **body: Any) -> Any:
    path = f"/api/v1/orders/{order.public_id}/refunds/"
    return post(path, {"reason": "it is torn", **body}, **bearer(user), Idempotency_Key=key)


def decide(refund_id: str, act: str, user: User, **body: Any) -> Any:
    return post(f"{REFUNDS}{refund_id}/{act}/", {"reason": "seen the photo", **body}, **bearer(user))


def get(path: str, user: User) -> Any:
    return Client().get(path, headers=bearer(user))


class TestAsking:
    def test_answers_with_the_refund_that_waits(self, order: Order, support: User) -> None:
        response = ask(order, support, amount_minor=4_000)
        body = response.json()
        refund = Refund.objects.get()
        assert response.status_code == 201
        assert (body["id"], body["order"], body["status"]) == (refund.public_id, order.public_id, "requested")
        assert body["amount"] == {"amount_minor": 4_000, "currency": "USD"}
        assert (body["requested_by"], body["approved_by"]) == (support.actor, None)
        assert (body["review_code"], body["reason"]) == ("no_threshold", "it is torn")
        (share,) = body["shares"]
        part = order.fulfilments.get()
        assert (share["pot"], share["fulfilment"]) == ("escrow", part.public_id)
        assert (share["seller"], share["amount"]["amount_minor"]) == (part.seller.public_id, 4_000)
        assert body["together_with"] == []

    def test_below_the_threshold_answers_with_what_goes_back(self, order: Order, support: User, settings: Any) -> None:
        settings.POLICY = policy(refund_approval_threshold_minor={"USD": 4_000})
        body = ask(order, support, amount_minor=4_000).json()
        assert (body["status"], body["approved_by"]) == ("approved", "system:refunds")

    def test_names_the_refunds_of_the_orders_other_payments(self, world: World, support: User, finance: User) -> None:
        body = ask(with_two_payments(world), support, amount_minor=5_000).json()
        (other,) = body["together_with"]
        assert get(f"{REFUNDS}{other}/", finance).json()["together_with"] == [body["id"]]
        assert body["amount"]["amount_minor"] == 3_334

    def test_the_same_key_asks_once(self, order: Order, support: User) -> None:
        first = ask(order, support, amount_minor=4_000)
        again = ask(order, support, amount_minor=4_000)
        assert (again.status_code, again.json(), again.headers["Idempotent-Replayed"]) == (201, first.json(), "true")
        assert ask(order, support, amount_minor=4_001).status_code == 422
        assert ask(order, support, key="key-2", amount_minor=4_000).status_code == 201
        assert Refund.objects.count() == 2

    def test_what_was_interrupted_is_gone_on_with(self, order: Order, support: User) -> None:
        """The process died between the commit and its answer."""
        first = ask(order, support, amount_minor=4_000).json()
        IdempotencyKey.objects.update(status_code=None, answer=None, lease_until=None)
        assert ask(order, support, amount_minor=4_000).json()["id"] == first["id"]
        assert Refund.objects.count() == 1

    @pytest.mark.parametrize(
        ("body", "attr"),
        [
            ({"amount_minor": 0}, "amount_minor"), ({"amount_minor": 1.0}, "amount_minor"),
            ({"amount_minor": "5"}, "amount_minor"), ({"reason": ""}, "reason"), ({"reason": "x"}, "reason"),
            ({"bearer": "seller"}, "bearer"), ({"amount": 500}, "amount"), ({"amountMinor": 500}, "amountMinor"),
        ],
    )  # fmt: skip
    def test_nonsense_is_refused(self, order: Order, support: User, body: dict[str, Any], attr: str) -> None:
        before = everything()
        response = ask(order, support, **body)
        assert (response.status_code, {error["attr"] for error in response.json()["errors"]}) == (400, {attr})
        assert everything() == before

    def test_needs_a_key_and_a_reason(self, order: Order, support: User) -> None:
        path = f"/api/v1/orders/{order.public_id}/refunds/"
        bare = Client().post(path, {"reason": "it is torn"}, content_type="application/json", headers=bearer(support))
        assert codes(bare) == {"idempotency_key_required"}
        assert codes(post(path, {}, **bearer(support), Idempotency_Key="k")) == {"required"}

    def test_more_than_is_left_is_refused_by_name(self, order: Order, support: User) -> None:
        response = ask(order, support, amount_minor=10_001)
        assert (response.status_code, codes(response)) == (409, {"exceeds_refundable"})

    @pytest.mark.parametrize("body", [{"amount_minor": 4_000}, {}])
    def test_another_currency_than_the_orders_is_refused(
        self, order: Order, support: User, body: dict[str, Any]
    ) -> None:
        """4,000 yen are no 40 dollars: nobody who names a currency gets another one."""
        before = everything()
        response = ask(order, support, **body, currency="JPY")
        (error,) = response.json()["errors"]
        assert (response.status_code, error["code"], error["attr"]) == (400, "wrong_currency", "currency")
        assert error["detail"] == "the order is in USD"
        assert everything() == before
        assert ask(order, support, "key-2", **body, currency="USD").status_code == 201

    def test_what_is_disputed_is_refused_by_name(self, world: World, support: User) -> None:
        order, _ = world.disputed_order(10_000)
        before = everything()
        for body in ({}, {"amount_minor": 4_000}):
            response = ask(order, support, f"key-{len(body)}", **body)
            assert (response.status_code, codes(response)) == (409, {"payment_disputed"})
            assert "100.00 USD of" in response.json()["errors"][0]["detail"]
        assert codes(ask(order, support, "key-3", amount_minor=10_001)) == {"exceeds_refundable"}
        assert everything() == before

    def test_card_numbers_in_a_reason_are_masked(self, order: Order, support: User) -> None:
        assert "4242424242424242" not in ask(order, support, reason="card 4242424242424242 is lost").json()["reason"]

    @pytest.mark.parametrize("role", [Role.BUYER, Role.SELLER, Role.AUDITOR])
    def test_nobody_else_asks(self, order: Order, role: Role) -> None:
        before = everything()
        assert ask(order, make_user(role)).status_code == 403
        assert everything() == before

    def test_an_order_that_is_not_there_is_not_found(self, support: User) -> None:
        assert ask(Order(public_id="ord_nothing"), support).status_code == 404


class TestDeciding:
    def test_a_second_person_approves(self, order: Order, support: User, finance: User, world: World) -> None:
        refund_id = ask(order, support, amount_minor=4_000).json()["id"]
        body = decide(refund_id, "approve", finance).json()
        assert (body["status"], body["approved_by"]) == ("approved", finance.actor)
        world.hear()
        world.hear()
        assert get(f"{REFUNDS}{refund_id}/", finance).json()["status"] == "succeeded"
        answer = get(f"/api/v1/orders/{order.public_id}/", support).json()
        assert (answer["payment_status"], answer["refunded"]["amount_minor"]) == ("partially_refunded", 4_000)

    def test_never_who_asked(self, order: Order, finance: User) -> None:
        refund_id = ask(order, finance, amount_minor=4_000).json()["id"]
        before = everything()
        response = decide(refund_id, "approve", finance)
        assert (response.status_code, codes(response)) == (409, {"four_eyes"})
        assert everything() == before

    def test_rejects(self, order: Order, support: User, finance: User, world: World) -> None:
        refund_id = ask(order, support).json()["id"]
        assert decide(refund_id, "reject", finance).json()["status"] == "rejected"
        assert world.holds(order)[0].status == "held"
        assert codes(decide(refund_id, "approve", finance)) == {"refund_decided"}

    def test_who_asked_takes_it_back(self, order: Order, support: User, finance: User) -> None:
        refund_id = ask(order, support).json()["id"]
        assert codes(decide(refund_id, "withdraw", finance)) == {"not_your_request"}
        assert decide(refund_id, "withdraw", support).json()["status"] == "cancelled"

    def test_says_why(self, order: Order, support: User, finance: User) -> None:
        refund_id = ask(order, support).json()["id"]
        assert decide(refund_id, "approve", finance, reason="").status_code == 400

    @pytest.mark.parametrize("act", ["approve", "reject"])
    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.OPERATIONS, Role.AUDITOR, Role.BUYER, Role.SELLER])
    def test_is_for_finance(self, order: Order, finance: User, role: Role, act: str) -> None:
        refund_id = ask(order, finance).json()["id"]
        before = everything()
        assert decide(refund_id, act, make_user(role)).status_code == 403
        assert everything() == before


class TestLooking:
    def test_the_list_is_paged_and_filtered(self, order: Order, world: World, support: User, finance: User) -> None:
        other = world.paid_order(5_000)
        ids = [ask(each, support, key=each.public_id, amount_minor=100).json()["id"] for each in (order, other)]
        decide(ids[0], "reject", finance)
        listed = get(REFUNDS, finance).json()
        assert [row["id"] for row in listed["results"]] == ids[::-1]
        assert [row["id"] for row in get(f"{REFUNDS}?status=rejected", finance).json()["results"]] == ids[:1]
        assert [row["id"] for row in get(f"{REFUNDS}?order={other.public_id}", finance).json()["results"]] == ids[1:]
        page = get(f"{REFUNDS}?page_size=1", finance).json()
        assert [row["id"] for row in get(page["next"], finance).json()["results"]] == ids[:1]

    @pytest.mark.parametrize("role", [Role.BUYER, Role.SELLER, Role.SCOUT])
    def test_is_not_for_others(self, role: Role) -> None:
        assert get(REFUNDS, make_user(role)).status_code == 403
        assert get(f"{REFUNDS}rf_nothing/", make_user(role)).status_code == 403

    def test_one_that_is_not_there(self, finance: User) -> None:
        assert get(f"{REFUNDS}rf_nothing/", finance).status_code == 404
        assert decide("rf_nothing", "approve", finance).status_code == 404


PAID = {"bank_account": "main", "reference": "UTR 42"}


def settle(refund: Refund, act: str, user: User, key: str = "end-1", **body: Any) -> Any:
    path = f"{REFUNDS}{refund.public_id}/{act}/"
    return post(path, {"reason": "as agreed", **body}, **bearer(user), Idempotency_Key=key)


@pytest.fixture
def failed(world: World, order: Order) -> Refund:
    return bounced(world, order, 4_000)


@pytest.fixture
def second() -> User:
    return make_user(Role.FINANCE)


class TestSendingAgain:
    def test_gives_it_after_all(self, world: World, failed: Refund, finance: User) -> None:
        response = settle(failed, "send-again", finance)
        assert (response.status_code, response.json()["id"]) == (200, failed.public_id)
        world.hear()
        world.hear()
        assert get(f"{REFUNDS}{failed.public_id}/", finance).json()["status"] == "succeeded"

    def test_the_same_key_makes_one(self, failed: Refund, finance: User) -> None:
        first = settle(failed, "send-again", finance)
        again = settle(failed, "send-again", finance)
        assert (again.status_code, again.headers["Idempotent-Replayed"], again.json()) == (200, "true", first.json())
        assert settle(failed, "send-again", finance, reason="another one").status_code == 422
        failed.refresh_from_db()
        assert failed.sendings == 2

    def test_what_was_interrupted_is_not_made_once_more(self, failed: Refund, finance: User) -> None:
        """The process died between the commit and its answer."""
        settle(failed, "send-again", finance)
        IdempotencyKey.objects.update(status_code=None, answer=None, lease_until=None)
        before = Refund.objects.get().sendings
        assert settle(failed, "send-again", finance).status_code == 200
        assert Refund.objects.get().sendings == before

    def test_waits_while_another_end_is_proposed(self, failed: Refund, finance: User) -> None:
        settle(failed, "void", finance)
        before = everything()
        response = settle(failed, "send-again", finance, key="end-2")
        assert (response.status_code, codes(response)) == (409, {"proposal_open"})
        assert everything() == before


def end(refund: Refund, act: str, user: User, **body: Any) -> Any:
    """Decides about the end that is proposed now."""
    proposed = refund.proposals.filter(status="proposed").values_list("public_id", flat=True).first()
    return decide(refund.public_id, act, user, **{"proposal": proposed or "none", **body})


class TestEndingOtherwise:
    def test_paid_from_our_bank_by_two_people(self, failed: Refund, finance: User, second: User) -> None:
        response = settle(failed, "paid-otherwise", finance, **PAID)
        body = response.json()
        assert (response.status_code, body["status"]) == (201, "failed")
        told = {name: body["proposal"][name] for name in ("kind", "bank_account", "reference", "reason", "proposed_by")}
        assert told == {"kind": "paid_otherwise", **PAID, "reason": "as agreed", "proposed_by": finance.actor}
        body = end(failed, "confirm", second).json()
        assert (body["status"], body["reference"], body["proposal"]) == ("paid_otherwise", "UTR 42", None)

    def test_void_by_two_people(self, world: World, failed: Refund, finance: User, second: User) -> None:
        body = settle(failed, "void", finance).json()
        assert (body["proposal"]["kind"], body["proposal"]["bank_account"]) == ("voided", None)
        assert end(failed, "confirm", second).json()["status"] == "voided"
        (hold,) = world.holds(Order.objects.get())
        assert hold.returned_minor == 0

    @pytest.mark.parametrize(("act", "body"), [("paid-otherwise", PAID), ("void", {})])
    def test_never_by_one_alone(self, failed: Refund, finance: User, act: str, body: dict[str, str]) -> None:
        settle(failed, act, finance, **body)
        before = everything()
        response = end(failed, "confirm", finance)
        assert (response.status_code, codes(response)) == (409, {"four_eyes"})
        assert everything() == before

    @pytest.mark.parametrize("act", ["confirm", "decline"])
    def test_only_the_end_that_was_looked_at(self, failed: Refund, finance: User, second: User, act: str) -> None:
        """Between the look and the word one end was taken back, and another proposed."""
        seen = settle(failed, "paid-otherwise", finance, **PAID).json()["proposal"]["id"]
        assert end(failed, "decline", finance).status_code == 200
        settle(failed, "void", finance, key="end-2")
        before = everything()
        response = end(failed, act, second, proposal=seen)
        assert (response.status_code, codes(response)) == (409, {"proposal_changed"})
        assert codes(end(failed, act, second, proposal="")) == {"blank"}
        assert codes(decide(failed.public_id, act, second)) == {"required"}
        assert everything() == before

    def test_who_proposed_it_takes_it_back(self, failed: Refund, finance: User) -> None:
        settle(failed, "void", finance)
        body = end(failed, "decline", finance).json()
        assert (body["status"], body["proposal"]) == ("failed", None)

    def test_the_same_key_proposes_once(self, failed: Refund, finance: User) -> None:
        first = settle(failed, "void", finance)
        IdempotencyKey.objects.update(status_code=None, answer=None, lease_until=None)  # died before it answered
        assert settle(failed, "void", finance).json() == first.json()
        assert settle(failed, "void", finance, reason="another one").status_code == 422
        assert failed.proposals.count() == 1

    def test_one_proposal_at_a_time(self, failed: Refund, finance: User, second: User) -> None:
        settle(failed, "void", finance)
        response = settle(failed, "paid-otherwise", second, **PAID)
        assert (response.status_code, codes(response)) == (409, {"proposal_open"})
        assert failed.proposals.count() == 1

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, "required"), ({**PAID, "bank_account": "none of ours"}, "unknown_bank_account"),
            ({**PAID, "reference": " "}, "blank"), ({**PAID, "reason": "x"}, "min_length"),
            ({**PAID, "reference": "U" * 81}, "max_length"),
        ],
    )  # fmt: skip
    def test_nonsense_is_refused(self, failed: Refund, finance: User, body: dict[str, str], code: str) -> None:
        response = settle(failed, "paid-otherwise", finance, **body)
        assert (response.status_code, codes(response)) == (400, {code})
        assert not failed.proposals.exists()


class TestSettling:
    """What holds for all of these doors."""

    ACTS = ("send-again", "paid-otherwise", "void", "confirm", "decline")

    @pytest.mark.parametrize("act", ACTS)
    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.OPERATIONS, Role.AUDITOR, Role.BUYER, Role.SELLER])
    def test_is_for_finance(self, failed: Refund, role: Role, act: str) -> None:
        before = everything()
        response = settle(failed, act, make_user(role), **PAID)
        assert (response.status_code, codes(response)) == (403, {"permission_denied"})
        assert everything() == before

    @pytest.mark.parametrize("act", ACTS)
    def test_one_that_is_not_there(self, finance: User, act: str) -> None:
        nothing = Refund(public_id="rf_nothing")
        assert settle(nothing, act, finance, proposal="none", **PAID).status_code == 404

    @pytest.mark.parametrize("act", ["send-again", "paid-otherwise", "void"])
    def test_needs_a_key(self, failed: Refund, finance: User, act: str) -> None:
        path, body = f"{REFUNDS}{failed.public_id}/{act}/", {"reason": "as agreed", **PAID}
        response = Client().post(path, body, content_type="application/json", headers=bearer(finance))
        assert (response.status_code, codes(response)) == (400, {"idempotency_key_required"})
        assert not failed.proposals.exists()

    @pytest.mark.parametrize(
        ("act", "status", "code"),
        [
            ("send-again", 409, "refund_not_failed"), ("paid-otherwise", 409, "refund_not_failed"),
            ("void", 409, "refund_not_failed"), ("confirm", 409, "refund_not_failed"), ("decline", 404, "not_found"),
        ],
    )  # fmt: skip
    def test_only_what_failed(
        self, order: Order, support: User, finance: User, act: str, status: int, code: str
    ) -> None:
        refund = Refund.objects.get(public_id=ask(order, support).json()["id"])
        before = everything()
        response = settle(refund, act, finance, proposal="none", **PAID)
        assert (response.status_code, codes(response)) == (status, {code})
        assert everything() == before

    @pytest.mark.parametrize("act", ["confirm", "decline"])
    def test_nothing_is_proposed(self, failed: Refund, finance: User, act: str) -> None:
        before = everything()
        assert end(failed, act, finance).status_code == 404
        assert everything() == before
