"""Gives a file that somebody handed in to who may have it: to be saved, never opened in our own pages' name."""

from __future__ import annotations

from django.http import HttpResponse

from config.papers.papers import Paper


def paper_response(paper: Paper) -> HttpResponse:
    """The content, under its checked type and harmless name, as a download that may do nothing."""
    return HttpResponse(
        paper.content,
        content_type=paper.content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{paper.name}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, no-store",
        },
    )
