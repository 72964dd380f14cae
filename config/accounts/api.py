"""The doors to accounts: register, log in, refresh, log out."""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts import services, tokens
from config.accounts.backends import MAX_PASSWORD_LENGTH
from config.accounts.credentials import Unauthenticated
from config.accounts.models import User
from config.accounts.permissions import AllowAnyone
from config.idempotency.doors import Secrets, claim_of, idempotent
from config.idempotency.services import remember_intent
from config.kernel.clock import now
from config.ops.openapi import ErrorAnswer


class RegisterInput(serializers.Serializer):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=MAX_PASSWORD_LENGTH, trim_whitespace=False, write_only=True)
    name = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    account_type = serializers.ChoiceField(
        choices=["buyer", "seller"], default="buyer", help_text="other roles are given by an administrator"
    )
    referral_code = serializers.CharField(
        max_length=40,
        default="",
        allow_blank=True,
        help_text="of the scout who brought them; or `?ref=`",
    )


class LoginInput(serializers.Serializer):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=MAX_PASSWORD_LENGTH, trim_whitespace=False, write_only=True)


class RefreshInput(serializers.Serializer):
    refresh = serializers.CharField(max_length=2048)


class TokenPairOutput(serializers.Serializer):
    access = serializers.CharField(help_text="sent as `Authorization: Bearer …`; lives for minutes")
    refresh = serializers.CharField(help_text="good for one refresh")


def _pair(pair: tokens.TokenPair) -> dict[str, str]:
    return {"access": pair.access, "refresh": pair.refresh}


def _issue_again(request: Request, body: dict[str, str], intent_id: str) -> dict[str, str]:
    """The same e-mail and password under the same key have just been shown: a fresh pair is theirs."""
    del request
    return {**body, **_pair(tokens.issue(user=_registered(intent_id)))}


def _registered(public_id: str) -> User:
    user = User.objects.filter(public_id=public_id, is_active=True).first()
    if user is None:
        raise WrongCredentials
    return user


class WrongCredentials(Unauthenticated):
    """E-mail or password is wrong."""

    code = "wrong_credentials"


class _OpenView(APIView):
    """Open to strangers. A stale token in the header must not keep anybody from getting a fresh one."""

    authentication_classes = ()
    permission_classes = (AllowAnyone,)
    throttle_scope = "auth"


class RegisterView(_OpenView):
    @extend_schema(request=RegisterInput, responses={201: TokenPairOutput}, operation_id="auth_register")
    @idempotent(required=False, secrets=Secrets(paths=("access", "refresh"), rederive=_issue_again))
    def post(self, request: Request) -> Response:
        """Opens an account and signs it in."""
        given = RegisterInput(data=request.data)
        given.is_valid(raise_exception=True)
        claim, link = claim_of(request), request.query_params.get("ref", "")[:40]
        if claim is not None and claim.intent_id:
            return Response(_pair(tokens.issue(user=_registered(claim.intent_id))), status=201)
        with transaction.atomic():
            user = services.register(
                email=given.validated_data["email"],
                password=given.validated_data["password"],
                name=given.validated_data["name"],
                as_seller=given.validated_data["account_type"] == "seller",
                referral_code=given.validated_data["referral_code"] or link,
                by_link=bool(link) and not given.validated_data["referral_code"],
                at=now(),
            )
            remember_intent(claim=claim, intent_id=user.public_id)
        return Response(_pair(tokens.issue(user=user)), status=201)


class TokenView(_OpenView):
    @extend_schema(request=LoginInput, responses={200: TokenPairOutput, 401: ErrorAnswer}, operation_id="auth_token")
    def post(self, request: Request) -> Response:
        """Logs in with e-mail and password."""
        given = LoginInput(data=request.data)
        given.is_valid(raise_exception=True)
        user = authenticate(request, username=given.validated_data["email"], password=given.validated_data["password"])
        if not isinstance(user, User):
            raise WrongCredentials
        return Response(_pair(tokens.issue(user=user)))


class RefreshView(_OpenView):
    @extend_schema(
        request=RefreshInput, responses={200: TokenPairOutput, 401: ErrorAnswer}, operation_id="auth_token_refresh"
    )
    def post(self, request: Request) -> Response:
        """Exchanges a refresh token for a new pair; the old one is used up."""
        given = RefreshInput(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(_pair(tokens.rotate(raw=given.validated_data["refresh"])))


class LogoutView(_OpenView):
    @extend_schema(request=RefreshInput, responses={204: None, 401: ErrorAnswer}, operation_id="auth_logout")
    def post(self, request: Request) -> Response:
        """Ends a refresh token. The access token runs out by itself within minutes."""
        given = RefreshInput(data=request.data)
        given.is_valid(raise_exception=True)
        tokens.revoke(raw=given.validated_data["refresh"])
        return Response(status=204)
