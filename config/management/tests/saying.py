"""What a command says when it is called."""

from __future__ import annotations

from io import StringIO

from django.core.management import call_command


def said(command: str, *options: str) -> str:
    """Its output, without the last line's end."""
    out = StringIO()
    call_command(command, *options, stdout=out)
    return out.getvalue().strip()
