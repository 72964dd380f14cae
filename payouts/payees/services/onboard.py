"""Hands a payee the link to the pages on which they fill in their account at a rail."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from config.audit.services import record
from config.calls.failures import GatewayMisconfigured, GatewayUnreachable, QuestionRefused
from config.kernel.errors import Conflict, Forbidden, Unavailable
from config.ops.metrics import observe_gateway_call
from payouts.payees.models import Destination, DestinationKind, Payee
from payouts.payees.queries import coming_destination, current_destination
from payouts.payees.routing import account_of
from payouts.rails.connect.onboarding import AccountLetGo, Link, onboarding_link


class NothingToFillIn(Conflict):
    """They have no account at Stripe in this currency, or it is not made yet."""

    code = "no_connected_account"


class AccountDisconnected(Conflict):
    """The account at Stripe let go of us."""

    code = "connected_account_gone"


class LinkNotMade(Unavailable):
    """Stripe gave no link. Try again."""

    code = "onboarding_unavailable"


def start_onboarding(*, payee: Payee, currency: str, actor: str, at: datetime) -> Link:
    """A link that works once and for minutes. It opens the account without a password: so it is given to the payee
    alone, whatever else somebody may do, and kept nowhere.

    Raises Forbidden, NothingToFillIn, AccountDisconnected, LinkNotMade.
    """
    if actor != payee.user.actor:
        raise Forbidden("the link is for the payee alone")
    destination = coming_destination(payee, currency) or current_destination(payee, currency)
    if destination is None or destination.kind != DestinationKind.CONNECTED_ACCOUNT or not destination.account_id:
        raise NothingToFillIn
    try:
        link = onboarding_link(
            rail_account=account_of(destination.rail),
            account_id=destination.account_id,
            return_url=settings.PUBLIC_URL,
            refresh_url=settings.PUBLIC_URL,
            observe=observe_gateway_call,
        )
    except AccountLetGo as gone:
        raise AccountDisconnected from gone
    except (GatewayUnreachable, GatewayMisconfigured, QuestionRefused) as error:
        raise LinkNotMade from error
    _note(destination, actor=actor, at=at)
    return link


def _note(destination: Destination, *, actor: str, at: datetime) -> None:
    with transaction.atomic():
        record(destination, act="asked for a link to fill it in", actor=actor, at=at, to_state=destination.status)
