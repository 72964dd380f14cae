"""The page to which the customer is sent, over real HTTP."""

from __future__ import annotations

import http.client
import json
import re
from urllib.parse import urlencode, urlsplit

import pytest

from payments.sandbox.phonepe.tests.teller import LOGIN
from payments.sandbox.testing import Sandbox


class Browser:
    """Asks the process, and follows nothing by itself."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        token = json.loads(self("POST", "/phonepe/apis/pg-sandbox/v1/oauth/token", urlencode(LOGIN))[1])["access_token"]
        self.headers = {"Authorization": f"O-Bearer {token}", "Content-Type": "application/json"}

    headers: dict[str, str] = {}

    def __call__(self, method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection(self.sandbox.host, self.sandbox.port, timeout=20)
        try:
            connection.request(method, path, body=body, headers=self.headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.headers.get("Location", "")
        finally:
            connection.close()

    def pay(self, order_id: str, back: str = "https://shop.test/back") -> str:
        flow = {"type": "PG_CHECKOUT", "merchantUrls": {"redirectUrl": back}}
        body = json.dumps({"merchantOrderId": order_id, "amount": 12_345, "paymentFlow": flow})
        url = urlsplit(json.loads(self("POST", "/phonepe/apis/pg-sandbox/checkout/v2/pay", body)[1])["redirectUrl"])
        return f"{url.path}?{url.query}"

    def state(self, order_id: str) -> str:
        body = self("GET", f"/phonepe/apis/pg-sandbox/checkout/v2/order/{order_id}/status")[1]
        return str(json.loads(body)["state"])

    def press(self, page: str, action: str) -> tuple[int, str, str]:
        """Presses a button that is really on the page."""
        action_of = re.search(rf'formaction="([^"]+/{action})"', self("GET", page)[1])
        assert action_of, f"there is no {action}"
        return self("POST", action_of[1], "")


@pytest.fixture
def browser(sandbox: Sandbox) -> Browser:
    return Browser(sandbox)


class TestPage:
    def test_pays_and_goes_back_to_the_shop(self, browser: Browser) -> None:
        page = browser.pay("MO1")
        assert "₹123.45" in browser("GET", page)[1]
        status, _, location = browser.press(page, "pay")
        assert (status, location, browser.state("MO1")) == (303, "https://shop.test/back", "COMPLETED")
        assert "Paid" in browser("GET", page)[1]

    def test_a_decline_says_why_and_leaves_the_buttons(self, browser: Browser) -> None:
        page = browser.pay("MO1")
        status, text, _ = browser.press(page, "insufficient")
        assert (status, "INSUFFICIENT_FUNDS" in text, browser.state("MO1")) == (200, True, "PENDING")
        browser.press(page, "pay")
        assert browser.state("MO1") == "COMPLETED"

    def test_walks_through_a_banks_page(self, browser: Browser) -> None:
        page = browser.pay("MO1")
        browser.press(page, "authenticate")
        browser.press(page, "refuse")
        browser.press(page, "authenticate")
        assert browser.press(page, "approve")[0] == 303
        assert browser.state("MO1") == "COMPLETED"

    def test_answers_in_the_banks_place(self, browser: Browser) -> None:
        page = browser.pay("MO1", back="")
        assert browser.press(page, "bank")[0] == 200, "there is no shop to go back to"
        browser.press(page, "bounce")
        browser.press(page, "bank")
        browser.press(page, "settle")
        assert browser.state("MO1") == "COMPLETED"

    def test_a_button_of_an_old_page_says_why_not(self, browser: Browser) -> None:
        page = browser.pay("MO1")
        token = page.partition("token=")[2]
        browser.press(page, "pay")
        assert "COMPLETED" not in browser("POST", f"/phonepe/transact/{token}/settle", "")[2]
        assert browser.state("MO1") == "COMPLETED"

    def test_goes_back_without_paying(self, browser: Browser) -> None:
        page = browser.pay("MO1")
        assert browser.press(page, "cancel")[2] == "https://shop.test/back"
        assert browser.state("MO1") == "PENDING"

    @pytest.mark.parametrize("path", ["/phonepe/transact/uat_v2", "/phonepe/transact/uat_v2?token=nobody"])
    def test_nothing_is_there_for_a_guess(self, browser: Browser, path: str) -> None:
        assert browser("GET", path)[0] == 404
        assert browser("GET", "/phonepe/transact/nobody/pay")[0] == 405
        assert browser("POST", "/phonepe/transact/nobody/pay", "")[0] == 404


class TestControl:
    def test_rules_and_endpoint_are_shown_and_unknown_ones_refused(self, sandbox: Sandbox) -> None:
        control = sandbox.control
        assert control.get("phonepe/rules")["refund_after_s"] == 0
        assert control.phonepe("rules", refund_after_s=9)["refund_after_s"] == 9
        assert control.get("phonepe/webhook")["username"] == "sandboxhook"
        for path, order in (("rules", {"nothing": 1}), ("orders/nobody/pay", {}), ("orders/nobody/dance", {})):
            with pytest.raises(Exception, match=r"400|404"):
                control.phonepe(path, **order)
