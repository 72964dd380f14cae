"""A file is given to be saved, and does nothing in our pages' name."""

from __future__ import annotations

from config.papers.giving import paper_response
from config.papers.papers import Paper


class TestPaperResponse:
    def test_is_a_download_that_may_do_nothing(self) -> None:
        response = paper_response(Paper(name="proof.pdf", content_type="application/pdf", content=b"%PDF-"))
        assert (response.content, response["Content-Type"]) == (b"%PDF-", "application/pdf")
        assert response["Content-Disposition"] == 'attachment; filename="proof.pdf"'
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]
        assert response["Cache-Control"] == "private, no-store"
