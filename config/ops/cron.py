"""The doors of hosts without a beat: they run one sweep and say how many rows had their turn."""

from __future__ import annotations

from django.conf import settings
from django.utils.crypto import constant_time_compare
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts.permissions import AllowAnyone
from config.celery import app
from config.kernel.errors import Forbidden, NotFound

HEADER = "X-CRON-SECRET"


class WrongSecret(Forbidden):
    """The X-CRON-SECRET header is missing or wrong."""

    code = "wrong_cron_secret"


class CronOutput(serializers.Serializer):
    done = serializers.IntegerField(help_text="rows that had their turn")


class CronView(APIView):
    """Runs the door's sweeps now, one after another. Needs `X-CRON-SECRET`; no secret configured, no door."""

    authentication_classes = ()
    permission_classes = (AllowAnyone,)

    @extend_schema(request=None, responses={200: CronOutput}, operation_id="cron")
    def post(self, request: Request, door: str) -> Response:
        tasks = settings.CRON_DOORS.get(door)
        if tasks is None or not settings.CRON_SECRET:
            raise NotFound("there is no such door")
        given = request.headers.get(HEADER, "")
        if not constant_time_compare(given.encode(errors="surrogateescape"), settings.CRON_SECRET.encode()):
            raise WrongSecret
        # Workers import the apps' tasks when they start; a web process has not heard of any until somebody asks.
        app.loader.import_default_modules()
        return Response({"done": sum(app.tasks[task]() for task in tasks)})
