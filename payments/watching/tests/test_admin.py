"""What is asked about on the operator site: the overview leads to what waits, and questions can be stopped."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from config.accounts.roles import Role
from config.admin.tests.operators import act_of, as_role, confirm, list_of, page_of, text_of
from config.queue.models import Pause
from payments.watching.models import Watch

pytestmark = pytest.mark.django_db


@pytest.fixture
def watch() -> Watch:
    return Watch.objects.create(
        kind="payment",
        ref="pay_one",
        account="phonepe",
        attempts=3,
        last_error_code="gateway_unreachable",
        due_at=datetime(2027, 1, 15, 8, 0, tzinfo=UTC),
    )


class TestPage:
    def test_says_how_often_it_was_asked_and_what_came(self, watch: Watch) -> None:
        text = text_of(as_role(Role.OPERATIONS).get(page_of(watch)))
        for shown in ("payment pay_one", "phonepe", "3×", "gateway_unreachable", "Asked about"):
            assert shown in text, shown

    @pytest.mark.parametrize(("state", "said"), [("done", "It is decided"), ("dead", "never decided it")])
    def test_says_what_comes_next(self, watch: Watch, state: str, said: str) -> None:
        Watch.objects.update(state=state)
        assert said in text_of(as_role(Role.OPERATIONS).get(page_of(watch)))

    def test_is_for_those_who_see_calls(self, watch: Watch) -> None:
        assert as_role(Role.SUPPORT).get(page_of(watch)).status_code == 403


class TestList:
    def test_is_by_state_and_found_by_the_payments_id(self, watch: Watch) -> None:
        del watch
        Watch.objects.create(kind="payment", ref="pay_two", account="phonepe", state="dead")
        client = as_role(Role.AUDITOR)
        page = text_of(client.get(f"{list_of(Watch)}?state__exact=dead"))
        assert ("pay_one" in page, "pay_two" in page) == (False, True)
        page = text_of(client.get(list_of(Watch), {"q": "pay_one"}))
        assert ("pay_one" in page, "pay_two" in page) == (True, False)


class TestPausing:
    def test_stops_all_questions_of_that_kind_there(self, watch: Watch) -> None:
        confirm(as_role(Role.OPERATIONS), watch, "pause", reason="the gateway asked us to")
        pause = Pause.objects.get()
        assert (pause.queue, pause.kind) == ("watches", "phonepe:payment")

    def test_is_not_for_support(self, watch: Watch) -> None:
        assert as_role(Role.SUPPORT).post(act_of(watch, "pause"), {"reason": "because"}).status_code == 403
        assert not Pause.objects.exists()
