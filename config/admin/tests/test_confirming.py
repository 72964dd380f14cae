"""Between an operator and an act: the effect, the reason, one service call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django import forms
from django.test import Client

from config.accounts.models import ApiKey, User
from config.accounts.roles import Role
from config.admin.acts import Act, Effect
from config.admin.tests.operators import (
    act_of,
    as_role,
    confirm,
    hidden_fields,
    look,
    page_of,
    signed_in,
    somebody,
    text_of,
)
from config.audit.models import AuditEntry
from config.idempotency.models import IdempotencyKey
from config.kernel.errors import Conflict
from config.kernel.verdict import Verdict
from config.outbox.admin import OutboxJobAdmin
from config.outbox.models import OutboxJob

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def job() -> OutboxJob:
    return OutboxJob.objects.create(
        topic="order.paid", listener="l", fact_key="f", state="dead", attempts=6, due_at=AT, created_at=AT
    )


@pytest.fixture
def operator() -> Client:
    return as_role(Role.OPERATIONS)


def state(job: OutboxJob) -> str:
    return OutboxJob.objects.get(pk=job.pk).state


class TestShowing:
    def test_says_what_will_happen_and_asks_why(self, operator: Client, job: OutboxJob) -> None:
        page = operator.get(act_of(job, "revive"))
        text = text_of(page)
        assert "What will happen" in text
        assert "The job is due at once" in text
        assert "Why?" in text
        assert page.headers["Cache-Control"].startswith("max-age=0")

    def test_looking_changes_nothing(self, operator: Client, job: OutboxJob) -> None:
        before = list(OutboxJob.objects.values()), AuditEntry.objects.count()
        operator.get(act_of(job, "revive"))
        operator.get(act_of(job, "skip"))
        assert (list(OutboxJob.objects.values()), AuditEntry.objects.count()) == before

    def test_an_act_that_does_not_fit_the_row_cannot_be_confirmed(self, operator: Client, job: OutboxJob) -> None:
        OutboxJob.objects.update(state="done")
        text = text_of(operator.get(act_of(job, "revive")))
        assert "Not possible now: it is done" in text
        assert "Why?" not in text

    def test_the_page_of_the_row_offers_only_what_fits(self, operator: Client, job: OutboxJob) -> None:
        assert "Run again…" in text_of(operator.get(page_of(job)))
        OutboxJob.objects.update(state="done")
        assert "Run again…" not in text_of(operator.get(page_of(job)))


class TestConfirming:
    def test_makes_one_service_call_and_keeps_who_and_why(self, operator: Client, job: OutboxJob) -> None:
        response = confirm(operator, job, "revive", reason="the mail server is back")
        assert response.redirect_chain == [(page_of(job), 302)]
        assert "It is due again." in text_of(response)
        entry = AuditEntry.objects.get()
        assert (state(job), entry.act, entry.reason) == ("due", "due", "the mail server is back")
        assert entry.actor == User.objects.get().actor

    @pytest.mark.parametrize("reason", ["", "  ", "ok", "x" * 501, "a\x01b-c"])
    def test_needs_a_reason_that_says_something(self, operator: Client, job: OutboxJob, reason: str) -> None:
        response = confirm(operator, job, "revive", reason=reason)
        assert response.status_code == 200
        assert response.redirect_chain == []
        assert (state(job), AuditEntry.objects.count()) == ("dead", 0)

    def test_masks_card_numbers_in_the_reason(self, operator: Client, job: OutboxJob) -> None:
        confirm(operator, job, "skip", reason="paid by 4242 4242 4242 4242 instead")
        assert AuditEntry.objects.get().reason == "paid by [card 4242] instead"

    def test_sent_twice_is_done_once(self, operator: Client, job: OutboxJob) -> None:
        body = {**hidden_fields(operator.get(act_of(job, "revive"))), "reason": "back again"}
        operator.post(act_of(job, "revive"), body)
        OutboxJob.objects.update(state="dead")  # it died again meanwhile: a second call would revive it again
        again = operator.post(act_of(job, "revive"), body, follow=True)
        assert "Done once already: It is due again." in text_of(again)
        assert (state(job), AuditEntry.objects.count()) == ("dead", 1)

    def test_while_the_first_click_is_on_its_way_the_second_does_nothing(
        self, operator: Client, job: OutboxJob
    ) -> None:
        body = {**hidden_fields(operator.get(act_of(job, "revive"))), "reason": "back again"}
        operator.post(act_of(job, "revive"), body)
        IdempotencyKey.objects.update(
            status_code=None, answer=None, lease_until=datetime.now(UTC) + timedelta(minutes=1)
        )
        OutboxJob.objects.update(state="dead")
        text = text_of(operator.post(act_of(job, "revive"), body, follow=True))
        assert "still running" in text
        assert state(job) == "dead"

    def test_what_changed_since_it_was_looked_at_is_looked_at_again(self, operator: Client, job: OutboxJob) -> None:
        body = {**hidden_fields(operator.get(act_of(job, "revive"))), "reason": "back again"}
        OutboxJob.objects.update(state="skipped")
        response = operator.post(act_of(job, "revive"), body)
        assert "It changed while you were looking." in text_of(response)
        assert (state(job), AuditEntry.objects.count()) == ("skipped", 0)
        assert hidden_fields(response).get("seen", "") != body["seen"]

    @pytest.mark.parametrize("nonce", ["", "short", "x" * 65, "with space" * 4])
    def test_a_confirmation_without_its_name_is_shown_again(self, operator: Client, job: OutboxJob, nonce: str) -> None:
        response = operator.post(act_of(job, "revive"), {"reason": "back again", "seen": "dead", "nonce": nonce})
        assert response.status_code == 200
        assert state(job) == "dead"

    def test_says_so_where_it_was_so_already(
        self, operator: Client, job: OutboxJob, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        offer(monkeypatch, do=lambda row, asked: False)
        text = text_of(confirm(operator, job, "try"))
        assert "It was so already; nothing was changed." in text


def offer(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """One act of our own on jobs."""
    given: dict[str, Any] = {
        "name": "try", "title": "Try…", "code": "outbox.revive", "effect": lambda row, user, at: Effect("It is tried."),
        "do": lambda row, asked: True, "done": "Tried.",
    }  # fmt: skip
    monkeypatch.setattr(OutboxJobAdmin, "acts", (Act(**{**given, **changes}),))


class NumberForm(forms.Form):
    number = forms.IntegerField()


class TestPreview:
    """An act whose effect depends on its form is shown as the form is filled in, before it can be confirmed."""

    @pytest.fixture
    def done(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        made: list[int] = []

        def preview(row: Any, user: Any, at: datetime, given: Any) -> Effect:
            refusal = Verdict.no("too_many", "that is too many") if given["number"] > 9 else Verdict.yes()
            return Effect(f"It is done {given['number']} times.", refusal=refusal)

        def do(row: Any, asked: Any) -> None:
            made.append(asked.given["number"])

        offer(monkeypatch, form=NumberForm, preview=preview, do=do)
        return made

    def test_is_shown_first_and_done_then(self, operator: Client, job: OutboxJob, done: list[int]) -> None:
        opened = text_of(operator.get(act_of(job, "try")))
        assert "Show what will happen" in opened
        page = look(operator, job, "try", reason="because I say so", number=3)
        assert "It is done 3 times." in text_of(page)
        assert "because I say so" in text_of(page)
        assert done == []
        body = {**hidden_fields(page), "reason": "because I say so", "number": 3}
        assert "Tried." in text_of(operator.post(act_of(job, "try"), body, follow=True))
        assert done == [3]

    def test_what_was_changed_after_looking_is_looked_at_again(
        self, operator: Client, job: OutboxJob, done: list[int]
    ) -> None:
        page = look(operator, job, "try", number=3)
        again = operator.post(act_of(job, "try"), {**hidden_fields(page), "reason": "because", "number": 4})
        assert "It is done 4 times." in text_of(again)
        assert done == []

    def test_what_would_be_refused_can_be_filled_in_otherwise(
        self, operator: Client, job: OutboxJob, done: list[int]
    ) -> None:
        page = look(operator, job, "try", number=10)
        assert "Not possible now: that is too many" in text_of(page)
        assert "Show what will happen" in text_of(page)
        body = {**hidden_fields(page), "reason": "because", "number": 10}
        operator.post(act_of(job, "try"), body)
        assert done == []

    def test_a_form_that_is_wrong_says_so(self, operator: Client, job: OutboxJob, done: list[int]) -> None:
        assert "Enter a whole number." in text_of(look(operator, job, "try", number="x"))
        assert done == []


class TestRefusals:
    def test_are_shown_with_their_code_and_the_reason_is_not_lost(
        self, operator: Client, job: OutboxJob, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(row: Any, asked: Any) -> None:
            raise Conflict("somebody else has it")

        offer(monkeypatch, do=refuse)
        response = confirm(operator, job, "try", reason="because I say so")
        text = text_of(response)
        assert "Refused: somebody else has it (conflict)" in text
        assert "because I say so" in text
        assert response.redirect_chain == []

    def test_can_be_tried_again(self, operator: Client, job: OutboxJob, monkeypatch: pytest.MonkeyPatch) -> None:
        answers: list[Any] = [Conflict("busy"), True]

        def act(row: Any, asked: Any) -> Any:
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        offer(monkeypatch, do=act)
        first = confirm(operator, job, "try")
        second = operator.post(act_of(job, "try"), {**hidden_fields(first), "reason": "once more"}, follow=True)
        assert "Tried." in text_of(second)

    def test_a_bug_leaves_the_confirmation_free(self, job: OutboxJob, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(row: Any, asked: Any) -> None:
            raise ZeroDivisionError

        offer(monkeypatch, do=fail)
        operator = as_role(Role.OPERATIONS)
        operator.raise_request_exception = False
        page = operator.get(act_of(job, "try"))
        assert operator.post(act_of(job, "try"), {**hidden_fields(page), "reason": "because"}).status_code == 500
        assert IdempotencyKey.objects.get().lease_until is None

    def test_an_effect_that_is_refused_shows_no_form(
        self, operator: Client, job: OutboxJob, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        offer(monkeypatch, effect=lambda row, user, at: Effect("No.", refusal=Verdict.no("four_eyes", "not you")))
        text = text_of(operator.get(act_of(job, "try")))
        assert "not you four_eyes" in text
        assert "Why?" not in text


class TestWhoMay:
    @pytest.mark.parametrize("role", [Role.FINANCE, Role.AUDITOR])
    def test_who_sees_the_row_but_may_not_act_is_refused(self, job: OutboxJob, role: Role) -> None:
        client = as_role(role)
        assert "Run again…" not in text_of(client.get(page_of(job)))
        assert client.get(act_of(job, "revive")).status_code == 403
        body = {"reason": "because", "seen": "dead", "nonce": "x" * 32}
        assert client.post(act_of(job, "revive"), body).status_code == 403
        assert (state(job), AuditEntry.objects.count()) == ("dead", 0)

    @pytest.mark.parametrize("role", [Role.SUPPORT])
    def test_who_does_not_see_the_row_is_refused(self, job: OutboxJob, role: Role) -> None:
        assert as_role(role).get(act_of(job, "revive")).status_code == 403

    @pytest.mark.parametrize("role", [Role.SELLER, Role.BUYER])
    def test_who_is_not_staff_is_sent_to_the_login(self, job: OutboxJob, role: Role) -> None:
        assert as_role(role).post(act_of(job, "revive"), {"reason": "because"}).status_code == 302
        assert state(job) == "dead"

    def test_there_is_no_act_by_another_name_and_no_row_by_another_id(self, operator: Client, job: OutboxJob) -> None:
        assert operator.get(act_of(job, "delete")).status_code == 404
        assert operator.get("/admin/config/outboxjob/999/act/revive/").status_code == 404
        assert operator.get("/admin/config/outboxjob/x/act/revive/").status_code == 404

    def test_a_forged_post_is_refused(self, job: OutboxJob) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(somebody(Role.OPERATIONS))
        body = {**hidden_fields(client.get(act_of(job, "revive"))), "reason": "because"}
        assert client.post(act_of(job, "revive"), body).status_code == 403
        assert state(job) == "dead"


class TestRevealing:
    def test_a_secret_is_shown_once_and_kept_nowhere(self) -> None:
        owner = somebody(Role.OPERATIONS, email="ops@example.com")
        client = signed_in(somebody(Role.ADMINISTRATOR))
        body = {
            **hidden_fields(client.get(act_of(owner, "key"))), "reason": "for the importer", "name": "importer",
            "scopes": ["orders.view"], "days": "30",
        }  # fmt: skip
        shown = client.post(act_of(owner, "key"), body)
        key = ApiKey.objects.get()
        assert f"{key.public_id}." in shown.content.decode()
        again = client.post(act_of(owner, "key"), body, follow=True)
        assert f"{key.public_id}." not in again.content.decode()
        assert ApiKey.objects.count() == 1
        assert "Done once already" in text_of(again)
