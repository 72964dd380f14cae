"""The door to operations' figures: what happened in the last 24 hours, what waits, and how deep the queues are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts.permissions import Allowed, require_everyone
from config.kernel import clock
from config.ops import queues
from config.ops.counting import capped
from config.outbox.models import OutboxJob

VIEW = "inbox.view"
CAP = 10_000


class QueueOutput(serializers.Serializer):
    queue = serializers.CharField(help_text="`inbox`, `outbox`, …")
    lane = serializers.CharField(help_text="of the outbox; empty elsewhere")
    due = serializers.IntegerField(help_text="rows that wait for a worker, 10,000 at most")
    oldest_due_age_s = serializers.FloatField(help_text="how long the first of them has waited; 0 without any")
    dead = serializers.IntegerField(help_text="of the whole queue: rows that were given up, 10,000 at most")


class MetricsOutput(serializers.Serializer):
    at = serializers.DateTimeField()
    queues = QueueOutput(many=True)
    failed_emails = serializers.IntegerField(help_text="letters that were given up, 10,000 at most")
    figures = serializers.DictField(
        help_text="by name: `orders_24h` (placed, and paid by currency), `pending_payouts` (by state and"
        " currency), `tickets_in_escrow`"
    )


class MetricsView(APIView):
    """Figures of operations, for staff."""

    permission_classes = (Allowed(VIEW),)

    @extend_schema(responses=MetricsOutput, operation_id="ops_metrics")
    def get(self, request: Request) -> Response:
        """What a dashboard of one's own shows. Everything is read from an index, whatever the history."""
        require_everyone(request, VIEW)
        return Response(figures(at=clock.now()))


def figures(*, at: datetime) -> dict[str, Any]:
    """The platform's own figures, and those of the apps above it, which routes.py names."""
    dead = queues.stuck().dead
    return {
        "at": at,
        "queues": [
            {
                "queue": depth.queue,
                "lane": depth.lane,
                "due": depth.due,
                "oldest_due_age_s": depth.age(at).total_seconds(),
                "dead": dead.get(depth.queue, 0),
            }
            for depth in queues.depths(at=at)
        ],
        "failed_emails": capped(OutboxJob.objects.filter(state="dead", lane="mail"), cap=CAP),
        "figures": {name: import_string(path)(at) for name, path in settings.OPS_FIGURES.items()},
    }
