"""Gives a file of evidence to somebody who may have it."""

from __future__ import annotations

from django.http import HttpResponse

from config.crypto import open_sealed
from config.papers.giving import paper_response
from config.papers.papers import Paper
from payments.disputes.models import EvidenceFile


def file_response(file: EvidenceFile) -> HttpResponse:
    """The content, decrypted, as a download that may do nothing."""
    return paper_response(Paper(name=file.name, content_type=file.content_type, content=open_sealed(file.content)))
