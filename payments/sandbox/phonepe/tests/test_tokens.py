"""Tokens: given for the right credentials, good until their end."""

from __future__ import annotations

import pytest

from payments.sandbox.phonepe.tests.teller import Teller


class TestIssue:
    def test_is_told_when_it_ends(self, teller: Teller) -> None:
        body = teller.login().body
        assert body["expires_at"] - body["issued_at"] == body["expires_in"] == 3600
        assert body["token_type"] == "O-Bearer"

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"client_secret": "wrong"}, 401),
            ({"client_id": "wrong"}, 401),
            ({"client_secret": ""}, 401),
            ({"grant_type": "password"}, 400),
            ({"client_version": ""}, 400),
        ],
    )
    def test_refuses_everything_else(self, teller: Teller, changes: dict[str, str], status: int) -> None:
        assert teller.login(**changes).status == status

    def test_a_merchant_without_credentials_lets_nobody_in(
        self, teller: Teller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config = teller.engine.phonepe.config
        monkeypatch.setattr(teller.engine.phonepe, "config", type(config)("", "", "", "", "", 60.0, None))
        assert teller.login(client_id="", client_secret="").status == 401


class TestCheck:
    def test_a_token_ends_in_time(self, teller: Teller) -> None:
        teller.shift(3_599)
        assert teller.pay().status == 200
        teller.shift(2)
        assert teller.pay("MO2").status == 401
        teller.login()
        assert teller.pay("MO2").status == 200

    def test_a_new_one_leaves_the_old_one_good(self, teller: Teller) -> None:
        old = teller.token
        teller.login()
        assert teller.token != old
        assert teller.ask("GET", "/checkout/v2/order/MO1/status", authorization=f"O-Bearer {old}").status == 400

    def test_may_be_shortened_and_revoked(self, teller: Teller) -> None:
        teller.order("rules", token_life_s=5)
        assert teller.login().body["expires_in"] == 5
        assert teller.order("tokens/revoke") == {"revoked": 2}
        assert teller.pay().status == 401
