"""Disputes at Stripe: what is sent to read, answer and concede them, and answers that come at awkward moments."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes

import pytest

from payments.gateways.contract import Answer, Outcome
from payments.gateways.dispute_views import DisputeState, Evidence, EvidenceFile, EvidencePaper, EvidenceText
from payments.gateways.failures import GatewayMisconfigured, GatewayUnreachable
from payments.gateways.stripe.adapter import StripeGateway
from payments.gateways.stripe.client import connect
from payments.gateways.stripe.disputes import PAPERS, TEXTS
from payments.gateways.stripe.tests import shapes
from payments.gateways.stripe.tests.scripted import Scripted, error, scripted
from payments.gateways.tests.scripted import Reply

AT = datetime(2026, 9, 21, 14, 0, tzinfo=UTC)
TEXT_ONLY = Evidence(texts={EvidenceText.EXPLANATION: "It arrived.", EvidenceText.SHIPPING_TRACKING: "1Z9"})
RECEIPT = EvidenceFile(EvidencePaper.RECEIPT, "receipt.pdf", "application/pdf", b"%PDF-1.7 of ours")
WITH_FILE = Evidence(texts={EvidenceText.EXPLANATION: "It arrived."}, files=(RECEIPT,))
STORED = Reply(body={"id": "file_one", "object": "file", "purpose": "dispute_evidence"})
REVIEWED = {"due_by": None, "has_evidence": True, "past_due": False, "submission_count": 1}
SUBMITTED = Reply(body=shapes.dispute(status="under_review", evidence_details=REVIEWED))
LOST = Reply(body=shapes.dispute(status="lost"))
TOO_LATE = error(400, message="This dispute is already closed")


def adapter(script: Scripted) -> StripeGateway:
    return StripeGateway(script.connection)


def submit(script: Scripted, evidence: Evidence = TEXT_ONLY, *, really: bool = True) -> Answer:
    return adapter(script).submit_evidence(key="call_one", dispute_id="dp_one", evidence=evidence, submit=really)


def paths(script: Scripted) -> list[str]:
    return [f"{request.method} {request.path}" for request in script.seen]


class TestReading:
    def test_one_by_its_id(self) -> None:
        with scripted(Reply(body=shapes.dispute())) as script:
            view = adapter(script).get_dispute(dispute_id="dp_one")
        assert view is not None
        assert view.dispute_id == "dp_one"
        assert paths(script) == ["GET /v1/disputes/dp_one"]

    def test_one_that_is_not_there(self) -> None:
        with scripted(error(404, "resource_missing")) as script:
            assert adapter(script).get_dispute(dispute_id="dp_none") is None

    def test_without_an_answer_it_says_so(self) -> None:
        with scripted(error(500)) as script, pytest.raises(GatewayUnreachable):
            adapter(script).get_dispute(dispute_id="dp_one")

    def test_all_since_an_instant_page_by_page(self) -> None:
        first = Reply(body=shapes.page(shapes.dispute(), has_more=True))
        second = Reply(body=shapes.page(shapes.dispute(id="dp_zero")))
        with scripted(first, second) as script:
            found = [view.dispute_id for view in adapter(script).list_disputes(since=AT)]
        assert found == ["dp_one", "dp_zero"]
        assert script.seen[0].query["created[gte]"] == str(int(AT.timestamp()))
        assert script.seen[1].query["starting_after"] == "dp_one"


class TestSubmitEvidence:
    def test_says_everything_in_its_place_under_the_calls_key(self) -> None:
        with scripted(SUBMITTED) as script:
            answer = submit(script)
        assert answer.outcome is Outcome.SUCCEEDED
        assert answer.dispute is not None
        assert (answer.dispute.state, answer.dispute.is_submitted) == (DisputeState.UNDER_REVIEW, True)
        [request] = script.seen
        assert request.path == "/v1/disputes/dp_one"
        assert request.headers["idempotency-key"] == "call_one"
        assert request.form == {
            "evidence[uncategorized_text]": "It arrived.",
            "evidence[shipping_tracking_number]": "1Z9",
            "submit": "true",
        }

    def test_a_draft_says_that_it_is_one(self) -> None:
        """Left out, it would be submitted: that is Stripe's default."""
        with scripted(Reply(body=shapes.dispute())) as script:
            assert submit(script, really=False).outcome is Outcome.SUCCEEDED
        assert script.seen[0].form["submit"] == "false"

    def test_files_are_uploaded_before_under_keys_of_their_own(self) -> None:
        with scripted(STORED, SUBMITTED) as script:
            assert submit(script, WITH_FILE).outcome is Outcome.SUCCEEDED
        upload, update = script.seen
        assert (upload.path, upload.headers["idempotency-key"]) == ("/v1/files", "call_one-receipt")
        assert upload.headers["content-type"].startswith("multipart/form-data")
        assert update.form["evidence[receipt]"] == "file_one"
        head = f"Content-Type: {upload.headers['content-type']}\r\n\r\n".encode()
        parts = {
            part.get_param("name", header="content-disposition"): part
            for part in message_from_bytes(head + upload.raw).get_payload()
        }
        assert parts["purpose"].get_payload(decode=True) == b"dispute_evidence"
        assert parts["file"].get_filename() == "receipt.pdf"
        assert parts["file"].get_payload(decode=True) == RECEIPT.content

    @pytest.mark.parametrize("reply", [error(500), Reply(hang_up=True), Reply(body={"object": "file"})])
    def test_an_upload_that_may_have_failed_hands_nothing_in(self, reply: Reply) -> None:
        with scripted(reply) as script:
            assert submit(script, WITH_FILE).outcome is Outcome.NOT_EXECUTED
        assert {request.path for request in script.seen} == {"/v1/files"}

    def test_a_file_that_is_refused_is_declined(self) -> None:
        with scripted(error(400, "file_too_large", param="file")) as script:
            answer = submit(script, WITH_FILE)
        assert answer.outcome is Outcome.DECLINED
        assert answer.failure is not None
        assert answer.failure.code == "file_too_large"
        assert paths(script) == ["POST /v1/files"]

    def test_too_late_is_told_with_the_dispute_as_it_stands(self) -> None:
        with scripted(TOO_LATE, LOST) as script:
            answer = submit(script)
        assert answer.outcome is Outcome.DECLINED
        assert answer.dispute is not None
        assert answer.dispute.state is DisputeState.LOST
        assert paths(script) == ["POST /v1/disputes/dp_one", "GET /v1/disputes/dp_one"]

    def test_a_look_that_fails_leaves_the_refusal(self) -> None:
        with scripted(TOO_LATE, error(500)) as script:
            answer = submit(script)
        assert (answer.outcome, answer.dispute) == (Outcome.DECLINED, None)

    def test_one_that_is_not_there_is_not_looked_for(self) -> None:
        with scripted(error(404, "resource_missing")) as script:
            assert submit(script).outcome is Outcome.DECLINED
        assert len(script.seen) == 1

    def test_a_lost_answer_is_unknown(self) -> None:
        with scripted(Reply(hang_up=True)) as script:
            assert submit(script).outcome is Outcome.UNKNOWN

    def test_wrong_credentials_are_told(self) -> None:
        with scripted(error(401)) as script, pytest.raises(GatewayMisconfigured):
            submit(script)

    def test_every_word_of_ours_has_a_place_of_its_own(self) -> None:
        places = [*(TEXTS[each] for each in EvidenceText), *(PAPERS[each] for each in EvidencePaper)]
        assert len(set(places)) == len(places)


class TestAcceptDispute:
    def accept(self, script: Scripted) -> Answer:
        return adapter(script).accept_dispute(key="call_two", dispute_id="dp_one")

    def test_closes_it_under_the_calls_key(self) -> None:
        with scripted(LOST) as script:
            answer = self.accept(script)
        assert answer.outcome is Outcome.SUCCEEDED
        assert paths(script) == ["POST /v1/disputes/dp_one/close"]
        assert script.seen[0].headers["idempotency-key"] == "call_two"

    def test_what_was_lost_before_is_conceded_too(self) -> None:
        with scripted(TOO_LATE, LOST) as script:
            answer = self.accept(script)
        assert (answer.outcome, answer.failure) == (Outcome.SUCCEEDED, None)

    def test_what_was_won_meanwhile_is_not(self) -> None:
        with scripted(TOO_LATE, Reply(body=shapes.dispute(status="won"))) as script:
            answer = self.accept(script)
        assert answer.outcome is Outcome.DECLINED
        assert answer.dispute is not None
        assert answer.dispute.state is DisputeState.WON

    def test_an_answer_that_is_not_lost_is_asked_about(self) -> None:
        with scripted(Reply(body=shapes.dispute())) as script:
            assert self.accept(script).outcome is Outcome.UNKNOWN

    def test_a_lost_answer_is_unknown(self) -> None:
        with scripted(Reply(hang_up=True)) as script:
            assert self.accept(script).outcome is Outcome.UNKNOWN


class TestWhereFilesGo:
    def test_stripe_itself_takes_them_at_its_own_host(self) -> None:
        client = connect(secret_key="sk_test_0000000000000000", api_base="https://api.stripe.com/").client
        assert client._requestor._options.base_addresses["files"] == "https://files.stripe.com"

    def test_whoever_stands_in_for_it_takes_them_too(self) -> None:
        client = connect(secret_key="sk_test_0000000000000000", api_base="http://127.0.0.1:1/stripe").client
        assert client._requestor._options.base_addresses["files"] == "http://127.0.0.1:1/stripe"
