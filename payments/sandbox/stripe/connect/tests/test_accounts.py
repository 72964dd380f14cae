"""Connected accounts over the API."""

from __future__ import annotations

import json

from payments.sandbox.stripe.connect.tests.conftest import Connect
from payments.sandbox.tests.in_process import Bench

URLS = {"refresh_url": "https://shop.test/again", "return_url": "https://shop.test/back"}


class TestCreate:
    def test_a_new_one_pays_nothing_out_and_says_what_it_needs(self, bench: Bench) -> None:
        manual = {"settings[payouts][schedule][interval]": "manual"}
        made = bench.post("accounts", country="US", **{"metadata[payee]": "pye_1"}, **manual)
        assert (made["payouts_enabled"], made["details_submitted"]) == (False, False)
        assert "external_account" in made["requirements"]["currently_due"]
        assert made["requirements"]["disabled_reason"] == "requirements.past_due"
        assert made["metadata"] == {"payee": "pye_1"}
        assert made["settings"]["payouts"]["schedule"]["interval"] == "manual"
        assert bench.get(f"accounts/{made['id']}") == made
        assert [each["id"] for each in bench.get("accounts")["data"]] == [made["id"]]

    def test_takes_a_bank_account_by_token_or_number(self, bench: Bench) -> None:
        by_token = bench.post("accounts", country="GB", external_account="btok_us_verified")
        bank = by_token["external_accounts"]["data"][0]
        assert (bank["last4"], bank["currency"], bank["account"]) == ("6789", "gbp", by_token["id"])
        assert "external_account" not in by_token["requirements"]["currently_due"]
        number = {"external_account[account_number]": "000111111116", "external_account[currency]": "eur"}
        by_number = bench.post("accounts", country="US", **number)["external_accounts"]["data"][0]
        assert (by_number["last4"], by_number["currency"]) == ("1116", "eur")

    def test_a_token_that_is_none_is_refused_and_nothing_is_made(self, bench: Bench) -> None:
        refused = bench.post("accounts", country="US", external_account="btok_none")["error"]
        assert (refused["code"], refused["param"]) == ("resource_missing", "external_account")
        assert bench.get("accounts")["data"] == []


class TestAccess:
    def test_an_account_that_is_not_there_is_refused_without_saying_so(self, bench: Bench, connect: Connect) -> None:
        for path in ("balance", "payouts"):
            refused = bench.ask("GET", f"/v1/{path}")  # our own: allowed
            assert refused.status in (200, 400)
        refused_body = connect.within("GET", "balance", account="acct_none")["error"]
        assert refused_body["code"] == "account_invalid"
        assert bench.ask("GET", "/v1/accounts/acct_none").status == 403

    def test_what_the_sandbox_has_only_for_the_platform_is_refused(self, connect: Connect) -> None:
        refused = connect.within("POST", "customers", name="Ada")["error"]
        assert "connected accounts" in refused["message"]
        assert connect.bench.get("customers")["data"] == []

    def test_keys_are_each_account_s_own(self, connect: Connect) -> None:
        connect.transfer(1_000)
        other = connect.bench.post("accounts", country="US")["id"]
        connect.within("POST", "payouts", key="k1", amount="100", currency="usd")
        again = connect.within("POST", "payouts", key="k1", account=other, amount="100", currency="usd")
        assert again["error"]["code"] == "payouts_not_allowed"


class TestLink:
    def test_leads_to_a_page_for_minutes(self, bench: Bench, connect: Connect) -> None:
        link = bench.post("account_links", account=connect.account, type="account_onboarding", **URLS)
        assert link["object"] == "account_link"
        assert link["url"].startswith(f"http://sandbox.test/stripe/setup/{connect.account}/")
        assert link["expires_at"] - link["created"] == 300

    def test_needs_to_know_where_to_come_back(self, bench: Bench, connect: Connect) -> None:
        wrong = URLS | {"return_url": "shop.test"}
        given = bench.ask("POST", "/v1/account_links", account=connect.account, type="account_onboarding", **wrong)
        assert (given.status, json.loads(given.body)["error"]["code"]) == (400, "url_invalid")
