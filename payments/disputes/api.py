"""The doors to disputes: staff look at all, keep evidence, hand it in, or concede."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from config.accounts.permissions import Allowed, actor_of, require_everyone
from config.idempotency.doors import claim_of, idempotent
from config.kernel import clock
from config.kernel.errors import NotFound
from config.ops.context import bind
from config.ops.parsers import BoundedMultiPartParser
from config.papers import papers
from payments.disputes.giving import file_response
from payments.disputes.models import Dispute, EvidenceFile
from payments.disputes.serializers import (
    AnswerInput,
    AnswerOutput,
    DisputeOutput,
    DisputeQuery,
    EvidenceFileOutput,
    EvidenceInput,
    FileInput,
    dispute_json,
    dispute_rows,
    file_json,
)
from payments.disputes.services.answer import outcome_of, submit_evidence
from payments.disputes.services.concede import concede, refuse_concession
from payments.disputes.services.evidence import add_file, remove_file, write_evidence
from payments.disputes.states import ANSWERABLE
from payments.gateways.dispute_views import EvidencePaper


def _find(request: Request, dispute_id: str, *, code: str) -> Dispute:
    require_everyone(request, code)
    dispute = dispute_rows().filter(public_id=dispute_id).first()
    if dispute is None:
        raise NotFound("there is no such dispute")
    return dispute


class DisputesView(GenericAPIView):
    """Disputes, newest first."""

    permission_classes = (Allowed("disputes.view"),)
    serializer_class = DisputeOutput
    filter_backends = ()
    queryset = Dispute.objects.none()

    @extend_schema(parameters=[DisputeQuery], responses=DisputeOutput(many=True), operation_id="disputes_list")
    def get(self, request: Request) -> Response:
        """All of them, or those in one state, of one order, or that wait for an answer."""
        asked = DisputeQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        require_everyone(request, "disputes.view")
        rows = dispute_rows()
        if status := asked.validated_data.get("status"):
            rows = rows.filter(status=status)
        if order := asked.validated_data.get("order"):
            rows = rows.filter(payment__order__public_id=order)
        if (waits := asked.validated_data["needs_answer"]) is not None:
            waiting = Q(status__in=ANSWERABLE, is_submitted=False)
            rows = rows.filter(waiting if waits else ~waiting)
        if due := asked.validated_data.get("due_before"):
            rows = rows.filter(evidence_due_at__lt=due)
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response([dispute_json(dispute) for dispute in page])


class DisputeView(GenericAPIView):
    """One dispute."""

    permission_classes = (Allowed("disputes.view"),)
    serializer_class = DisputeOutput
    queryset = Dispute.objects.none()

    @extend_schema(responses=DisputeOutput, operation_id="disputes_retrieve")
    def get(self, request: Request, dispute_id: str) -> Response:
        """Where it stands, what it took, and what we say to it."""
        return Response(dispute_json(_find(request, dispute_id, code="disputes.view")))


class EvidenceView(GenericAPIView):
    """The draft of what we say."""

    permission_classes = (Allowed("disputes.answer"),)
    serializer_class = DisputeOutput
    queryset = Dispute.objects.none()

    @extend_schema(request=EvidenceInput, responses=DisputeOutput, operation_id="disputes_evidence")
    @idempotent(required=False)
    def post(self, request: Request, dispute_id: str) -> Response:
        """Keeps these words instead of those that were there. Nothing goes to the gateway."""
        given = EvidenceInput(data=request.data)
        given.is_valid(raise_exception=True)
        dispute = _find(request, dispute_id, code="disputes.answer")
        texts = given.validated_data["texts"]
        write_evidence(dispute_pk=dispute.pk, texts=texts, actor=actor_of(request), at=clock.now())
        return Response(dispute_json(dispute_rows().get(pk=dispute.pk)))


class FilesView(GenericAPIView):
    """The papers of the draft."""

    permission_classes = (Allowed("disputes.answer"),)
    parser_classes = (BoundedMultiPartParser,)
    serializer_class = EvidenceFileOutput
    queryset = EvidenceFile.objects.none()

    @extend_schema(request=FileInput, responses={201: EvidenceFileOutput}, operation_id="disputes_files_create")
    @idempotent(required=False)
    def post(self, request: Request, dispute_id: str) -> Response:
        """Keeps a paper instead of the one of its kind that was there. Nothing goes to the gateway."""
        given = FileInput(data=request.data)
        given.is_valid(raise_exception=True)
        dispute = _find(request, dispute_id, code="disputes.answer")
        upload = given.validated_data["file"]
        file = add_file(
            dispute_pk=dispute.pk,
            paper=EvidencePaper(given.validated_data["paper"]),
            name=upload.name,
            content=upload.read(papers.LARGEST + 1),
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(file_json(file), status=201)


class FileView(GenericAPIView):
    """One paper."""

    permission_classes = (Allowed(read="disputes.view", write="disputes.answer"),)
    serializer_class = EvidenceFileOutput
    queryset = EvidenceFile.objects.none()

    @extend_schema(responses={200: OpenApiTypes.BINARY}, operation_id="disputes_files_retrieve")
    def get(self, request: Request, dispute_id: str, paper: str) -> HttpResponse:
        """Its content, to be saved."""
        dispute = _find(request, dispute_id, code="disputes.view")
        file = EvidenceFile.objects.filter(dispute=dispute, paper=paper).first()
        if file is None:
            raise NotFound("there is no such paper")
        return file_response(file)

    @extend_schema(responses={204: None}, operation_id="disputes_files_destroy")
    def delete(self, request: Request, dispute_id: str, paper: str) -> Response:
        """Takes it out of the draft."""
        dispute = _find(request, dispute_id, code="disputes.answer")
        if paper not in {each.value for each in EvidencePaper}:
            raise NotFound("there is no such paper")
        remove_file(dispute_pk=dispute.pk, paper=EvidencePaper(paper), actor=actor_of(request), at=clock.now())
        return Response(status=204)


def _answer(request: Request, dispute_id: str, *, code: str, act: Callable[..., str]) -> Response:
    given = AnswerInput(data=request.data)
    given.is_valid(raise_exception=True)
    dispute = _find(request, dispute_id, code=code)
    bind(dispute_id=dispute_id)
    claim = claim_of(request)
    if claim is not None and claim.intent_id:
        # An earlier run gave this answer and died before it could say what became of it.
        outcome = outcome_of(claim.intent_id)
    else:
        outcome = act(
            dispute_pk=dispute.pk,
            actor=actor_of(request),
            reason=given.validated_data["reason"],
            at=clock.now(),
            claim=claim,
        )
    return Response({"outcome": outcome, "dispute": dispute_json(dispute_rows().get(pk=dispute.pk))})


class SubmitView(GenericAPIView):
    """The evidence goes to the bank."""

    permission_classes = (Allowed("disputes.answer"),)
    serializer_class = AnswerOutput
    queryset = Dispute.objects.none()

    @extend_schema(request=AnswerInput, responses=AnswerOutput, operation_id="disputes_submit")
    @idempotent(required=True)
    def post(self, request: Request, dispute_id: str) -> Response:
        """Once, with all files that are kept; nothing can be added after."""
        return _answer(request, dispute_id, code="disputes.answer", act=submit_evidence)


class AcceptView(GenericAPIView):
    """The dispute is conceded."""

    permission_classes = (Allowed("disputes.accept"),)
    serializer_class = AnswerOutput
    queryset = Dispute.objects.none()

    @extend_schema(request=AnswerInput, responses=AnswerOutput, operation_id="disputes_accept")
    @idempotent(required=True)
    def post(self, request: Request, dispute_id: str) -> Response:
        """For good: the money is lost. Above the threshold the first person asks, and another one concedes."""
        return _answer(request, dispute_id, code="disputes.accept", act=concede)


class KeepView(GenericAPIView):
    """A concession that somebody asked for."""

    permission_classes = (Allowed("disputes.accept"),)
    serializer_class = DisputeOutput
    queryset = Dispute.objects.none()

    @extend_schema(request=AnswerInput, responses=DisputeOutput, operation_id="disputes_keep")
    @idempotent(required=False)
    def post(self, request: Request, dispute_id: str) -> Response:
        """It is not conceded: another person says no, or who asked takes it back. Told twice it stays as it is."""
        given = AnswerInput(data=request.data)
        given.is_valid(raise_exception=True)
        dispute = _find(request, dispute_id, code="disputes.accept")
        reason = given.validated_data["reason"]
        refuse_concession(dispute_pk=dispute.pk, actor=actor_of(request), reason=reason, at=clock.now())
        return Response(dispute_json(dispute_rows().get(pk=dispute.pk)))
