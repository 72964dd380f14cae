"""The doors to disputes over HTTP: who may look, write, submit and concede."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.accounts.models import User
from config.accounts.roles import Role
from config.calls.models import GatewayCall
from config.ops.parsers import LARGEST_FORM
from config.papers.tests.test_papers import PDF, PNG
from orders.tests.factories import make_user
from payments.charges.tests.test_api import bearer, post
from payments.disputes.models import Dispute, EvidenceFile
from payments.disputes.services.tests.test_evidence import keep, write
from payments.refunds.tests.test_api import get
from payments.tests.lives import Died, dying_at, forget_leases
from payments.tests.walking import everything
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
DISPUTES = "/api/v1/disputes/"


@pytest.fixture
def dispute(world: World, settings: Any) -> Dispute:
    settings.POLICY = replace(django_settings.POLICY, refund_approval_threshold_minor={"USD": 10_000})
    world.disputed_order(10_000)
    return Dispute.objects.get()


@pytest.fixture
def large(dispute: Dispute, settings: Any) -> Dispute:
    """Nobody concedes it alone."""
    settings.POLICY = replace(settings.POLICY, refund_approval_threshold_minor={"USD": 9_999})
    return dispute


@pytest.fixture
def finance() -> User:
    return make_user(Role.FINANCE)


def act(dispute: Dispute, verb: str, user: User, key: str = "key-1", **body: Any) -> Any:
    path = f"{DISPUTES}{dispute.public_id}/{verb}/"
    return post(path, body or {"reason": "because of this"}, **bearer(user), Idempotency_Key=key)


class TestLooking:
    def test_shows_all_that_is_known(self, world: World, dispute: Dispute, finance: User) -> None:
        keep(dispute, world)
        body = get(f"{DISPUTES}{dispute.public_id}/", finance).json()
        assert (body["id"], body["order"]) == (dispute.public_id, dispute.payment.ref)
        assert (body["status"], body["reason"], body["phase"]) == ("needs_response", "fraudulent", "chargeback")
        assert body["withdrawn"] == body["amount"] == {"amount_minor": 10_000, "currency": "USD"}
        assert (body["lost"]["amount_minor"], body["bearer"], body["is_submitted"]) == (0, "seller", False)
        [movement] = body["movements"]
        assert (movement["amount"]["amount_minor"], movement["fee"]["amount_minor"]) == (-10_000, 1_500)
        assert [(file["paper"], file["name"]) for file in body["files"]] == [("receipt", "receipt.pdf")]
        assert (body["shares"], body["evidence"]) == ([], {})

    def test_says_who_bears_what_is_lost(self, dispute: Dispute, finance: User) -> None:
        act(dispute, "accept", finance)
        [share] = get(f"{DISPUTES}{dispute.public_id}/", finance).json()["shares"]
        part = dispute.payment.order.fulfilments.get()
        assert (share["pot"], share["fulfilment"], share["seller"]) == ("hold", part.public_id, part.seller.public_id)

    def test_lists_by_state_and_order(self, world: World, dispute: Dispute, finance: User) -> None:
        other, _ = world.disputed_order(5_000, inquiry=True)

        def listed(query: str) -> list[int]:
            return [row["amount"]["amount_minor"] for row in get(f"{DISPUTES}?{query}", finance).json()["results"]]

        assert listed("") == [5_000, 10_000]
        assert listed("status=inquiry") == [5_000]
        assert listed(f"order={dispute.payment.ref}") == [10_000]
        assert listed(f"order={other.public_id}&status=lost") == []
        assert get(f"{DISPUTES}?status=perhaps", finance).status_code == 400

    @pytest.mark.parametrize("role", [Role.SELLER, Role.BUYER, Role.ORGANIZER, Role.SCOUT])
    def test_is_for_staff(self, dispute: Dispute, role: Role) -> None:
        stranger = make_user(role)
        for path in (DISPUTES, f"{DISPUTES}{dispute.public_id}/"):
            assert get(path, stranger).status_code in (403, 404)

    def test_lists_what_waits_and_what_is_due(self, world: World, dispute: Dispute, finance: User) -> None:
        _, gateway_id = world.disputed_order(5_000)
        world.decide(gateway_id, "lose")
        world.hear()
        later = (Dispute.objects.get(pk=dispute.pk).evidence_due_at or world.at) + timedelta(seconds=1)

        def listed(**query: str) -> list[int]:
            found = get(f"{DISPUTES}?{urlencode(query)}", finance)
            assert found.status_code == 200, found.json()
            return [row["amount"]["amount_minor"] for row in found.json()["results"]]

        assert listed(needs_answer="true") == [10_000]
        assert listed(needs_answer="false") == [5_000]
        assert listed(needs_answer="true", due_before=later.isoformat()) == [10_000]
        assert listed(needs_answer="true", due_before=world.at.isoformat()) == []
        for wrong in ("needs_answer=perhaps", "due_before=soon", "page_size=0", "cursor=x", "order=" + "x" * 37):
            assert get(f"{DISPUTES}?{wrong}", finance).status_code == 400, wrong

    def test_is_paged(self, world: World, dispute: Dispute, finance: User) -> None:
        for _ in range(2):
            world.disputed_order(5_000)
        first = get(f"{DISPUTES}?page_size=2", finance).json()
        rest = get(first["next"], finance).json()
        seen = [row["id"] for row in (*first["results"], *rest["results"])]
        assert seen == list(Dispute.objects.order_by("-pk").values_list("public_id", flat=True))
        assert rest["next"] is None

    def test_more_rows_cost_no_more_queries(self, world: World, dispute: Dispute, finance: User) -> None:
        act(dispute, "accept", finance)

        def cost() -> int:
            with CaptureQueriesContext(connection) as captured:
                assert get(DISPUTES, finance).status_code == 200
            return len(captured)

        get(DISPUTES, finance)
        before = cost()
        for _ in range(3):
            world.disputed_order(5_000)
            mine = Dispute.objects.latest("pk")
            keep(mine, world)
            write(mine, world)
            act(mine, "accept", finance, key=mine.public_id)
        assert len(get(DISPUTES, finance).json()["results"]) == 4
        assert cost() == before

    def test_of_none_is_not_found(self, finance: User) -> None:
        assert get(f"{DISPUTES}dsp_0000000000000000000000/", finance).status_code == 404


class TestAnswering:
    def test_writes_and_submits(self, dispute: Dispute, finance: User) -> None:
        written = act(dispute, "evidence", finance, texts={"explanation": "It was delivered.", "customer_name": ""})
        assert written.json()["evidence"] == {"explanation": "It was delivered."}
        answer = act(dispute, "submit", finance, key="key-2").json()
        assert (answer["outcome"], answer["dispute"]["status"]) == ("succeeded", "under_review")
        assert answer["dispute"]["is_submitted"]

    def test_a_key_submits_once(self, world: World, dispute: Dispute, finance: User) -> None:
        act(dispute, "evidence", finance, key="key-0", texts={"explanation": "It was delivered."})
        first, again = (act(dispute, "submit", finance) for _ in range(2))
        assert first.json() == again.json()
        assert again.headers["Idempotent-Replayed"] == "true"
        assert world.requests("POST", f"/v1/disputes/{dispute.gateway_dispute_id}") == 1

    def test_needs_a_key(self, dispute: Dispute, finance: User) -> None:
        response = Client().post(
            f"{DISPUTES}{dispute.public_id}/accept/", {"reason": "because"}, content_type="application/json",
            headers=bearer(finance),
        )  # fmt: skip
        assert response.status_code == 400
        assert Dispute.objects.get().status == "needs_response"

    @pytest.mark.parametrize("texts", [{"colour": "red"}, {"explanation": "x" * 20_001}, {"explanation": 5.5}, "x"])
    def test_refuses_what_is_no_evidence(self, dispute: Dispute, finance: User, texts: Any) -> None:
        before = everything()
        response = act(dispute, "evidence", finance, texts=texts)
        assert response.status_code in (200, 400)
        if texts != {"explanation": 5.5}:
            assert response.status_code == 400
            assert everything() == before

    @pytest.mark.parametrize(
        ("role", "verb", "allowed"),
        [
            (Role.SUPPORT, "evidence", True),
            (Role.OPERATIONS, "evidence", True),
            (Role.AUDITOR, "evidence", False),
            (Role.SUPPORT, "accept", False),
            (Role.OPERATIONS, "accept", False),
            (Role.FINANCE, "accept", True),
            (Role.SELLER, "accept", False),
        ],
    )
    def test_by_role(self, dispute: Dispute, role: Role, verb: str, allowed: bool) -> None:
        body = {"texts": {"explanation": "It was delivered."}} if verb == "evidence" else {"reason": "not worth it"}
        response = act(dispute, verb, make_user(role), **body)
        assert (response.status_code == 200) is allowed, response.json()
        if not allowed:
            dispute.refresh_from_db()
            assert dispute.status == "needs_response"

    @pytest.mark.parametrize("verb", ["submit", "accept"])
    def test_a_retry_after_a_crash_tells_what_became_of_the_first(
        self, world: World, dispute: Dispute, finance: User, verb: str
    ) -> None:
        """The process dies after the gateway answered and before anybody was told."""
        write(dispute, world)
        with pytest.raises(Died), dying_at("dispute.answer.answered"):
            act(dispute, verb, finance)
        forget_leases()
        again = act(dispute, verb, finance)
        assert (again.status_code, again.json()["outcome"]) == (200, "unknown")
        path = f"/v1/disputes/{dispute.gateway_dispute_id}{'/close' if verb == 'accept' else ''}"
        assert world.requests("POST", path) == 1
        assert GatewayCall.objects.filter(operation=f"dispute.{verb}").count() == 1

    def test_above_the_threshold_two_concede(self, world: World, large: Dispute, finance: User) -> None:
        first = act(large, "accept", finance).json()
        assert (first["outcome"], first["dispute"]["status"]) == ("awaits_second", "needs_response")
        assert first["dispute"]["concession"]["asked_by"] == finance.actor
        alone = act(large, "accept", finance, key="key-2")
        assert (alone.status_code, alone.json()["errors"][0]["code"]) == (409, "four_eyes")
        kept = act(large, "keep", make_user(Role.FINANCE), key="key-3").json()
        assert kept["concession"] is None
        act(large, "accept", finance, key="key-4")
        second = act(large, "accept", make_user(Role.FINANCE), key="key-5").json()
        assert (second["outcome"], second["dispute"]["status"]) == ("succeeded", "lost")

    @pytest.mark.parametrize("role", [Role.SUPPORT, Role.OPERATIONS, Role.AUDITOR, Role.SELLER])
    def test_a_wish_to_concede_is_finances(self, large: Dispute, finance: User, role: Role) -> None:
        act(large, "accept", finance)
        assert act(large, "keep", make_user(role)).status_code in (403, 404)
        large.refresh_from_db()
        assert large.concession_asked_by == finance.actor

    def test_refusals_have_their_codes(self, dispute: Dispute, finance: User) -> None:
        nothing = act(dispute, "submit", finance)
        assert (nothing.status_code, nothing.json()["errors"][0]["code"]) == (409, "no_evidence")
        act(dispute, "accept", finance, key="key-2")
        twice = act(dispute, "accept", finance, key="key-3")
        assert (twice.status_code, twice.json()["errors"][0]["code"]) == (409, "dispute_not_acceptable")


class TestFiles:
    def upload(
        self, dispute: Dispute, user: User, content: bytes = PDF, *, paper: str = "receipt", **headers: str
    ) -> Any:
        file = SimpleUploadedFile("the receipt.exe", content, content_type="text/html")
        path = f"{DISPUTES}{dispute.public_id}/files/"
        return Client().post(path, {"paper": paper, "file": file}, headers={**bearer(user), **headers})

    def test_is_kept_given_back_and_taken_out(self, dispute: Dispute, finance: User) -> None:
        made = self.upload(dispute, finance)
        assert (made.status_code, made.json()) == (
            201,
            {"paper": "receipt", "name": "the receipt.pdf", "size": len(PDF)},
        )
        path = f"{DISPUTES}{dispute.public_id}/files/receipt/"
        given = get(path, finance)
        assert given.content == PDF
        assert given.headers["Content-Disposition"] == 'attachment; filename="the receipt.pdf"'
        assert given.headers["Content-Type"] == "application/pdf"
        assert given.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in given.headers["Content-Security-Policy"]
        assert Client().delete(path, headers=bearer(finance)).status_code == 204
        assert not EvidenceFile.objects.exists()
        assert Client().delete(path, headers=bearer(finance)).status_code == 404
        assert get(path, finance).status_code == 404

    def test_a_key_keeps_it_once_and_another_file_is_another_request(self, dispute: Dispute, finance: User) -> None:
        first, again = (self.upload(dispute, finance, Idempotency_Key="key-1") for _ in range(2))
        assert (first.json(), again.headers["Idempotent-Replayed"]) == (again.json(), "true")
        assert self.upload(dispute, finance, PNG, Idempotency_Key="key-1").status_code == 422

    @pytest.mark.parametrize(
        "content",
        [b"", b"MZ disguised", PDF.replace(b"/Catalog", b"/Catalog /OpenAction 2 0 R"), PDF + b" " * 4_500_000],
    )
    def test_what_is_no_paper_is_refused(self, dispute: Dispute, finance: User, content: bytes) -> None:
        before = everything()
        refused = self.upload(dispute, finance, content)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "file_refused")
        assert everything() == before

    def test_a_form_beyond_all_measure_is_not_read(self, dispute: Dispute, finance: User) -> None:
        refused = self.upload(dispute, finance, b" " * LARGEST_FORM)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (413, "body_too_large")

    def test_what_is_no_form_is_refused(self, dispute: Dispute, finance: User) -> None:
        path = f"{DISPUTES}{dispute.public_id}/files/"
        headers = bearer(finance)
        answers = [
            Client().post(path, {}, content_type="application/json", headers=headers),
            Client().post(path, b"--x\r\nbroken", content_type="multipart/form-data; boundary=y", headers=headers),
            Client().post(path, b"", content_type="multipart/form-data", headers=headers),
            Client().post(path, {"paper": "receipt", "file": "no file"}, headers=headers),
            self.upload(dispute, finance, paper="poem"),
            self.upload(dispute, finance, paper="receipt\x00"),
        ]
        assert [answer.status_code for answer in answers] == [415, 400, 400, 400, 400, 400]
        assert not EvidenceFile.objects.exists()

    @pytest.mark.parametrize(("role", "status"), [(Role.SUPPORT, 201), (Role.AUDITOR, 403), (Role.SELLER, 403)])
    def test_by_role(self, dispute: Dispute, role: Role, status: int) -> None:
        assert self.upload(dispute, make_user(role)).status_code == status

    @pytest.mark.parametrize("role", [Role.SELLER, Role.BUYER])
    def test_are_not_strangers_business(self, world: World, dispute: Dispute, role: Role) -> None:
        keep(dispute, world)
        path = f"{DISPUTES}{dispute.public_id}/files/receipt/"
        stranger = make_user(role)
        assert get(path, stranger).status_code in (403, 404)
        assert Client().delete(path, headers=bearer(stranger)).status_code in (403, 404)
        assert Client().get(path).status_code == 401
        assert EvidenceFile.objects.count() == 1
