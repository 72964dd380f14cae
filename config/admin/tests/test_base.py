"""A page shows, searches exactly, and writes nothing; who sees it is our table's business alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from config.accounts.admin import UserAdmin
from config.accounts.models import ApiKey, LoginFailure, User
from config.accounts.roles import NOUNS, Role, may_for_everyone
from config.admin.base import ReadOnlyAdmin, cell
from config.admin.parts import Part
from config.admin.tests.operators import as_role, list_of, page_of, signed_in, somebody, text_of
from config.audit.models import AuditEntry
from config.audit.services import record
from config.calls.models import GatewayCall
from config.inbox.models import WebhookEvent
from config.inbox.tests.toy import received
from config.outbox.models import OutboxJob
from config.queue.models import Pause
from config.queue.pausing import pause

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, tzinfo=UTC)
PAGES = [page for page in admin.site._registry.values() if isinstance(page, ReadOnlyAdmin)]
LISTED = [page for page in PAGES if page.model._meta.label_lower != "payments.ledgerline"]


class TestWhoSees:
    @pytest.mark.parametrize("role", Role.values)
    @pytest.mark.parametrize("page", LISTED, ids=lambda page: page.model._meta.label_lower)
    def test_each_role_sees_what_the_table_says(self, page: ReadOnlyAdmin, role: Role) -> None:
        person = somebody(role)
        sees = may_for_everyone(person, f"{NOUNS[page.model._meta.label_lower]}.view")
        status = signed_in(person).get(list_of(page.model)).status_code
        assert status == (200 if sees else 403 if person.is_staff else 302)

    def test_every_page_has_a_noun_in_the_table(self) -> None:
        assert {page.model._meta.label_lower for page in PAGES} <= set(NOUNS)

    def test_every_model_of_the_table_has_a_page_or_is_shown_on_another(self) -> None:
        shown_elsewhere = {
            "orders.handover", "orders.orderline", "orders.price", "orders.transferwatermark",
            "payments.debtproposal", "payments.disputeevidence",
            "payments.disputemovement",
            "payments.disputereserve", "payments.disputeshare", "payments.evidencefile", "payments.formerrefund",
            "payments.gatewaycustomer", "payments.holdfreeze", "payments.methodsetup", "payments.refundproposal",
            "payments.refundshare", "payments.reserveslice", "payments.reserveterms", "payments.sealedbalance",
            "payouts.bankresult", "payouts.batchrow", "payouts.keptmoney", "payouts.payeeaccount",
            "payouts.referral", "payouts.unpaidmoney",
        }  # fmt: skip
        assert set(NOUNS) - {page.model._meta.label_lower for page in PAGES} == shown_elsewhere

    def test_nothing_else_is_on_the_site_whatever_is_installed(self) -> None:
        assert all(isinstance(page, ReadOnlyAdmin) for page in admin.site._registry.values())
        for label in ("auth.Group", "token_blacklist.OutstandingToken", "django_celery_beat.IntervalSchedule"):
            assert apps.get_model(label) not in admin.site._registry

    def test_a_stranger_is_sent_to_the_login(self) -> None:
        response = Client().get(list_of(OutboxJob))
        assert response.status_code == 302
        assert response["Location"].startswith("/admin/login/?next=")

    def test_who_stops_being_staff_is_out_at_the_next_request(self) -> None:
        person = somebody(Role.OPERATIONS)
        client = signed_in(person)
        assert client.get(list_of(OutboxJob)).status_code == 200
        User.objects.filter(pk=person.pk).update(roles=[Role.BUYER])
        assert client.get(list_of(OutboxJob)).status_code == 302
        User.objects.filter(pk=person.pk).update(roles=[Role.OPERATIONS], is_active=False)
        assert client.get(list_of(OutboxJob)).status_code == 302


class TestNothingWrites:
    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.model._meta.label_lower)
    @pytest.mark.parametrize("verb", ["add", "delete", "history"])
    def test_djangos_forms_do_not_exist(self, page: ReadOnlyAdmin, verb: str) -> None:
        name = f"admin:{page.model._meta.app_label}_{page.model._meta.model_name}_{verb}"
        with pytest.raises(NoReverseMatch):
            reverse(name, args=[] if verb == "add" else [1])

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.model._meta.label_lower)
    def test_not_even_an_administrator_has_a_form(self, page: ReadOnlyAdmin, rf: Any) -> None:
        request = rf.get("/")
        request.user = somebody(Role.ADMINISTRATOR)
        assert not page.has_add_permission(request)
        assert not page.has_change_permission(request)
        assert not page.has_delete_permission(request)

    def test_a_post_to_a_list_or_a_page_is_refused(self) -> None:
        client, person = as_role(Role.ADMINISTRATOR), somebody(Role.BUYER, email="ann@example.com")
        before = list(User.objects.order_by("pk").values())
        assert client.post(list_of(User), {"action": "delete_selected"}).status_code == 403
        assert client.post(page_of(person), {"email": "x@example.com", "is_superuser": "on"}).status_code == 403
        assert list(User.objects.order_by("pk").values()) == before


class TestDetail:
    def test_a_row_that_is_not_there_is_said_so_on_the_list(self) -> None:
        client = as_role(Role.OPERATIONS)
        for key in ("999999", "x", "1e9", "-1", "99999999999999999999"):
            response = client.get(f"/admin/config/outboxjob/{key}/change/", follow=True)
            assert response.redirect_chain == [(list_of(OutboxJob), 302)]
            assert "There is no such job" in text_of(response)

    def test_a_part_that_fails_takes_nothing_with_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        person = somebody(Role.BUYER)

        def fail(row: Any, at: Any) -> None:
            raise LookupError

        broken = Part(code="accounts.view", title="API keys", show=fail)
        monkeypatch.setattr(UserAdmin, "parts", (UserAdmin.parts[0], broken))
        text = text_of(as_role(Role.ADMINISTRATOR).get(page_of(person)))
        assert person.email in text
        assert "could not be read" in text

    def test_costs_a_fixed_number_of_queries(self) -> None:
        client, person = as_role(Role.ADMINISTRATOR), somebody(Role.BUYER)

        def cost() -> int:
            with CaptureQueriesContext(connection) as captured:
                client.get(page_of(person))
            return len(captured)

        few = cost()
        for number in range(30):
            record(person, act=f"act {number}", actor=person.actor, at=AT)
        assert cost() <= few + 1  # the names of those who acted


class TestCell:
    def test_shows_of_a_row_what_it_was_told_under_its_title(self) -> None:
        class Page:
            mail = cell("e-mail", lambda row: row.email.upper())

        assert Page.mail.short_description == "e-mail"
        assert Page().mail(User(email="ann@example.com")) == "ANN@EXAMPLE.COM"

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.model._meta.label_lower)
    def test_every_column_of_a_list_is_there(self, page: ReadOnlyAdmin) -> None:
        for name in page.list_display:
            column = getattr(page, str(name), None)
            assert column is None or callable(column), name
            assert column is not None or page.model._meta.get_field(str(name))


class TestPrefixes:
    def test_what_looks_like_an_id_of_the_page_is_looked_up_there(self) -> None:
        page = next(page for page in PAGES if page.prefixes == ("key_",))
        assert page.finds("key_1")
        assert not page.finds("usr_1")

    def test_a_page_without_any_finds_nothing(self) -> None:
        class Page(ReadOnlyAdmin):
            pass

        page = Page(Pause, admin.site)
        assert (page.finds("key_1"), page.finds(""), page.find("key_1")) == (False, False, None)

    def test_by_default_it_is_our_own_id(self) -> None:
        class Page(ReadOnlyAdmin):
            prefixes = ("key_",)

        assert Page(ApiKey, admin.site).find("key_1") == Q(public_id="key_1")


class TestSearch:
    def test_finds_exactly_and_in_any_case_where_that_is_how_it_is_known(self) -> None:
        client, ann = as_role(Role.ADMINISTRATOR), somebody(Role.BUYER, email="ann@example.com")
        somebody(Role.BUYER, email="annabel@example.com")
        for term in (ann.public_id, "ann@example.com", " Ann@Example.com "):
            text = text_of(client.get(list_of(User), {"q": term}))
            assert "ann@example.com" in text
            assert "annabel@example.com" not in text

    def test_finds_nothing_by_a_part_of_an_id(self) -> None:
        client, ann = as_role(Role.ADMINISTRATOR), somebody(Role.BUYER, email="ann@example.com")
        assert "Nothing matches" in text_of(client.get(list_of(User), {"q": ann.public_id[:10]}))

    @pytest.mark.parametrize("page", [page for page in LISTED if page.searched], ids=lambda page: page.model.__name__)
    @pytest.mark.parametrize("term", ["%", "x' OR 1=1 --", "usr_", "a@b", "evt_1", "1", "∞", "a.b", "x" * 255])
    def test_takes_whatever_is_typed(self, page: ReadOnlyAdmin, term: str) -> None:
        assert as_role(Role.ADMINISTRATOR).get(list_of(page.model), {"q": term}).status_code == 200

    def test_reads_an_index_for_each_kind_of_term(self) -> None:
        """Over tables so large that the planner would rather not read them whole."""
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
        try:
            for page, term in (
                (User, "ann@example.com"), (User, "usr_1"), (ApiKey, "key_1"), (WebhookEvent, "evt_1"),
                (WebhookEvent, "charge.refunded"), (GatewayCall, "call_1"), (GatewayCall, "ord_1"),
                (AuditEntry, "usr_12345678"), (OutboxJob, "rf_12345678"), (OutboxJob, "7"),
            ):  # fmt: skip
                registered: Any = admin.site._registry[page]
                rows = registered.get_queryset(None).filter(registered.find(term)).order_by("-pk")[:51]
                plan = rows.explain()
                assert "Seq Scan" not in plan, (page, term, plan)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET enable_seqscan")


class TestLists:
    @pytest.mark.parametrize("page", LISTED, ids=lambda page: page.model._meta.label_lower)
    def test_show_their_rows_however_odd(self, page: ReadOnlyAdmin) -> None:
        received()
        pause(queue="outbox", kind="x", actor="user:gone", reason="<b>", at=AT)
        LoginFailure.objects.create(email_sha256=bytes(32), remote_addr="", window_start=AT, count=3)
        response = as_role(Role.ADMINISTRATOR).get(list_of(page.model))
        assert response.status_code == 200
        assert "&lt;b&gt;" in response.content.decode() or page.model is not Pause
