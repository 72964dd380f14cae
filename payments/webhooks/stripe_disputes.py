"""Stripe's events about disputes. All five carry the same object, which names every movement of our balance so far."""

from __future__ import annotations

from config.inbox.contract import Handled
from payments.gateways.stripe import views
from payments.webhooks.context import Context
from payments.webhooks.disputes import translate_dispute


def translate(context: Context) -> Handled:
    """`charge.dispute.created`, `.updated`, `.funds_withdrawn`, `.funds_reinstated` and `.closed`.

    The name of the event is not believed for money: what its object's balance transactions say is booked, whichever of
    them comes first.
    """
    view = views.dispute_view(context.obj)
    return translate_dispute(context, view, is_whole=views.names_its_movements(context.obj))
