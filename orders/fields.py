"""Serializer fields that every door to orders speaks in."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from config.ops.redaction import mask


class WholeNumber(serializers.IntegerField):
    """A JSON integer. REST framework's own field also takes 1.0 and "1", which count neither pieces nor paise."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class MaskedText(serializers.CharField):
    """What people type freely: card numbers among it are masked on their way in."""

    def to_internal_value(self, data: Any) -> str:
        return mask(str(super().to_internal_value(data)))


class Amount(serializers.Serializer):
    """Money in whole minor units of a currency."""

    amount_minor = WholeNumber()
    currency = serializers.CharField(help_text="ISO 4217")
