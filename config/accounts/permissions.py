"""Says at each API view who may pass; a view that says nothing lets nobody in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from rest_framework.permissions import SAFE_METHODS, BasePermission, SingleOperandHolder
from rest_framework.request import Request

from config.accounts.credentials import order_token
from config.accounts.models import ApiKey, User
from config.accounts.roles import CODES, may, may_for_everyone
from config.kernel.errors import NotFound

if TYPE_CHECKING:
    # These classes are loaded while REST framework's views are, because its settings name them.
    from rest_framework.views import APIView

__all__ = [
    "ANYONE", "AllowAnyone", "Allowed", "DenyAll", "actor_of", "may", "may_for_everyone", "permits",
    "permits_everyone", "require_everyone",
]  # fmt: skip

ANYONE: Final = "anyone"


class DenyAll(BasePermission):
    """The default: a view must say who may."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        del request, view
        return False


class AllowAnyone(BasePermission):
    """Open to everybody, signed in or not."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        del request, view
        return True


class CodePermission(BasePermission):
    """What `Allowed` stands for while a request is looked at."""

    def __init__(self, *, read: str, write: str, order_token: bool) -> None:
        self.read, self.write, self.takes_order_token = read, write, order_token

    def code_for(self, method: str | None) -> str:
        return self.read if method in SAFE_METHODS else self.write

    def has_permission(self, request: Request, view: APIView) -> bool:
        del view
        code = self.code_for(request.method)
        if code == ANYONE or permits(request, code):
            return True
        return self.takes_order_token and bool(order_token(request.headers))


class Allowed(SingleOperandHolder):
    """Open to those whose role has the code, and whose API key, where they came with one, has it as a scope.

    `Allowed("orders.view")`, or one code to read and one to write: `Allowed(read=ANYONE, write="products.write")`.
    With `order_token=True` a guest who shows an order's access token passes too; the view's query must then find
    nothing but the order of that token. Which rows a person reaches is the query's business: see `permits_everyone`.
    """

    def __init__(self, code: str = "", *, read: str = "", write: str = "", order_token: bool = False) -> None:
        self._permission = CodePermission(read=read or code, write=write or code, order_token=order_token)
        unknown = {self._permission.read, self._permission.write} - CODES - {ANYONE}
        if unknown:
            raise ValueError(f"codes that stand in no role's row: {sorted(unknown)}")

    def __call__(self, *args: Any, **kwargs: Any) -> CodePermission:
        """REST framework calls what it finds in `permission_classes`."""
        del args, kwargs
        return self._permission


def permits(request: Request, code: str) -> bool:
    """Whether the caller may do `code`, be it on their own rows only."""
    return _in_scope(request.auth, code) and may(request.user, code)


def permits_everyone(request: Request, code: str) -> bool:
    """Whether the caller may do `code` on everybody's rows."""
    return _in_scope(request.auth, code) and may_for_everyone(request.user, code)


def require_everyone(request: Request, code: str) -> None:
    """For what is nobody's own: only who may do `code` on everybody's rows reaches it. Others learn nothing of it: they
    are answered NotFound."""
    if not permits_everyone(request, code):
        raise NotFound


def actor_of(request: Request) -> str:
    """Who asks, as the audit trail names them; for views that nobody passes without being known."""
    return cast("User", request.user).actor


def _in_scope(auth: Any, code: str) -> bool:
    return not isinstance(auth, ApiKey) or code in auth.scopes
