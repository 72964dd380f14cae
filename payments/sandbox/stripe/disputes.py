"""Disputes: the API's calls."""

from __future__ import annotations

from typing import Any

from payments.sandbox.stripe import disputing
from payments.sandbox.stripe.call import Call
from payments.sandbox.stripe.errors import invalid
from payments.sandbox.stripe.files import KIND as FILE
from payments.sandbox.stripe.lists import PAGING, label_filters, list_objects
from payments.sandbox.stripe.params import Params, merge_metadata

KIND = disputing.KIND
_LONGEST_EVIDENCE = 150_000  # characters, over all texts (docs.stripe.com/api/disputes/update)


def retrieve(call: Call, dispute_id: str) -> dict[str, Any]:
    """GET of one dispute."""
    call.params.only()
    return call.load(KIND, dispute_id).body


def list_disputes(call: Call) -> dict[str, Any]:
    """Filters: `charge`, `payment_intent`, `created`."""
    names = ("charge", "payment_intent")
    call.params.only(*PAGING, *names)
    return list_objects(call, kind=KIND, url="/v1/disputes", filters=label_filters(call.params, *names))


def update(call: Call, dispute_id: str) -> dict[str, Any]:
    """`evidence` and `metadata`; `submit` is true where it is not said, and then nothing can be added any more."""
    call.params.only("evidence", "metadata", "submit")
    dispute = call.load(KIND, dispute_id)
    submit = call.params.flag("submit", default=True)
    given = call.params.inner("evidence")
    evidence = _evidence(call, given) if given is not None else {}
    dispute.body["metadata"] = merge_metadata(dispute.body["metadata"], call.params)
    if dispute.body["status"] not in disputing.ANSWERABLE:
        raise disputing.dispute_state(dispute, "submit evidence for")
    disputing.answer(call, dispute, evidence, submit=submit)
    return dispute.body


def close(call: Call, dispute_id: str) -> dict[str, Any]:
    """POST to concede: it is lost, for good."""
    call.params.only()
    dispute = call.load(KIND, dispute_id)
    disputing.close(call, dispute, won=False)
    return dispute.body


def _evidence(call: Call, given: Params) -> dict[str, str | None]:
    given.only(*disputing.EVIDENCE_TEXTS, *disputing.EVIDENCE_FILES)
    found: dict[str, str | None] = {}
    for name in given.tree:
        found[name] = given.text(name, limit=_LONGEST_EVIDENCE)
        if name in disputing.EVIDENCE_FILES and found[name] is not None:
            call.load(FILE, str(found[name]), param=given.name(name), in_path=False)
    if sum(len(value or "") for value in found.values()) > _LONGEST_EVIDENCE:
        raise invalid("The evidence has more than 150,000 characters.", param="evidence")
    return found
