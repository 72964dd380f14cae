"""What went through our bank, as somebody types it."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms

from config.proposals.fields import BankReference, OurBankAccount


class PaidForm(forms.Form):
    account = OurBankAccount(label="From")
    reference = BankReference(help_text="the UTR")
    other = BankReference(required=False)


def cleaned(**changes: str) -> dict[str, Any]:
    form = PaidForm({"account": "main", "reference": "UTR 42", **changes})
    assert form.is_valid(), form.errors
    return form.cleaned_data


class TestOurBankAccount:
    def test_is_one_that_is_configured_now(self, settings: Any) -> None:
        field = PaidForm().fields["account"]
        assert isinstance(field, forms.ChoiceField)
        assert [name for name, _ in field.choices] == list(settings.POLICY.bank_accounts)
        assert not PaidForm({"account": "swiss", "reference": "UTR 42"}).is_valid()


class TestBankReference:
    def test_is_taken_without_the_spaces_around_it(self) -> None:
        assert cleaned(reference=" UTR 42 ")["reference"] == "UTR 42"

    def test_never_keeps_the_number_of_a_card(self) -> None:
        assert cleaned(reference="card 4242 4242 4242 4242")["reference"] == "card [card 4242]"

    @pytest.mark.parametrize("reference", ["", "   ", "x" * 81])
    def test_is_needed_and_fits_its_column(self, reference: str) -> None:
        assert set(PaidForm({"account": "main", "reference": reference}).errors) == {"reference"}

    def test_may_be_left_out_where_nothing_was_paid(self) -> None:
        assert cleaned()["other"] == ""
