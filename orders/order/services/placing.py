"""Places an order: prices it from SKUs, takes its stock, and freezes what was agreed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from config.accounts.models import User
from config.audit.services import record
from config.kernel.errors import Invalid, Unprocessable
from config.outbox.services import emit
from config.settings.policy import Policy
from orders.catalog.rules import clean_currency
from orders.catalog.services import reserve
from orders.fulfilment.models import Fulfilment
from orders.order import rules
from orders.order.models import Order, OrderLine
from orders.order.queries import accepted_terms, offers
from orders.tickets.services.custody import reserve_tickets

GUEST = "guest"
# RFC 5321 section 4.5.3.1.3, less the angle brackets; Django alone would take 320.
LONGEST_EMAIL = 254


class TermsNotAccepted(Unprocessable):
    """The terms must be accepted before a first purchase."""

    code = "terms_not_accepted"


class InvalidEmail(Invalid):
    """This is not an e-mail address."""

    code = "invalid_email"


def price_order(*, items: Iterable[Any], currency: str, policy: Policy) -> tuple[rules.PricedLine, ...]:
    """What the cart costs now, line by line; writes nothing.

    `items` are objects with `sku` and `quantity`, as the client sent them; a price among them is not read. Raises
    what `rules.merge_items` and `rules.price_lines` raise, and UnknownCurrency.
    """
    clean_currency(currency)
    wanted = rules.merge_items(items, max_lines=policy.max_lines, max_quantity=policy.max_quantity)
    rates = rules.Rates(
        platform_fee_bps=policy.platform_fee_bps,
        gateway_fee_bps=policy.gateway_fee_bps,
        fee_tax_bps=policy.fee_tax_bps,
        withholding_bps=policy.withholding_bps,
    )
    found = offers(skus=wanted, currency=currency)
    return rules.price_lines(wanted=wanted, offers=found, currency=currency, rates=rates)


def place_order(
    *,
    items: Iterable[Any],
    currency: str,
    email: str,
    buyer: User | None,
    accept_terms: bool,
    cart_metadata: Mapping[str, Any],
    policy: Policy,
    at: datetime,
) -> Order:
    """Places an order in one commit: lines with frozen prices and fees, a fulfilment per seller, tickets and stock
    reserved.

    Writes nothing when it refuses: with what `price_order` raises, InvalidEmail, InvalidMetadata, TermsNotAccepted,
    or OutOfStock. Emits checkout.started. The order's lock belongs to the caller until their transaction ends.
    """
    metadata = rules.clean_metadata(cart_metadata)
    address = _clean_email(email)
    with transaction.atomic():
        lines = price_order(items=items, currency=currency, policy=policy)
        accepted_at = _accepted_at(buyer, accept_terms=accept_terms, version=policy.terms_version, at=at)
        order = Order.objects.create(
            buyer=buyer,
            email=address,
            currency=currency,
            total_minor=sum(line.amount_minor for line in lines),
            reserved_until=at + timedelta(minutes=policy.reservation_minutes),
            terms_version=policy.terms_version,
            terms_accepted_at=accepted_at,
            cart_metadata=metadata,
            access_expires_at=at + timedelta(days=policy.order_link_days),
            created_at=at,
        )
        actor = buyer.actor if buyer else GUEST
        written = _write_parts(order, lines, at=at)
        ticketed = {line.offer.product_id for line in lines if line.offer.is_ticketed}
        if ticketed:
            mine = [line for line in written if line.product_id in ticketed]
            reserve_tickets(lines=mine, actor=actor, at=at)
        # Last, so that a product that many want is locked for as short a time as possible.
        reserve(quantities={line.offer.product_id: line.quantity for line in lines}, ticketed=ticketed)
        record(order, act="placed", actor=actor, at=at, to_state=order.status)
        emit("checkout.started", fact_key=order.public_id, payload={"order": order.public_id}, at=at)
    return order


def _write_parts(order: Order, lines: tuple[rules.PricedLine, ...], *, at: datetime) -> list[OrderLine]:
    with_tickets = {line.offer.seller_id for line in lines if line.offer.is_ticketed}
    parts = Fulfilment.objects.bulk_create(
        Fulfilment(
            order=order,
            seller_id=seller_id,
            amount_minor=amount_minor,
            is_ticketed=seller_id in with_tickets,
            created_at=at,
        )
        for seller_id, amount_minor in rules.by_seller(lines).items()
    )
    part_of = {part.seller_id: part for part in parts}
    return OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            fulfilment=part_of[line.offer.seller_id],
            product_id=line.offer.product_id,
            position=position,
            sku=line.offer.sku,
            name=line.offer.name,
            category=line.offer.category,
            quantity=line.quantity,
            unit_minor=line.unit_minor,
            amount_minor=line.amount_minor,
            platform_fee_minor=line.platform_fee_minor,
            gateway_fee_minor=line.gateway_fee_minor,
            tax_minor=line.tax_minor,
            withheld_minor=line.withheld_minor,
        )
        for position, line in enumerate(lines, start=1)
    )


def _accepted_at(buyer: User | None, *, accept_terms: bool, version: str, at: datetime) -> datetime:
    """When these terms were accepted: now, or with an earlier order of a buyer whom we know."""
    if accept_terms is True:
        return at
    earlier = accepted_terms(buyer=buyer, version=version) if buyer else None
    if earlier is None:
        raise TermsNotAccepted(field="accept_terms")
    return earlier


def _clean_email(value: str) -> str:
    address = value.strip() if isinstance(value, str) and len(value) <= LONGEST_EMAIL else ""
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidEmail(field="email") from None
    return address
