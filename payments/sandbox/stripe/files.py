"""Files: uploaded for evidence; what is in them is forgotten at once, their size and type are kept."""

from __future__ import annotations

from typing import Any

from payments.sandbox.ids import new_id
from payments.sandbox.objects import Stored
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.errors import invalid, missing_parameter
from payments.sandbox.stripe.lists import short_list

KIND = "file"
# docs.stripe.com/file-upload: evidence may have 5 MB.
LARGEST = 5 * 1024 * 1024
TYPES = ("pdf", "jpg", "png")
_MONTH_S = 30 * 24 * 60 * 60


def create(call: Call) -> dict[str, Any]:
    """POST of a file for `dispute_evidence`, as the view read it: its name, size and type."""
    call.params.only("file", "purpose")
    if call.params.required_text("purpose") != "dispute_evidence":
        raise invalid("The sandbox takes files for dispute_evidence only.", param="purpose")
    given = call.params.inner("file")
    if given is None:
        raise missing_parameter("file")
    size, kind = given.integer("size"), given.text("type")
    if not size:
        raise invalid("The file is empty.", param="file")
    if size > LARGEST:
        raise invalid("The file is too large: evidence may have 5 MB.", param="file", code="file_too_large")
    if kind not in TYPES:
        raise invalid("Evidence is a PDF, a JPEG or a PNG.", param="file", code="invalid_file_type")
    stored = Stored(kind=KIND, id=new_id(prefix="file"), created_s=call.now_s, body={}, hidden={})
    stored.body = {
        "id": stored.id,
        "object": KIND,
        "created": call.now_s,
        "expires_at": call.now_s + _MONTH_S,
        "filename": given.text("name"),
        "links": short_list([], url=f"/v1/file_links?file={stored.id}"),
        "purpose": "dispute_evidence",
        "size": size,
        "title": None,
        "type": kind,
        "url": f"{call.base_url}/stripe/v1/files/{stored.id}/contents",
    }
    return call.objects.add(stored, labels={"purpose": "dispute_evidence"}).body


def retrieve(call: Call, file_id: str) -> dict[str, Any]:
    """GET of one file."""
    call.params.only()
    return call.load(KIND, file_id).body


def type_of(content: bytes) -> str:
    """What a file begins like: `pdf`, `jpg`, `png`, or nothing that is known."""
    beginnings = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}
    return next((name for start, name in beginnings.items() if content.startswith(start)), "unknown")
