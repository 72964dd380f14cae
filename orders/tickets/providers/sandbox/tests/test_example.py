"""The example in the guide for partners runs as it is printed, and says what our own adapter says."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from config.calls.outcomes import Outcome
from config.calls.tests.scripted import Reply, Script, listening
from config.calls.wire import Authorization, Wire
from orders.tickets.providers.contract import TransferState
from orders.tickets.providers.masking import mask_email
from orders.tickets.providers.sandbox import adapter, views
from orders.tickets.providers.sandbox.tests.test_adapter import NEW
from orders.tickets.providers.sandbox.tests.test_views import GIVEN


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    """With the names of the adapter's own modules, and the one that each partner fills in."""
    page = Path(settings.BASE_DIR, "docs/transfer-providers.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {**vars(views), **vars(adapter), "mask_email": mask_email}
    names["body_of"] = lambda new: {"reference": new.reference}
    exec(code, names)
    return names


def offered(example: dict[str, Any], reply: Reply) -> Any:
    with listening() as server:
        server.script = Script([reply])
        own = SimpleNamespace(wire=Wire(read_timeout_s=5), url=f"{server.base}/x", auth=Authorization("Bearer key"))
        answer = example["initiate"](own, NEW)
        [seen] = server.script.seen
    assert (seen.method, seen.headers["idempotency-key"]) == ("POST", NEW.reference)
    return answer


class TestExample:
    def test_reads_a_transfer_as_our_own_adapter_does(self, example: dict[str, Any]) -> None:
        mine, theirs = views.transfer_view(GIVEN), example["view"](GIVEN)
        for name in ("provider_id", "reference", "state", "tickets", "recipient", "expires_at", "changed_at"):
            assert getattr(theirs, name) == getattr(mine, name), name

    def test_a_state_that_it_does_not_know_goes_to_a_person(self, example: dict[str, Any]) -> None:
        assert example["view"]({**GIVEN, "status": "ON_HOLD"}).state == TransferState.NEEDS_REVIEW

    def test_offers_under_our_reference(self, example: dict[str, Any]) -> None:
        answer = offered(example, Reply(200, GIVEN))
        assert (answer.outcome, answer.transfer.provider_id) == (Outcome.SUCCEEDED, GIVEN["_id"])

    @pytest.mark.parametrize("status", [400, 429, 500])
    def test_says_of_a_refusal_what_our_own_adapter_says(self, example: dict[str, Any], status: int) -> None:
        answer = offered(example, Reply(status, {"error": "no"}))
        with listening() as server:
            server.script = Script([Reply(status, {"error": "no"})])
            mine = adapter.SandboxProvider(api_base=server.base, api_key="key", read_timeout_s=5).initiate(NEW)
        assert (answer.outcome, answer.transfer) == (mine.outcome, None)
