"""The form of an operator's own settings."""

from __future__ import annotations

from zoneinfo import available_timezones

from django import forms


class ProfileForm(forms.Form):
    """Typed, with what is typed completed from all zones that there are."""

    time_zone = forms.CharField(
        label="Time zone",
        max_length=64,
        help_text="All times on this site are shown in it, for example Asia/Kolkata.",
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}),
    )

    @property
    def zones(self) -> list[str]:
        return sorted(available_timezones())
