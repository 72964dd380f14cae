"""Entering the operator site, and the pages that belong to no model."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from config.accounts.models import LoginFailure, User
from config.accounts.roles import STAFF_ROLES, Role
from config.admin.site import OperatorSite
from config.admin.tests.operators import as_role, page_of, signed_in, somebody, text_of
from config.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
PASSPHRASE = "an operator's passphrase"


@pytest.fixture
def operator() -> User:
    return User.objects.create_user("ops@example.com", PASSPHRASE, roles=[Role.OPERATIONS])


def log_in(email: str, password: str = PASSPHRASE, client: Client | None = None) -> Any:
    return (client or Client()).post("/admin/login/?next=/admin/", {"username": email, "password": password})


class TestLogin:
    @pytest.mark.parametrize("role", sorted(STAFF_ROLES))
    def test_lets_staff_in(self, role: Role) -> None:
        User.objects.create_user("x@example.com", PASSPHRASE, roles=[role])
        client = Client()
        assert log_in("X@example.com", client=client).headers["Location"] == "/admin/"
        assert client.get("/admin/").status_code == 200

    @pytest.mark.parametrize("role", [Role.BUYER, Role.SELLER, Role.SCOUT, Role.ORGANIZER])
    def test_lets_nobody_else_in(self, role: Role) -> None:
        User.objects.create_user("x@example.com", PASSPHRASE, roles=[role])
        client = Client()
        assert "Please enter the correct" in text_of(log_in("x@example.com", client=client))
        assert client.get("/admin/").status_code == 302

    def test_says_the_same_of_a_wrong_password_and_an_unknown_person(self, operator: User) -> None:
        wrong, unknown = text_of(log_in(operator.email, "not it")), text_of(log_in("nobody@example.com", "not it"))
        assert "Please enter the correct email and password" in wrong
        assert wrong.replace(operator.email, "") == unknown.replace("nobody@example.com", "")

    def test_shuts_the_door_after_too_many_failures_also_for_the_right_password(
        self, operator: User, settings: Any
    ) -> None:
        settings.LOGIN_FAILURE_LIMIT = 3
        for _ in range(3):
            log_in(operator.email, "not it")
        client = Client()
        assert "Too many failed logins. Try again later." in text_of(log_in(operator.email, client=client))
        assert client.get("/admin/").status_code == 302
        assert LoginFailure.objects.exists()

    def test_leads_nowhere_but_here(self, operator: User) -> None:
        response = Client().post(
            "/admin/login/?next=https://evil.example.test/", {"username": operator.email, "password": PASSPHRASE}
        )
        assert response.headers["Location"] == "/admin/"

    def test_gives_the_session_a_new_key(self, operator: User) -> None:
        client = Client()
        client.get("/admin/login/")
        before = client.session.session_key
        log_in(operator.email, client=client)
        assert client.session.session_key != before

    def test_ends_by_logging_out(self, operator: User) -> None:
        client = signed_in(operator)
        assert client.get("/admin/logout/").status_code == 405, "a link must not log anybody out"
        client.post("/admin/logout/")
        assert client.get("/admin/").status_code == 302


class TestFind:
    def test_opens_what_an_id_names(self) -> None:
        client, person = as_role(Role.ADMINISTRATOR), somebody(Role.BUYER)
        response = client.get("/admin/find/", {"q": f" {person.public_id} "})
        assert (response.status_code, response.headers["Location"]) == (302, page_of(person))

    def test_finds_an_address_in_any_case(self) -> None:
        person = somebody(Role.BUYER, email="ann@example.com")
        response = as_role(Role.AUDITOR).get("/admin/find/", {"q": "Ann@Example.com"})
        assert response.headers["Location"] == page_of(person)

    def test_shows_nothing_to_those_who_may_not_see_it(self) -> None:
        person = somebody(Role.BUYER)
        assert "Nothing of that name" in text_of(as_role(Role.SUPPORT).get("/admin/find/", {"q": person.public_id}))

    @pytest.mark.parametrize(
        "term", ["", " ", "nothing", "usr_unknown", "%", "a@b", "x" * 1000, "<script>alert(1)</script>"]
    )
    def test_takes_whatever_is_typed(self, term: str) -> None:
        response = as_role(Role.ADMINISTRATOR).get("/admin/find/", {"q": term})
        assert response.status_code == 200
        assert "<script>alert" not in response.content.decode()


class TestProfile:
    def test_keeps_the_zone_in_which_times_are_read(self, operator: User) -> None:
        client = signed_in(operator)
        response = client.post("/admin/profile/", {"time_zone": "Asia/Kolkata"}, follow=True)
        text = text_of(response)
        assert "Times are shown in Asia/Kolkata from now on." in text
        operator.refresh_from_db()
        assert operator.time_zone == "Asia/Kolkata"
        assert AuditEntry.objects.get().facts == {"time_zone": "Asia/Kolkata"}
        assert "Asia/Kolkata" in text_of(client.get("/admin/"))

    @pytest.mark.parametrize("zone", ["Mars/Base", "", "../../etc/passwd", "asia/kolkata"])
    def test_refuses_what_is_no_zone(self, operator: User, zone: str) -> None:
        response = signed_in(operator).post("/admin/profile/", {"time_zone": zone})
        assert response.status_code == 200
        operator.refresh_from_db()
        assert (operator.time_zone, AuditEntry.objects.count()) == ("UTC", 0)

    def test_is_everybodys_own(self, operator: User) -> None:
        other = somebody(Role.SUPPORT)
        signed_in(operator).post("/admin/profile/", {"time_zone": "Asia/Tokyo", "user": other.pk})
        other.refresh_from_db()
        assert other.time_zone == "UTC"


class TestWhatIsNotThere:
    @pytest.mark.parametrize("path", ["search/?s=a", "autocomplete/?term=a"])
    def test_searches_over_every_column(self, path: str) -> None:
        assert as_role(Role.ADMINISTRATOR).get(f"/admin/{path}").status_code == 404

    def test_pages_per_app(self) -> None:
        response = as_role(Role.ADMINISTRATOR).get("/admin/config/")
        assert response.headers["Location"] == "/admin/"

    def test_the_site_is_ours(self) -> None:
        assert isinstance(admin.site._wrapped if hasattr(admin.site, "_wrapped") else admin.site, OperatorSite)


class TestPassword:
    def test_is_changed_by_who_knows_it(self, operator: User) -> None:
        client = signed_in(operator)
        given = {
            "old_password": PASSPHRASE,
            "new_password1": "another long phrase",
            "new_password2": "another long phrase",
        }
        assert "is changed" in text_of(client.post("/admin/password_change/", given, follow=True))
        operator.refresh_from_db()
        assert operator.check_password("another long phrase")

    def test_is_not_changed_by_who_does_not(self, operator: User) -> None:
        client = signed_in(operator)
        given = {
            "old_password": "guess",
            "new_password1": "another long phrase",
            "new_password2": "another long phrase",
        }
        assert client.post("/admin/password_change/", given).status_code == 200
        operator.refresh_from_db()
        assert operator.check_password(PASSPHRASE)
