"""The door to statements: a payee's own, anybody's for staff."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import cast

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from config.accounts.models import User
from config.accounts.permissions import Allowed, permits_everyone
from config.kernel.errors import NotFound
from config.kernel.money import EXPONENTS
from payouts.payees.models import Payee
from payouts.payees.queries import own_payees
from payouts.statements.paper import paper_lines
from payouts.statements.pdf import pdf
from payouts.statements.queries import Heading, Period, heading, rows, why_no_period
from payouts.statements.sheet import csv_lines

VIEW = "payouts.view"
FORMATS = {"csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}


class StatementQuery(serializers.Serializer):
    """Whole days in UTC, both included."""

    currency = serializers.ChoiceField(choices=sorted(EXPONENTS))
    to = serializers.DateField()
    format = serializers.ChoiceField(choices=list(FORMATS), default="csv")

    def get_fields(self) -> dict[str, serializers.Field]:
        # `from` is a word of Python, and cannot be the name of an attribute.
        return {**super().get_fields(), "from": serializers.DateField()}

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        if why := why_no_period(cast("date", attrs["from"]), cast("date", attrs["to"])):
            raise serializers.ValidationError({"to": why}, code="wrong_period")
        return attrs


class StatementView(APIView):
    """A statement of one payee, currency and period."""

    permission_classes = (Allowed(VIEW),)

    @extend_schema(
        parameters=[StatementQuery],
        responses={(200, media): OpenApiTypes.BINARY for media in ("text/csv", "application/pdf")},
        operation_id="payee_statement",
    )
    def get(self, request: Request, payee_id: str) -> StreamingHttpResponse:
        """The opening balance, every line of the ledger with what it was, and the closing balance."""
        asked = StatementQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        known = Payee.objects.all() if permits_everyone(request, VIEW) else own_payees(cast("User", request.user))
        payee = known.filter(public_id=payee_id).first()
        if payee is None:
            raise NotFound("there is no such payee")
        given = asked.validated_data
        head = heading(payee, given["currency"], Period(given["from"], given["to"]))
        chosen = given["format"]
        answer = StreamingHttpResponse(written(payee, head, chosen), content_type=FORMATS[chosen])
        answer["Content-Disposition"] = f'attachment; filename="{file_name(head, chosen)}"'
        return answer


def written(payee: Payee, head: Heading, chosen: str) -> Iterator[bytes]:
    """The file, piece by piece."""
    found = rows(payee, head)
    if chosen == "pdf":
        return pdf(paper_lines(head, found))
    return (line.encode() for line in csv_lines(head, found))


def file_name(head: Heading, chosen: str) -> str:
    """What the browser calls the file."""
    return f"statement-{head.payee_id}-{head.currency}-{head.period.first}-{head.period.last}.{chosen}"
