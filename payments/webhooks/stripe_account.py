"""Stripe's events about our own account there: what leaves it for our bank or for others, and invoices that a payment
of ours settles."""

from __future__ import annotations

from config.inbox.contract import Handled
from payments.charges.services.start import ensure_account
from payments.gateways.payment_views import PaymentView
from payments.gateways.stripe import views
from payments.outflows.services.observe import observe_transfer
from payments.settlements.services.observe import observe_settlement
from payments.webhooks.context import Context, translate_payment


def payout(context: Context) -> Handled:
    """`payout.*`: money on its way from our balance to our bank account. (Those of sellers' accounts name the account,
    and are theirs.)"""
    view = views.settlement_view(context.obj)
    account = ensure_account(context.event.account)
    note = observe_settlement(account=account, view=view, actor=context.actor, at=context.at)
    return Handled.processed(f"settlement {view.settlement_id}: {note}")


def transfer(context: Context) -> Handled:
    """`transfer.*`: money from our balance to somebody else's account. Nothing here makes one, so each is unexplained
    until it is reversed."""
    view = views.transfer_view(context.obj)
    account = ensure_account(context.event.account)
    note = observe_transfer(account=account, view=view, actor=context.actor, at=context.at)
    return Handled.processed(f"transfer {view.transfer_id}: {note}")


def invoice(context: Context) -> Handled:
    """`invoice.paid` and `.payment_failed`: no invoice there is ours, but a payment of ours may settle one. It is asked
    for as it is now, because an invoice says nothing of charges."""
    for intent_id in views.intents_of_invoice(context.obj):
        view: PaymentView | None = context.ask("payment", intent_id)
        if view is not None:
            payment, handled = translate_payment(context, view)
            if payment is not None:
                return handled
    return Handled.foreign("an invoice that no payment of ours settles")
