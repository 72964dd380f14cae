"""The link to Stripe's pages on which a payee fills their account in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import stripe
from django.conf import settings

from config.calls.fields import instant, text
from config.calls.timed import Observe, Timed
from payments.gateways.failures import GatewayUnreachable
from payments.gateways.stripe.client import StripeConnection, connect
from payments.gateways.stripe.outcomes import error_of_read
from payouts.rails.connect.calls import is_gone


class AccountLetGo(Exception):
    """The payee's account is not there any more, or does not let us act for it."""


@dataclass(frozen=True, slots=True)
class Link:
    """Works once, for minutes, and only for whom it was made: it opens the account without a password, so that it is
    handed to the payee in person and never kept."""

    url: str = field(repr=False)
    expires_at: datetime


def onboarding_link(*, rail_account: str, account_id: str, return_url: str, refresh_url: str, observe: Observe) -> Link:
    """A new link for the account. `refresh_url` is where Stripe sends whoever comes with one that is over.

    Makes nothing that would have to be asked about: a link that nobody sees ends by itself. Raises AccountLetGo,
    GatewayUnreachable, GatewayMisconfigured.
    """
    account = settings.RAIL_ACCOUNTS[rail_account]
    connection = connect(secret_key=account.secret_key, api_base=account.api_base)
    timed = Timed("stripe_connect", observe=observe)
    return timed.call(
        "onboarding_link", lambda: _made(connection, account_id, return_url=return_url, refresh_url=refresh_url)
    )


def _made(connection: StripeConnection, account_id: str, *, return_url: str, refresh_url: str) -> Link:
    try:
        link = connection.client.v1.account_links.create(
            {
                "account": account_id,
                "type": "account_onboarding",
                "return_url": return_url,
                "refresh_url": refresh_url,
            }
        )
    except stripe.StripeError as error:
        if is_gone(error):
            raise AccountLetGo(account_id) from error
        raise error_of_read(error) or AccountLetGo(account_id) from error
    response = link.last_response
    if response is None or not isinstance(response.data, Mapping):
        raise GatewayUnreachable("Stripe's answer is not an object")
    return Link(url=text(response.data, "url"), expires_at=instant(response.data, "expires_at"))
