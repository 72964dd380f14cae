"""The fake must not agree only with us: everything it says has the shape of what Stripe says."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from payments.sandbox.conftest import Raw
from payments.sandbox.receiver import Receiver
from payments.sandbox.testing import Control
from payments.sandbox.tests.derive_shapes import derive
from payments.sandbox.tests.shape_check import FOLDER, shapes, violations

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples"
RECORDED_EVENTS: dict[str, dict[str, Any]] = json.loads((FOLDER.parent / "recorded_events.json").read_text())
CONNECTED_TYPES = {
    "account.application.deauthorized",
    "account.external_account.created",
    "account.external_account.updated",
    "account.updated",
    "payout.canceled",
    "payout.created",
    "payout.failed",
    "payout.paid",
    "payout.updated",
}
EVENT_TYPES = {
    "charge.captured",
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.expired",
    "charge.failed",
    "charge.pending",
    "charge.refund.updated",
    "charge.refunded",
    "charge.succeeded",
    "charge.updated",
    "checkout.session.async_payment_failed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.completed",
    "checkout.session.expired",
    "customer.created",
    "customer.deleted",
    "customer.updated",
    "payment_intent.amount_capturable_updated",
    "payment_intent.canceled",
    "payment_intent.created",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.requires_action",
    "payment_intent.succeeded",
    "payment_method.attached",
    "payment_method.automatically_updated",
    "payment_method.detached",
    "payment_method.updated",
    "refund.created",
    "refund.failed",
    "refund.updated",
    "setup_intent.canceled",
    "setup_intent.created",
    "setup_intent.requires_action",
    "setup_intent.setup_failed",
    "setup_intent.succeeded",
    "transfer.created",
    "transfer.reversed",
}


class World:
    """Does everything that the sandbox can do, and keeps every answer."""

    def __init__(self, raw: Raw, control: Control, receiver: Receiver) -> None:
        self._receiver = receiver
        self._raw = raw
        self._control = control
        self.events_of_account: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        self.errors: list[dict[str, Any]] = []

    def post(self, path: str, account: str = "", **fields: str) -> dict[str, Any]:
        return self._keep(self._raw("POST", f"/v1/{path}", fields, headers=_for(account)))

    def get(self, path: str, account: str = "", **fields: str) -> dict[str, Any]:
        return self._keep(self._raw("GET", f"/v1/{path}", fields, headers=_for(account)))

    def order(self, path: str, **order: object) -> None:
        self._control.stripe(path, **order)

    def pay(self, method: str, **fields: str) -> dict[str, Any]:
        more = {"currency": "usd", "confirm": "true", "metadata[order]": "ord_1", "description": "d"} | fields
        answer = self.post("payment_intents", amount="2000", payment_method=method, **more)
        found: dict[str, Any] = answer.get("error", {}).get("payment_intent") or answer
        return found

    def session(self, **fields: str) -> dict[str, Any]:
        lines = {
            "line_items[0][quantity]": "2",
            "line_items[0][price_data][currency]": "usd",
            "line_items[0][price_data][unit_amount]": "700",
            "line_items[0][price_data][product_data][name]": "Tea",
        }
        return self.post("checkout/sessions", mode="payment", success_url="https://shop.test/ok", **lines, **fields)

    def live(self) -> None:
        """Each verb, in each way in which it can end."""
        for part in (
            self._payments,
            self._refunds,
            self._disputes,
            self._sessions,
            self._saving,
            self._paying_out,
            self._reading,
        ):
            part()

    def _payments(self) -> None:
        customer = self.post("customers", email="ada@example.com", **{"address[city]": "London"})["id"]
        self.post(f"customers/{customer}", name="Ada")
        shipping = {"shipping[name]": "Ada", "shipping[address][line1]": "1 High St"}
        self.pay("pm_card_visa", customer=customer, receipt_email="ada@example.com", **shipping)
        self.pay("pm_card_mastercard", capture_method="automatic", currency="jpy")
        self.pay("pm_card_chargeDeclined")
        self.pay("pm_card_chargeDeclinedExpiredCard")
        self.pay("pm_card_authenticationRequired", off_session="true")
        for succeeds in (True, False):
            asked = self.pay("pm_card_threeDSecureRequired", return_url="https://shop.test/back")
            self.order(f"payment_intents/{asked['id']}/authenticate", succeeds=succeeds)
            for method in ("pm_usBankAccount", "pm_sepaDebit"):
                waiting = self.pay(method)
                self.order(f"payment_intents/{waiting['id']}/finish", succeeds=succeeds)
        self.pay("pm_card_threeDSecureRequired")
        for ending in ("capture", "cancel"):
            held = self.pay("pm_card_visa", capture_method="manual")["id"]
            self.post(f"payment_intents/{held}/{ending}")
        part = self.pay("pm_card_visa", capture_method="manual")["id"]
        self.post(f"payment_intents/{part}/capture", amount_to_capture="500")
        expired = self.pay("pm_card_visa", capture_method="manual")["id"]
        self.order(f"payment_intents/{expired}/expire")
        restricted = {"allowed_payment_method_types[0]": "card", "excluded_payment_method_types[0]": "link"}
        self.post("payment_intents", amount="500", currency="usd", **restricted)
        charge = self.pay("pm_card_visa")["latest_charge"]
        self.post(f"charges/{charge}", description="seen")
        self._keep(self._raw("DELETE", f"/v1/customers/{customer}"))

    def _refunds(self) -> None:
        for method, ending in (("pm_card_visa", "advance"), ("pm_card_pendingRefund", "succeed")):
            paid = self.pay(method, capture_method="automatic")["id"]
            refund = self.post("refunds", payment_intent=paid, amount="500", reason="duplicate")["id"]
            self.order(f"refunds/{refund}/{ending}")
            self.order(f"refunds/{refund}/fail", reason="lost_or_stolen_card")
            self.post("refunds", payment_intent=paid)
            self.post("refunds", payment_intent=paid)
            self.post(f"refunds/{refund}", **{"metadata[a]": "1"})
        self.order("rules", refund_status="requires_action", refund_count=1)
        refund = self.post("refunds", payment_intent=self.pay("pm_card_visa")["id"])["id"]
        self.post(f"refunds/{refund}/cancel")
        debit = self.pay("pm_usBankAccount")
        self.order(f"payment_intents/{debit['id']}/finish")
        refund = self.post("refunds", payment_intent=debit["id"])["id"]
        self.order(f"refunds/{refund}/succeed")
        self.order(f"refunds/{refund}/fail")
        self.order("settle")

    def _disputes(self) -> None:
        """Both test cards, every way in which a dispute may end, and a file among the evidence."""
        self.pay("pm_card_createDispute", capture_method="automatic")
        self.pay("pm_card_createDisputeInquiry", capture_method="automatic")
        first, second = (self.get("disputes", limit="2")["data"][place]["id"] for place in (0, 1))
        file = self._keep(self._raw.upload("/v1/files", content=b"%PDF-1.7 of ours", name="receipt.pdf"))["id"]
        self.post(f"disputes/{first}", submit="false", **{"evidence[customer_name]": "Ada"})
        self.post(f"disputes/{first}", **{"evidence[uncategorized_text]": "escalate_inquiry_evidence"})
        self.post(f"disputes/{first}", **{"evidence[receipt]": file})
        self.order(f"disputes/{first}/win", fee=1500)
        self.order(f"disputes/{first}/appeal")
        self.post(f"disputes/{first}/close")
        self.order(f"disputes/{first}/appeal")
        self.order(f"disputes/{first}/reinstate", amount=500)
        self.post(f"disputes/{second}", **{"evidence[uncategorized_text]": "losing_evidence"})
        debit = self.pay("pm_usBankAccount")
        self.order(f"payment_intents/{debit['id']}/finish")
        self.order(f"charges/{debit['latest_charge']}/dispute", inquiry=True)
        self.order(f"disputes/{self.get('disputes', limit='1')['data'][0]['id']}/prevent")
        self.get(f"disputes/{first}", **{"expand[0]": "charge"})
        self.get(f"files/{file}")
        self.post("refunds", charge=self.get(f"disputes/{second}")["charge"])

    def _sessions(self) -> None:
        data = {"payment_intent_data[metadata][payment]": "pay_1", "customer_email": "ada@example.com"}
        for method in ("pm_card_visa", "pm_card_chargeDeclined"):
            self.order(f"sessions/{self.session(**data)['id']}/pay", payment_method=method)
        for succeeds in (True, False):
            session = self.session()["id"]
            self.order(f"sessions/{session}/pay", payment_method="pm_usBankAccount")
            intent = self.get(f"checkout/sessions/{session}")["payment_intent"]
            self.order(f"payment_intents/{intent}/finish", succeeds=succeeds)
        self.post(f"checkout/sessions/{self.session()['id']}/expire")
        self.get(f"checkout/sessions/{session}/line_items")
        self.get(f"checkout/sessions/{session}", **{"expand[0]": "line_items", "expand[1]": "payment_intent"})

    def _saving(self) -> None:
        """A way of paying is saved, renewed, used without the customer, and forgotten."""
        customer = self.post("customers", **{"metadata[customer]": "gcus_1"})["id"]
        for name in ("pm_card_visa", "pm_card_chargeDeclinedLostCard", "pm_card_in"):
            setup = self.post("setup_intents", customer=customer, usage="off_session", description="saved")["id"]
            self.order(f"setup_intents/{setup}/confirm", payment_method=name)
        for succeeds in (True, False):
            setup = self.post("setup_intents", customer=customer)["id"]
            self.order(f"setup_intents/{setup}/confirm", payment_method="pm_card_authenticationRequiredOnSetup")
            self.order(f"setup_intents/{setup}/authenticate", succeeds=succeeds)
        self.post(f"setup_intents/{setup}/cancel", cancellation_reason="abandoned")
        method = self.get(f"customers/{customer}/payment_methods")["data"][0]["id"]
        self.post(f"payment_methods/{method}", **{"card[exp_year]": "2040"})
        self.order(f"payment_methods/{method}/renew", exp_month=1, exp_year=2041, last4="1881")
        self.pay(method, customer=customer, off_session="true")
        self.post(f"payment_methods/{method}/detach")
        self.post(f"payment_methods/{method}/detach")
        self.pay(method, customer=customer)
        self.get("payment_methods", customer=customer, type="card")
        self.get("setup_intents", customer=customer)
        self.order(f"customers/{customer}/delete")

    def _paying_out(self) -> None:
        """A seller's account is filled in, gets money, pays it out in every way, and leaves."""
        account = self.post("accounts", country="US", type="express", **{"metadata[payee]": "pye_1"})["id"]
        links = {"refresh_url": "https://shop.test/again", "return_url": "https://shop.test/back"}
        self._keep(self._raw("POST", "/v1/account_links", {"account": account, "type": "account_onboarding", **links}))
        self.order(f"accounts/{account}/complete")
        self.order("topup", amount=9_000)
        sent = {"currency": "usd", "destination": account, "transfer_group": "po_1", "metadata[payout]": "po_1"}
        transfer = self.post("transfers", amount="8000", **sent)["id"]
        self.post("transfers", amount="1001", **sent)
        self.post(f"transfers/{transfer}/reversals", amount="500", **{"metadata[call]": "call_1"})
        self.post(f"transfers/{transfer}/reversals", amount="7501")
        for steps in (2, 1, 0):
            paid = self.post("payouts", account=account, amount="1000", currency="usd", method="standard")["id"]
            for _ in range(steps):
                self.order(f"payouts/{paid}/advance")
            if steps:
                self.order(f"payouts/{paid}/fail", code="account_closed")
            else:
                self.post(f"payouts/{paid}/cancel", account=account)
        self.post("payouts", account=account, amount="8000", currency="usd")
        self.order(f"accounts/{account}/require")
        self.post("payouts", account=account, amount="1", currency="usd")
        self.order(f"accounts/{account}/enable")
        self.order(f"accounts/{account}/disable")
        for path in ("payouts", "balance", "balance_transactions"):
            self.get(path, account=account)
        for path in ("accounts", "transfers", f"transfers/{transfer}/reversals", f"accounts/{account}"):
            self.get(path)
        self.events_of_account = self.events(account)
        self.order(f"accounts/{account}/deauthorize")
        # Nobody can list the events of an account that has left: this one is seen as it is delivered.
        self.events_of_account.append(self._receiver.wait_for(1, type="account.application.deauthorized")[0].json)
        self.get("balance", account=account)
        self.post("transfers", amount="1", **sent)

    def _reading(self) -> None:
        self.post("webhook_endpoints", url="http://shop.test/hook", **{"enabled_events[0]": "charge.*"})
        for path in (
            "payment_intents",
            "checkout/sessions",
            "charges",
            "refunds",
            "customers",
            "balance_transactions",
            "webhook_endpoints",
        ):
            self.get(path, limit="100")
        self.get("balance")
        self.get("balance_transactions", limit="100", **{"expand[0]": "data.source"})
        self.get("charges", limit="100", **{"expand[0]": "data.refunds", "expand[1]": "data.payment_intent"})
        self.get("payment_methods/pm_card_visa")
        self.get("charges/ch_none")
        self.get("nothing")
        self.post("payment_intents", amount="1", currency="usd")
        self.post("payment_intents", amount="100", currency="usd", colour="red")
        self.errors.append(self._raw("GET", "/v1/balance", api_key="").error)

    def events(self, account: str = "") -> list[dict[str, Any]]:
        """Every event there is, by the API, of the platform or of a connected account."""
        found: list[dict[str, Any]] = []
        after: dict[str, str] = {}
        while True:
            page = self._raw("GET", "/v1/events", {"limit": "100", **after}, headers=_for(account)).json
            found += page["data"]
            if not page["has_more"]:
                return found
            after = {"starting_after": page["data"][-1]["id"]}

    def _keep(self, answer: Any) -> dict[str, Any]:
        body: dict[str, Any] = answer.json
        if "error" in body:
            self.errors.append(body["error"])
        elif not body.get("deleted"):
            self.answers.append(body)
        return body


def _for(account: str) -> dict[str, str]:
    return {"Stripe-Account": account} if account else {}


@pytest.fixture
def world(raw: Raw, control: Control, receiver: Receiver) -> World:
    world = World(raw, control, receiver)
    world.live()
    return world


class TestEverythingTheSandboxSays:
    def test_has_the_recorded_shapes(self, world: World, control: Control) -> None:
        found: list[str] = []
        checked: set[str] = set()
        for answer in world.answers:
            checked |= set(_kinds(answer))
            found += violations(answer, shape=answer["object"])
        for error in world.errors:
            found += violations(error, shape="error")
        for event in (*world.events(), *world.events_of_account):
            found += violations(event, shape="event")
            # What an event tells of has the shape of what the API answers.
            subject = event["data"]["object"]
            checked |= set(_kinds(subject))
            found += violations(subject, shape=subject["object"])
        assert "\n".join(sorted(set(found))) == ""
        assert checked | {"event", "error"} == set(shapes())

    def test_tells_every_event_with_its_object_and_changes(self, world: World) -> None:
        told = {each["type"]: each for each in (*world.events(), *world.events_of_account)}
        assert set(told) == EVENT_TYPES | CONNECTED_TYPES
        problems = []
        for type, event in told.items():
            recorded = RECORDED_EVENTS.get(type)
            if recorded is None:
                continue
            data = event["data"]
            if data["object"]["object"] != recorded["object"]:
                problems.append(f"{type} is about {data['object']['object']}")
            if recorded["previous"] is None and "previous_attributes" in data:
                problems.append(f"{type} tells old values, the recorded one does not")
            expected = {name for name in recorded["previous"] or () if name in data["object"]}
            if type.startswith("charge.") and not expected <= set(data.get("previous_attributes", {})):
                problems.append(f"{type} tells {data.get('previous_attributes')}, not {expected}")
        assert problems == []

    def test_holds_one_object_in_all_its_states(self, world: World) -> None:
        """The events carry the states that the final objects no longer show."""
        states: dict[str, set[str]] = {}
        for event in world.events():
            subject = event["data"]["object"]
            states.setdefault(subject["object"], set()).add(subject.get("status", ""))
        assert states["payment_intent"] == {
            "requires_payment_method",
            "requires_confirmation",
            "requires_action",
            "processing",
            "requires_capture",
            "succeeded",
            "canceled",
        }
        assert states["refund"] == {"pending", "requires_action", "succeeded", "failed", "canceled"}
        assert states["dispute"] == {
            "warning_needs_response",
            "warning_under_review",
            "needs_response",
            "under_review",
            "appeal_under_review",
            "won",
            "lost",
            "prevented",
        }
        assert states["setup_intent"] == {"requires_payment_method", "requires_action", "succeeded", "canceled"}
        assert states["charge"] == {"succeeded", "pending", "failed"}
        assert states["checkout.session"] == {"complete", "expired"}


class TestNegativeControl:
    """The check finds what it is there to find."""

    @pytest.mark.parametrize(
        ("damage", "complaint"),
        [
            (lambda charge: charge.pop("amount_refunded"), "charge.amount_refunded is missing"),
            (lambda charge: charge.update(amount="2000"), "charge.amount is str, not int"),
            (lambda charge: charge.update(paid=1), "charge.paid is int, not bool"),
            (lambda charge: charge.update(currency=None), "charge.currency is null, not str"),
            (lambda charge: charge.update(order_number="1"), "charge.order_number is not a key that Stripe has"),
            (lambda charge: charge["outcome"].update(reason=7), "charge.outcome.reason is int, not null or str"),
            (
                lambda charge: charge["payment_method_details"]["card"].pop("last4"),
                "charge.payment_method_details.card.last4 is missing",
            ),
            (
                lambda charge: charge["billing_details"]["address"].update(town="x"),
                "charge.billing_details.address.town is not a key that Stripe has",
            ),
        ],
    )
    def test_one_wrong_field_is_found(
        self, raw: Raw, damage: Callable[[dict[str, Any]], object], complaint: str
    ) -> None:
        fields = {"amount": "2000", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}
        intent = raw("POST", "/v1/payment_intents", fields).json
        charge = raw("GET", f"/v1/charges/{intent['latest_charge']}").json
        assert violations(charge, shape="charge") == []
        broken = copy.deepcopy(charge)
        damage(broken)
        assert violations(broken, shape="charge") == [complaint]

    def test_a_wrong_object_inside_another_is_found(self) -> None:
        page = {"object": "list", "data": [{"object": "charge"}], "has_more": False, "url": "/v1/charges"}
        assert "list.data[0].amount is missing" in violations(page, shape="list")


@pytest.mark.parametrize("samples", [SAMPLES] if SAMPLES.is_dir() else [])
class TestAgainstTheSamples:
    """Where the recorded samples lie beside the checkout, the shapes are compared with them again."""

    def test_the_committed_shapes_are_the_derived_ones(self, samples: Path) -> None:
        found, event_types = derive(samples)
        assert json.loads(json.dumps(found)) == shapes()
        assert event_types == RECORDED_EVENTS

    def test_what_stripe_really_answered_passes_the_check(self, samples: Path) -> None:
        for path in sorted((samples / "stripe" / "api_recorded").glob("*.json")):
            answer = json.loads(path.read_text())["response"]["json"]
            if answer.get("object") in ("refund", "balance_transaction", "payment_intent"):
                assert violations(answer, shape=answer["object"]) == [], path.name


def _kinds(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["object"]] if value.get("object") in shapes() else []
        return own + [kind for each in value.values() for kind in _kinds(each)]
    if isinstance(value, list):
        return [kind for each in value for kind in _kinds(each)]
    return []
