"""Details of destinations: what is read, what is refused and in which words, what is shown of them."""

from __future__ import annotations

from typing import Any

import pytest

from payouts.payees.details import Details, DetailsInvalid, read_details

INDIAN = {"holder": "Asha Rao", "ifsc": "HDFC0001234", "account_number": "50100123456789"}
AMERICAN = {"holder": "Asha Rao", "routing_number": "110000000", "account_number": "000123456789"}
SWIFT = {"holder": "Asha Rao", "bic": "DEUTDEFF500", "account_number": "12345678"}


def read(given: dict[str, Any], *, kind: str = "bank_account", currency: str = "INR") -> Details:
    return read_details(kind=kind, currency=currency, given=given)


class TestReads:
    def test_an_indian_account(self) -> None:
        found = read({"holder": "  Asha   Rao ", "ifsc": "hdfc 0001234", "account_number": "5010 0123-456789"})
        assert found.values == INDIAN
        assert found.masked == "HDFC •••• 6789"

    @pytest.mark.parametrize(
        "iban",
        ["DE89 3704 0044 0532 0130 00", "gb29nwbk60161331926819", "FR1420041010050500013M02606", "NO9386011117947"],
    )
    def test_an_iban(self, iban: str) -> None:
        found = read({"holder": "Asha Rao", "iban": iban}, currency="EUR")
        assert found.values["iban"] == iban.replace(" ", "").upper()

    def test_an_iban_with_its_bic(self) -> None:
        given = {"holder": "Asha Rao", "iban": "DE89370400440532013000", "bic": "cobadeff"}
        assert read(given, currency="EUR").values["bic"] == "COBADEFF"

    def test_an_american_account(self) -> None:
        assert read(AMERICAN, currency="USD").masked == "US •••• 6789"

    @pytest.mark.parametrize("currency", ["USD", "AED"])
    def test_an_account_anywhere_by_its_bic(self, currency: str) -> None:
        assert read(SWIFT, currency=currency).masked == "DEUT •••• 5678"

    def test_a_upi_address(self) -> None:
        found = read({"holder": "Asha Rao", "address": "Asha.Rao@OkHDFCbank"}, kind="upi")
        assert (found.values["address"], found.masked) == ("asha.rao@okhdfcbank", "a••••@okhdfcbank")

    def test_a_connected_account(self) -> None:
        found = read({"account": "acct_1Nv0FGQ9RKHgCVdK"}, kind="connected_account", currency="EUR")
        assert found.masked == "acct_•••• CVdK"

    def test_the_same_account_is_the_same_whatever_its_spelling_and_holder(self) -> None:
        other = {"holder": "A. Rao", "ifsc": "hdfc0001234", "account_number": "50100 123 456 789"}
        assert read(INDIAN).identity == read(other).identity
        assert read(INDIAN).identity != read({**INDIAN, "account_number": "50100123456780"}).identity

    def test_a_branch_of_a_bank_is_no_other_account(self) -> None:
        head = {**SWIFT, "bic": "DEUTDEFF"}
        assert read(SWIFT, currency="AED").identity == read(head, currency="AED").identity

    def test_neither_values_nor_identity_show_in_a_repr(self) -> None:
        assert "50100123456789" not in repr(read(INDIAN))


class TestRefuses:
    @pytest.mark.parametrize(
        ("changes", "field", "words"),
        [
            ({"ifsc": "HDFC1001234"}, "ifsc", "four letters, a zero"),
            ({"ifsc": "HDFC000123"}, "ifsc", "four letters, a zero"),
            ({"account_number": "1234"}, "account_number", "5 to 35"),
            ({"account_number": "12345ж"}, "account_number", "5 to 35"),
            ({"holder": "A"}, "holder", "name"),
            ({"holder": "12345"}, "holder", "name"),
            ({"holder": ""}, "holder", "missing"),
            ({"iban": "DE89370400440532013000"}, "iban", "not needed"),
            ({"ifsc": 7}, "ifsc", "not a text"),
            ({"holder": "x" * 201}, "holder", "at most 200"),
        ],
    )
    def test_an_indian_account(self, changes: dict[str, Any], field: str, words: str) -> None:
        with pytest.raises(DetailsInvalid, match=words) as refused:
            read({**INDIAN, **changes})
        assert refused.value.field == f"details.{field}"

    @pytest.mark.parametrize(
        ("iban", "words"),
        [
            ("DE88370400440532013000", "check digits"),
            ("DE8937040044053201300", "22 characters, not 21"),
            ("D189370400440532013000", "two letters"),
            ("XX00", "two letters"),
        ],
    )
    def test_an_iban(self, iban: str, words: str) -> None:
        with pytest.raises(DetailsInvalid, match=words) as refused:
            read({"holder": "Asha Rao", "iban": iban}, currency="EUR")
        assert refused.value.field == "details.iban"
        assert iban not in refused.value.detail

    @pytest.mark.parametrize(
        ("given", "kind", "currency", "field"),
        [
            ({**AMERICAN, "routing_number": "110000001"}, "bank_account", "USD", "details.routing_number"),
            ({**AMERICAN, "routing_number": "11000000"}, "bank_account", "USD", "details.routing_number"),
            ({**SWIFT, "bic": "DEUT"}, "bank_account", "AED", "details.bic"),
            ({"holder": "Asha Rao", "address": "asha"}, "upi", "INR", "details.address"),
            ({"holder": "Asha Rao", "address": "asha@ok@hdfc"}, "upi", "INR", "details.address"),
            ({"account": "cus_123456789"}, "connected_account", "EUR", "details.account"),
            ({}, "bank_account", "EUR", "details.holder"),
            ({}, "cash", "EUR", "kind"),
        ],
    )
    def test_other_kinds(self, given: dict[str, Any], kind: str, currency: str, field: str) -> None:
        with pytest.raises(DetailsInvalid) as refused:
            read(given, kind=kind, currency=currency)
        assert refused.value.field == field
