"""Saved methods at Stripe: what is sent, under which key, what is kept of the answer, and odd answers."""

from __future__ import annotations

import pytest

from payments.gateways.contract import Answer, Outcome
from payments.gateways.failures import GatewayUnreachable
from payments.gateways.method_views import SetupState
from payments.gateways.stripe.lists import StripeLists
from payments.gateways.stripe.saved import StripeSavedMethods
from payments.gateways.stripe.tests import shapes
from payments.gateways.stripe.tests.scripted import Scripted, error, scripted
from payments.gateways.stripe.views.tests.test_saved import method, setup
from payments.gateways.tests.scripted import Reply

CUSTOMER = {"id": "cus_one", "object": "customer", "livemode": False, "metadata": {"customer": "gcus_one"}}
TOO_LATE = error(400, "setup_intent_unexpected_state")
GONE = error(404, "resource_missing")
ODD = Reply(body={"id": "seti_one", "object": "setup_intent"})


def saved(script: Scripted) -> StripeSavedMethods:
    return StripeSavedMethods(script.connection, StripeLists(script.connection))


def paths(script: Scripted) -> list[str]:
    return [f"{request.method} {request.path}" for request in script.seen]


class TestCreateCustomer:
    def test_tells_stripe_our_id_and_nothing_of_the_person(self) -> None:
        with scripted(Reply(body=CUSTOMER)) as script:
            answer = saved(script).create_customer(key="call_one", our_id="gcus_one")
        assert (answer.outcome, answer.customer and answer.customer.customer_id) == (Outcome.SUCCEEDED, "cus_one")
        (sent,) = script.seen
        assert sent.form == {"metadata[customer]": "gcus_one", "metadata[call]": "call_one"}
        assert sent.headers["idempotency-key"] == "call_one"


class TestStartSetup:
    def test_is_for_charges_with_nobody_present(self) -> None:
        with scripted(Reply(body=setup())) as script:
            answer = saved(script).start_setup(key="call_one", our_id="set_one", customer_id="cus_one")
        assert (answer.outcome, answer.setup and answer.setup.state) == (Outcome.SUCCEEDED, SetupState.PENDING)
        (sent,) = script.seen
        assert sent.form == {
            "customer": "cus_one", "usage": "off_session", "automatic_payment_methods[enabled]": "true",
            "metadata[setup]": "set_one", "metadata[call]": "call_one",
        }  # fmt: skip

    def test_made_and_not_understood_it_must_be_asked_for(self) -> None:
        with scripted(ODD) as script:
            answer = saved(script).start_setup(key="call_one", our_id="set_one", customer_id="cus_one")
        assert (answer.outcome, answer.setup) == (Outcome.UNKNOWN, None)


class TestCancelSetup:
    def cancel(self, script: Scripted) -> Answer:
        return saved(script).cancel_setup(key="call_one", setup_id="seti_one")

    def test_says_that_it_was_left(self) -> None:
        with scripted(Reply(body=setup(status="canceled"))) as script:
            assert self.cancel(script).outcome is Outcome.SUCCEEDED
        assert (paths(script), script.seen[0].form) == (
            ["POST /v1/setup_intents/seti_one/cancel"], {"cancellation_reason": "abandoned"}
        )  # fmt: skip

    def test_what_is_still_open_after_it_is_not_known(self) -> None:
        with scripted(Reply(body=setup(status="processing"))) as script:
            assert self.cancel(script).outcome is Outcome.UNKNOWN

    @pytest.mark.parametrize(
        ("found", "outcome"),
        [
            (Reply(body=setup(status="canceled")), Outcome.SUCCEEDED),
            (Reply(body=setup(status="succeeded", payment_method="pm_one")), Outcome.DECLINED),
            (error(500), Outcome.UNKNOWN),
            (ODD, Outcome.UNKNOWN),
        ],
    )
    def test_a_refusal_is_believed_only_after_a_look(self, found: Reply, outcome: Outcome) -> None:
        with scripted(TOO_LATE, found) as script:
            answer = self.cancel(script)
        assert answer.outcome is outcome
        assert (answer.failure is None) == (outcome is Outcome.SUCCEEDED)
        assert paths(script)[1] == "GET /v1/setup_intents/seti_one"


class TestReads:
    def test_one_setup_and_one_method(self) -> None:
        with scripted(Reply(body=setup()), Reply(body=method())) as script:
            read_setup, read_method = saved(script).get_setup("seti_one"), saved(script).get_method("pm_one")
        assert read_setup is not None
        assert read_method is not None
        assert (read_setup.our_id, read_method.last4) == ("set_one", "4242")

    def test_what_is_not_there_is_none(self) -> None:
        with scripted(GONE, GONE) as script:
            assert (saved(script).get_setup("seti_x"), saved(script).get_method("pm_x")) == (None, None)

    def test_without_an_answer_they_say_so(self) -> None:
        with scripted(error(500)) as script, pytest.raises(GatewayUnreachable):
            saved(script).get_method("pm_one")

    def test_every_method_of_a_customer_page_by_page(self) -> None:
        pages = (shapes.page(method(), has_more=True), shapes.page(method(id="pm_two")))
        with scripted(*(Reply(body=page) for page in pages)) as script:
            found = [view.method_id for view in saved(script).list_methods("cus_one")]
        assert found == ["pm_one", "pm_two"]
        assert (script.seen[0].query["customer"], script.seen[1].query["starting_after"]) == ("cus_one", "pm_one")


class TestDetach:
    def detach(self, script: Scripted) -> Answer:
        return saved(script).detach(key="call_one", method_id="pm_one")

    def test_keeps_nothing_of_the_card_in_the_journal(self) -> None:
        with scripted(Reply(body=method(customer=None))) as script:
            answer = self.detach(script)
        assert (answer.outcome, answer.raw) == (Outcome.SUCCEEDED, {"id": "pm_one", "object": "payment_method"})
        assert script.seen[0].headers["idempotency-key"] == "call_one"

    def test_still_the_customers_after_it_is_not_known(self) -> None:
        with scripted(Reply(body=method())) as script:
            assert self.detach(script).outcome is Outcome.UNKNOWN

    @pytest.mark.parametrize(
        ("found", "outcome"),
        [
            (GONE, Outcome.SUCCEEDED),
            (Reply(body=method(customer=None)), Outcome.SUCCEEDED),
            (Reply(body=method()), Outcome.DECLINED),
            (error(500), Outcome.UNKNOWN),
        ],
    )
    def test_a_refusal_is_believed_only_after_a_look(self, found: Reply, outcome: Outcome) -> None:
        with scripted(error(400, message="not attached"), found) as script:
            answer = self.detach(script)
        assert answer.outcome is outcome
        assert "card" not in answer.raw
