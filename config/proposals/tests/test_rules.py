"""Who may confirm: never who proposed it, never whose money it is."""

from __future__ import annotations

import pytest

from config.proposals.rules import may_confirm


class TestMayConfirm:
    @pytest.mark.parametrize("payee", ["", "user:payee"])
    def test_takes_another_person(self, payee: str) -> None:
        assert may_confirm(actor="user:b", proposed_by="user:a", payee=payee)

    @pytest.mark.parametrize("payee", ["", "user:payee", "user:a"])
    def test_refuses_who_proposed_it(self, payee: str) -> None:
        verdict = may_confirm(actor="user:a", proposed_by="user:a", payee=payee)
        assert (bool(verdict), verdict.code) == (False, "four_eyes")
        assert verdict.detail == "who proposed it cannot confirm it"

    def test_refuses_whose_money_it_is(self) -> None:
        verdict = may_confirm(actor="user:payee", proposed_by="user:a", payee="user:payee")
        assert (bool(verdict), verdict.code) == (False, "four_eyes")
        assert "their own money" in verdict.detail
