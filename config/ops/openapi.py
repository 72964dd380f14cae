"""Describes views for the API schema: our credentials, our errors, the header of idempotency."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter
from drf_standardized_errors.openapi import AutoSchema as StandardAutoSchema
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS

from config.accounts.permissions import ANYONE, AllowAnyone, CodePermission
from config.idempotency.doors import ANONYMOUS_KEY_LENGTH, HEADER

# Answers that only requests which change something get.
_ON_CHANGE = frozenset({"409", "413", "415", "422"})


class OneError(serializers.Serializer):
    code = serializers.CharField(help_text="stable; programs decide by it")
    detail = serializers.CharField(help_text="for people; may change")
    attr = serializers.CharField(allow_null=True, help_text="the field or header that it is about")


class ErrorAnswer(serializers.Serializer):
    """Every error of this API."""

    type = serializers.ChoiceField(choices=["validation_error", "client_error", "server_error"])
    errors = OneError(many=True)  # type: ignore[assignment]  # the stubs know only the attribute of that name
    request_id = serializers.CharField(allow_blank=True, help_text="the X-Request-ID of the answer")


class CredentialScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "config.accounts.authentication.CredentialAuthentication"
    name = ["bearer", "apiKey"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        """Either of them will do."""
        del auto_schema
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        del auto_schema
        return [
            {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Api-Key` and the key"},
        ]


class AutoSchema(StandardAutoSchema):
    """One error shape for all; what a view says of permission and idempotency is read from the view."""

    def get_auth(self) -> list[dict[str, Any]]:
        auth: list[dict[str, Any]] = super().get_auth()
        for permission in self.view.get_permissions():
            if isinstance(permission, CodePermission):
                if permission.takes_order_token:
                    auth.append({"orderToken": []})
                if permission.code_for(self.method) == ANYONE:
                    auth.append({})
            elif isinstance(permission, AllowAnyone) and auth:
                auth.append({})
        return auth

    def get_override_parameters(self) -> list[Any]:
        declared: list[Any] = super().get_override_parameters()
        terms = getattr(getattr(self.view, (self.method or "").lower(), None), "idempotency", None) or getattr(
            getattr(self.view, getattr(self.view, "action", None) or "", None), "idempotency", None
        )
        if terms is None:
            return declared
        explained = (
            "Makes a retry safe: sent again with the same body it gets the same answer. "
            f"{ANONYMOUS_KEY_LENGTH} characters or more without signing in."
        )
        header = OpenApiParameter(
            HEADER,
            {"type": "string", "minLength": 1, "maxLength": 255},
            OpenApiParameter.HEADER,
            required=terms.required,
            description=explained,
        )
        return [*declared, header]

    def _should_add_error_response(self, responses: dict[str, Any], status_code: str) -> bool:
        if status_code in _ON_CHANGE and self.method in SAFE_METHODS:
            return False
        return bool(super()._should_add_error_response(responses, status_code))

    def _should_add_validation_error_response(self) -> bool:
        # Not only a body can be wrong: so can a path, a filter, a cursor, an idempotency key.
        return True

    def _get_error_response_examples(self) -> list[Any]:
        return []
