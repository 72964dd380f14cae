"""PhonePe's orders and refunds, translated. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from config.calls.fields import JSON, part, text, text_or_empty, unreadable, whole
from config.kernel.clock import from_epoch
from config.kernel.money import Money
from payments.gateways.failures import GatewayFailure, UnreadableObject
from payments.gateways.payment_views import CaptureFact, PaymentState, PaymentView
from payments.gateways.phonepe.amounts import CURRENCY
from payments.gateways.phonepe.requests import CALL_MARK, OPENED_MARK, PAYMENT_MARK, ids_in
from payments.gateways.refund_views import RefundState, RefundView

_LATEST_MS: Final = 253_402_300_799_999  # the last instant of the year 9999
_LATEST_MARK: Final = 11  # digits of epoch seconds, for some thousand years
_REFUND_STATES: Final = {
    "PENDING": RefundState.PENDING,
    "CONFIRMED": RefundState.PENDING,  # accepted, and not through yet
    "COMPLETED": RefundState.SUCCEEDED,
    "FAILED": RefundState.FAILED,
}


def payment_view(order: JSON, *, order_id: str, livemode: bool, redirect_url: str = "") -> PaymentView:
    """What `status` says of an order. Raises UnreadableObject.

    An order that failed can take nothing more; one that is pending may be tried again, however its last attempt went.
    """
    attempts = list(_listed(order, "paymentDetails"))
    last = attempts[-1] if attempts else None
    state, is_final = _state(text(order, "state"), last)
    paid = [attempt for attempt in attempts if attempt.get("state") == "COMPLETED"]
    captures = tuple(_capture(attempt) for attempt in paid) if state is PaymentState.CAPTURED else ()
    told = paid[-1] if paid else last
    marks = part(order, "metaInfo")
    return PaymentView(
        gateway_payment_id=order_id,
        session_id=text(order, "orderId"),
        our_id=text_or_empty(marks, PAYMENT_MARK),
        call_id=text_or_empty(marks, CALL_MARK),
        state=state,
        is_final=is_final,
        amount=_money(order, "amount"),
        captures=captures,
        livemode=livemode,
        created_at=_created(order, marks, attempts),
        redirect_url=redirect_url if state in (PaymentState.PENDING, PaymentState.FAILED) and not is_final else "",
        method=text_or_empty(told, "paymentMode").lower() if told else "",
        network=text_or_empty(part(told, "rail"), "type").lower() if told else "",
        failure=_failure(last or {}, order) if state in (PaymentState.FAILED, PaymentState.EXPIRED) else None,
        declines=_declines(attempts),
    )


def refund_view(refund: JSON, *, refund_id: str, at: datetime, charge_id: str = "", order_id: str = "") -> RefundView:
    """What `status`, or the answer to the request, says of a refund; `at` where it does not say when, and `order_id`
    where it does not say of what. Raises UnreadableObject."""
    state = _REFUND_STATES.get(text(refund, "state"))
    if state is None:
        raise unreadable(refund, "state")
    our_id, call_id = ids_in(refund_id)
    return RefundView(
        refund_id=refund_id,
        our_id=our_id,
        call_id=call_id,
        charge_id=charge_id,
        gateway_payment_id=text_or_empty(refund, "originalMerchantOrderId") or order_id,
        state=state,
        amount=_money(refund, "amount"),
        at=_instant(refund, "timestamp") if refund.get("timestamp") is not None else at,
        failure=_failure(refund, {}) if state is RefundState.FAILED else None,
        reference=_reference(refund),
    )


def _state(said: str, last: JSON | None) -> tuple[PaymentState, bool]:
    """The state, and whether a failure is final."""
    tried = last.get("state") if last is not None else None
    if said == "COMPLETED":
        return PaymentState.CAPTURED, False
    if said == "PENDING":
        if tried == "FAILED":
            return PaymentState.FAILED, False
        return (PaymentState.PENDING if tried is None else PaymentState.PROCESSING), False
    if said == "FAILED":
        return (PaymentState.FAILED, True) if tried == "FAILED" else (PaymentState.EXPIRED, False)
    if said == "EXPIRED":
        return PaymentState.EXPIRED, False
    raise UnreadableObject("order.state")


def _capture(attempt: JSON) -> CaptureFact:
    return CaptureFact(text(attempt, "transactionId"), _money(attempt, "amount"), _instant(attempt, "timestamp"))


def _declines(attempts: list[JSON]) -> tuple[str, ...]:
    failed = (text_or_empty(each, "transactionId") for each in attempts if each.get("state") == "FAILED")
    return tuple(filter(None, failed))


def _created(order: JSON, marks: JSON, attempts: list[JSON]) -> datetime:
    """When we opened it, if that came back with it; else its first attempt, else its end: it says nothing nearer."""
    opened = text_or_empty(marks, OPENED_MARK)
    if opened.isascii() and opened.isdecimal() and len(opened) <= _LATEST_MARK:
        return from_epoch(int(opened))
    return _instant(attempts[0], "timestamp") if attempts else _instant(order, "expireAt")


def _failure(first: JSON, second: JSON) -> GatewayFailure:
    code = text_or_empty(first, "errorCode") or text_or_empty(second, "errorCode") or "FAILED"
    detail = text_or_empty(first, "detailedErrorCode") or text_or_empty(second, "detailedErrorCode")
    return GatewayFailure(code=code, detail=detail)


def _reference(refund: JSON) -> str:
    """What the buyer's bank finds it by; until it has one, what PhonePe does."""
    for attempt in _listed(refund, "paymentDetails"):
        for instrument in (attempt, *_listed(attempt, "splitInstruments")):
            if utr := text_or_empty(part(instrument, "rail"), "utr"):
                return utr
    return text_or_empty(refund, "refundId")


def _money(obj: JSON, key: str) -> Money:
    return Money(whole(obj, key), CURRENCY)


def _instant(obj: JSON, key: str) -> datetime:
    """Milliseconds since 1970, as an instant in UTC."""
    value = whole(obj, key)
    if not 0 <= value <= _LATEST_MS:
        raise unreadable(obj, key)
    return datetime.fromtimestamp(value / 1000, tz=UTC)


def _listed(obj: JSON, key: str) -> Iterator[JSON]:
    value = obj.get(key)
    if value is None:
        return
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise unreadable(obj, key)
    yield from value
