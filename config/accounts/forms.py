"""The operators' login form, which says clearly why nobody is let in."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from config.accounts.failures import LoginUnavailable, TooManyFailures


class OperatorLoginForm(AuthenticationForm):
    """E-mail and password; only staff pass."""

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except (TooManyFailures, LoginUnavailable) as refused:
            raise ValidationError(refused.detail, code=refused.code) from refused
        return cleaned
