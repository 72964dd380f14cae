"""What the test cards, addresses and banks come to. Source: razorpay.com/docs/payments/payments/test-card-details"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PAGE = "page"  # the customer is sent to their bank and comes back
LATER = "later"  # the customer did their part; the bank decides in its own time


@dataclass(frozen=True, slots=True)
class Way:
    """How a customer pays: the fields that the payment gets, why it fails if it does, and where it stops meanwhile.
    `refuses`: why a token that it registers is declined at each charge."""

    method: str
    fields: dict[str, Any]
    failure: str = ""
    stops: str = ""
    refuses: str = ""


def _card(
    last4: str, network: str, failure: str = "", stops: str = "", *, abroad: bool = False, refuses: str = ""
) -> Way:
    card = {
        "id": "",
        "entity": "card",
        "name": "",
        "last4": last4,
        "network": network,
        "type": "debit",
        "issuer": None,
        "international": abroad,
        "emi": False,
        "sub_type": "consumer",
        "token_iin": None,
    }
    return Way("card", {"card": card}, failure, stops, refuses)


WAYS: dict[str, Way] = {
    "4100280000001007": _card("1007", "Visa"),
    "5500670000001002": _card("1002", "MasterCard"),
    "4100280000090000": _card("0000", "Visa", "payment_timed_out"),
    "4100280000080001": _card("0001", "Visa", "insufficient_fund"),
    "4100280000070002": _card("0002", "Visa", "payment_cancelled"),
    "4100280000060003": _card("0003", "Visa", "card_declined"),
    "4100280000050004": _card("0004", "Visa", "card_declined"),
    "4100280000040005": _card("0005", "Visa", "card_declined"),
    "4100280000030006": _card("0006", "Visa", "card_disabled_for_online_payments"),
    "4100280000010008": _card("0008", "Visa", "card_number_invalid"),
    "4100280000020007": _card("0007", "Visa", "gateway_technical_error"),
    "4100280000000009": _card("0009", "Visa", "authentication_failed"),
    "success@razorpay": Way("upi", {"vpa": "success@razorpay"}),
    "failure@razorpay": Way("upi", {"vpa": "failure@razorpay"}, "payment_failed"),
    # Our own names for two ways that need an answer from the control endpoint.
    "card_otp": _card("1007", "Visa", stops=PAGE),
    "upi_collect": Way("upi", {"vpa": "buyer@razorpay"}, stops=LATER),
    "netbanking": Way("netbanking", {"bank": "HDFC"}, stops=LATER),
    # Our own names for cards that can be saved: of another country; declined at each charge; whose bank then wants the
    # customer; whose mandate was called off.
    "card_abroad": _card("5100", "MasterCard", abroad=True),
    "card_saved_empty": _card("5101", "Visa", refuses="insufficient_funds"),
    "card_saved_asks": _card("5102", "Visa", refuses="authentication_failed"),
    "card_saved_revoked": _card("5103", "Visa", refuses="mandate_cancelled"),
}

# Reason → who caused it, in which step, with which of the three codes.
REASONS: dict[str, tuple[str, str, str]] = {
    "payment_cancelled": ("customer", "payment_authentication", "BAD_REQUEST_ERROR"),
    "authentication_failed": ("customer", "payment_authentication", "BAD_REQUEST_ERROR"),
    "payment_timed_out": ("customer", "payment_authentication", "BAD_REQUEST_ERROR"),
    "gateway_technical_error": ("gateway", "payment_authorization", "GATEWAY_ERROR"),
    "card_number_invalid": ("customer", "payment_initiation", "BAD_REQUEST_ERROR"),
}
