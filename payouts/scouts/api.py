"""The doors to scouts: oneself, what one earned, and who earned most."""

from __future__ import annotations

from typing import cast

from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts.models import User
from config.accounts.permissions import Allowed
from config.idempotency.doors import idempotent
from config.kernel import clock
from config.kernel.errors import NotFound
from payouts.scouts.models import Bounty, Scout
from payouts.scouts.queries import leaders
from payouts.scouts.serializers import (
    BountyOutput,
    LeaderboardInput,
    LeaderboardOutput,
    NameInput,
    ScoutOutput,
    bounty_json,
    leader_json,
    month,
    scout_json,
)
from payouts.scouts.services.enrol import enrol, rename


def _own(request: Request) -> Scout:
    found = Scout.objects.select_related("payee__user").filter(user=cast("User", request.user)).first()
    if found is None:
        raise NotFound("you have no code yet: ask for one with POST")
    return found


class MeView(APIView):
    """A scout's own code, link, recruits and balances. What they earned is withdrawn like any payee's money, by
    `POST /api/v1/payouts/requests/`."""

    permission_classes = (Allowed("scouts.use"),)

    @extend_schema(responses=ScoutOutput, operation_id="scouts_me")
    def get(self, request: Request) -> Response:
        return Response(scout_json(_own(request), at=clock.now()))

    @extend_schema(request=None, responses={201: ScoutOutput}, operation_id="scouts_enrol")
    @idempotent(required=True)
    def post(self, request: Request) -> Response:
        """Gets a code of one's own, once: for whom an administrator gave the role."""
        person, at = cast("User", request.user), clock.now()
        enrol(user=person, actor=person.actor, at=at)
        return Response(scout_json(_own(request), at=at), status=201)

    @extend_schema(request=NameInput, responses=ScoutOutput, operation_id="scouts_rename")
    def patch(self, request: Request) -> Response:
        """What the leaderboard calls one."""
        given = NameInput(data=request.data)
        given.is_valid(raise_exception=True)
        person, at = cast("User", request.user), clock.now()
        rename(scout=_own(request), display_name=given.validated_data["display_name"], actor=person.actor, at=at)
        return Response(scout_json(_own(request), at=at))


class BountiesView(GenericAPIView):
    """What one earned as a scout."""

    permission_classes = (Allowed("scouts.use"),)
    serializer_class = BountyOutput
    filter_backends = ()
    queryset = Bounty.objects.none()

    @extend_schema(responses=BountyOutput(many=True), operation_id="scouts_bounties")
    def get(self, request: Request) -> Response:
        """Newest first."""
        page = self.paginate_queryset(Bounty.objects.filter(scout=_own(request))) or []
        return self.get_paginated_response([bounty_json(bounty) for bounty in page])


class LeaderboardView(APIView):
    """Who earned most in a month and currency: twenty at most, by the names that they chose."""

    permission_classes = (Allowed("scouts.view"),)

    @extend_schema(parameters=[LeaderboardInput], responses=LeaderboardOutput, operation_id="scouts_leaderboard")
    def get(self, request: Request) -> Response:
        given = LeaderboardInput(data=request.query_params)
        given.is_valid(raise_exception=True)
        period = given.validated_data.get("period") or f"{clock.now():%Y-%m}"
        currency = given.validated_data["currency"]
        since, until = month(period)
        found = [leader_json(each, currency) for each in leaders(currency=currency, since=since, until=until)]
        return Response({"period": period, "currency": currency, "leaders": found})
