"""How a recipient is shown: enough to recognise, too little to write to."""

from __future__ import annotations


def mask_email(email: str) -> str:
    """`a…@example.com` of an address; empty of nothing."""
    name, _, domain = email.rpartition("@")
    return f"{name[:1]}…@{domain}" if name and domain else ("…" if email else "")
