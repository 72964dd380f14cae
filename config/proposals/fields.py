"""Form fields of what went through our bank: which account of ours, and how the bank finds it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from config.ops.redaction import mask


class OurBankAccount(forms.ChoiceField):
    """One of our bank accounts, as they are named at the moment."""

    def __init__(self, *, label: str) -> None:
        super().__init__(label=label, choices=lambda: [(name, name) for name in settings.POLICY.bank_accounts])


class BankReference(forms.CharField):
    """The bank's own name of a payment. A card number in it is masked: people paste anything."""

    def __init__(self, *, help_text: str = "", required: bool = True) -> None:
        super().__init__(label="The bank's reference", max_length=80, help_text=help_text, required=required)

    def clean(self, value: Any) -> str:
        return mask(super().clean(value))
