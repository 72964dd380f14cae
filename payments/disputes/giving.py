"""Gives a file of evidence to somebody who may have it: to be saved, never opened in our own pages' name."""

from __future__ import annotations

from django.http import HttpResponse

from config.crypto import open_sealed
from payments.disputes.models import EvidenceFile


def file_response(file: EvidenceFile) -> HttpResponse:
    """The content, under its checked type and harmless name, as a download that may do nothing."""
    return HttpResponse(
        open_sealed(file.content),
        content_type=file.content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{file.name}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, no-store",
        },
    )
