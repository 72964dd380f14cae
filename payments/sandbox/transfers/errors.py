"""How the transfer provider refuses: a code and words, under a status."""

from __future__ import annotations

from typing import Any

from payments.sandbox.gateways import Refused


class TransferError(Refused):
    """An answer that is no success."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        super().__init__(status=status, body={"statusCode": status, "code": code, "message": message, **more})


def bad_request(message: str) -> TransferError:
    return TransferError(400, "bad_request", message)


def unauthorized() -> TransferError:
    return TransferError(401, "unauthorized", "The API key is not valid")


def not_found() -> TransferError:
    return TransferError(404, "not_found", "There is no such ticket transfer")
