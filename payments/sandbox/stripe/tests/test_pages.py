"""The hosted pages, as a browser without scripts uses them."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import stripe

from payments.sandbox.testing import Control, Sandbox


class _Buttons(HTMLParser):
    """The form's targets and hidden fields, and the text of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[str, str] = {}
        self.fields: dict[str, str] = {}
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "button":
            self.targets[found["formaction"].rsplit("/", 1)[-1]] = found["formaction"]
        if tag == "input":
            self.fields[found["name"]] = found["value"]

    def handle_data(self, data: str) -> None:
        self.text += data


@dataclass
class Browser:
    sandbox: Sandbox

    def open(self, url: str) -> tuple[int, _Buttons]:
        status, _, text = self._ask("GET", url, None)
        page = _Buttons()
        page.feed(text)
        return status, page

    def press(self, page: _Buttons, button: str) -> tuple[int, str, _Buttons]:
        status, headers, text = self._ask("POST", page.targets[button], urlencode(page.fields))
        shown = _Buttons()
        shown.feed(text)
        return status, headers.get("Location", ""), shown

    def _ask(self, method: str, url: str, body: str | None) -> tuple[int, Any, str]:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(self.sandbox.host, self.sandbox.port, timeout=10)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, target, body=body, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text


@pytest.fixture
def browser(sandbox: Sandbox) -> Browser:
    return Browser(sandbox)


@pytest.fixture
def session(client: stripe.StripeClient) -> stripe.checkout.Session:
    return client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [
                {
                    "quantity": 2,
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": 750,
                        "product_data": {"name": "<b>Tea</b>"},
                    },
                }
            ],
            "success_url": "https://shop.test/ok?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://shop.test/no",
        }
    )


class TestSessionPage:
    def test_shows_what_is_bought_and_escapes_it(self, browser: Browser, session: stripe.checkout.Session) -> None:
        status, page = browser.open(str(session.url))
        assert status == 200
        assert "$15.00" in page.text
        assert "<b>Tea</b> × 2" in page.text
        assert set(page.targets) == {"pay", "authenticate", "bank", "decline", "insufficient", "cancel"}

    def test_paying_leads_back_to_the_shop(
        self, browser: Browser, control: Control, session: stripe.checkout.Session
    ) -> None:
        _, page = browser.open(str(session.url))
        status, location, _ = browser.press(page, "pay")
        assert (status, location) == (303, f"https://shop.test/ok?session={session.id}")
        assert control.moved(session.id, "captured") == (1, 1_500)

    def test_a_second_press_charges_nothing(
        self, browser: Browser, control: Control, session: stripe.checkout.Session
    ) -> None:
        _, page = browser.open(str(session.url))
        browser.press(page, "pay")
        browser.press(page, "pay")
        assert control.moved(session.id, "captured") == (1, 1_500)

    def test_a_decline_stays_on_the_page_and_says_why(
        self, browser: Browser, control: Control, session: stripe.checkout.Session
    ) -> None:
        _, page = browser.open(str(session.url))
        status, _, shown = browser.press(page, "insufficient")
        assert status == 200
        assert "Your card has insufficient funds." in shown.text
        assert "pay" in shown.targets
        assert control.effects()["count"] == 0

    def test_authentication_is_asked_on_the_same_page(
        self, browser: Browser, control: Control, session: stripe.checkout.Session
    ) -> None:
        _, page = browser.open(str(session.url))
        status, _, asking = browser.press(page, "authenticate")
        assert status == 200
        assert set(asking.targets) == {"approve", "refuse", "cancel"}
        status, _, refused = browser.press(asking, "refuse")
        assert "failed authentication" in refused.text
        _, _, asking = browser.press(refused, "authenticate")
        status, location, _ = browser.press(asking, "approve")
        assert (status, location) == (303, f"https://shop.test/ok?session={session.id}")
        assert control.moved(session.id, "captured") == (1, 1_500)

    def test_a_bank_payment_goes_back_at_once_and_is_answered_later(
        self, browser: Browser, control: Control, session: stripe.checkout.Session
    ) -> None:
        _, page = browser.open(str(session.url))
        status, location, _ = browser.press(page, "bank")
        assert (status, location) == (303, f"https://shop.test/ok?session={session.id}")
        assert control.effects()["count"] == 0
        _, waiting = browser.open(f"/stripe/pay/{session.id}")
        assert "settle" in waiting.targets
        status, _, done = browser.press(waiting, "settle")
        assert (status, done.targets) == (200, {})
        assert control.moved(session.id, "captured") == (1, 1_500)

    def test_cancel_goes_back_and_keeps_the_session_open(
        self, browser: Browser, client: stripe.StripeClient, session: stripe.checkout.Session
    ) -> None:
        _, page = browser.open(str(session.url))
        status, location, _ = browser.press(page, "cancel")
        assert (status, location) == (303, "https://shop.test/no")
        assert client.v1.checkout.sessions.retrieve(session.id).status == "open"

    def test_an_expired_one_has_no_way_to_pay(
        self, browser: Browser, client: stripe.StripeClient, control: Control, session: stripe.checkout.Session
    ) -> None:
        _, page = browser.open(str(session.url))
        client.v1.checkout.sessions.expire(session.id)
        _, _, shown = browser.press(page, "pay")
        assert "No longer payable" in shown.text
        assert "pay" not in shown.targets
        assert control.effects()["count"] == 0

    def test_an_unknown_one_is_404(self, browser: Browser) -> None:
        status, page = browser.open("/stripe/pay/cs_test_none")
        assert status == 404
        assert page.targets == {}


class TestPaymentPage:
    def test_needs_the_client_secret(self, browser: Browser, client: stripe.StripeClient, control: Control) -> None:
        intent = client.v1.payment_intents.create({"amount": 500, "currency": "usd"})
        assert browser.open(f"/stripe/pay/{intent.id}")[0] == 404
        assert browser.open(f"/stripe/pay/{intent.id}?client_secret=guess")[0] == 404
        status, page = browser.open(f"/stripe/pay/{intent.id}?client_secret={intent.client_secret}")
        assert status == 200
        page.fields["client_secret"] = "guess"
        assert browser.press(page, "pay")[0] == 404
        assert control.effects()["count"] == 0

    def test_pays_and_returns_with_what_stripe_adds(
        self, browser: Browser, client: stripe.StripeClient, control: Control
    ) -> None:
        intent = client.v1.payment_intents.create({"amount": 500, "currency": "usd"})
        query = urlencode({"client_secret": intent.client_secret, "return_url": "https://shop.test/back?order=1"})
        _, page = browser.open(f"/stripe/pay/{intent.id}?{query}")
        status, location, _ = browser.press(page, "pay")
        assert status == 303
        back = urlsplit(location)
        assert (back.netloc, back.path) == ("shop.test", "/back")
        assert parse_qs(back.query) == {
            "order": ["1"],
            "payment_intent": [intent.id],
            "payment_intent_client_secret": [intent.client_secret],
            "redirect_status": ["succeeded"],
        }
        assert control.moved(intent.id, "captured") == (1, 500)

    def test_the_next_action_leads_to_the_page_that_asks(
        self, browser: Browser, client: stripe.StripeClient, control: Control
    ) -> None:
        intent = client.v1.payment_intents.create(
            {
                "amount": 500,
                "currency": "usd",
                "confirm": True,
                "payment_method": "pm_card_threeDSecureRequired",
                "return_url": "https://shop.test/back",
            }
        )
        assert intent.next_action is not None
        assert intent.next_action.redirect_to_url is not None
        _, page = browser.open(str(intent.next_action.redirect_to_url.url))
        status, location, _ = browser.press(page, "approve")
        assert status == 303
        assert location.startswith("https://shop.test/back?payment_intent=")
        assert control.moved(intent.id, "captured") == (1, 500)

    def test_never_leads_to_an_address_that_is_no_web_page(self, browser: Browser, client: stripe.StripeClient) -> None:
        intent = client.v1.payment_intents.create({"amount": 500, "currency": "usd"})
        query = urlencode({"client_secret": intent.client_secret, "return_url": "javascript:alert(1)"})
        _, page = browser.open(f"/stripe/pay/{intent.id}?{query}")
        status, location, shown = browser.press(page, "pay")
        assert (status, location) == (200, "")
        assert "Paid" in shown.text

    def test_buttons_are_pressed_with_post_only(self, browser: Browser, session: stripe.checkout.Session) -> None:
        status, _ = browser.open(f"/stripe/pay/{session.id}/pay")
        assert status == 405
