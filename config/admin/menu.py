"""The menu of the operator site: each role sees what it may open, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from config.accounts.roles import may_for_everyone


@dataclass(frozen=True, slots=True)
class Item:
    """A link of the menu: `page` is a route of the admin, `sees` a model (`app.model`) or a permission code."""

    title: str
    icon: str
    page: str
    sees: str


def _list(title: str, icon: str, model: str) -> Item:
    return Item(title=title, icon=icon, page=f"admin:{model.replace('.', '_')}_changelist", sees=model)


GROUPS: tuple[tuple[str, tuple[Item, ...]], ...] = (
    ("", (Item("Overview", "space_dashboard", "admin:index", ""), Item("Find", "search", "admin:find", ""))),
    (
        "Orders",
        (
            _list("Orders", "shopping_bag", "orders.order"),
            _list("Fulfilments", "local_shipping", "orders.fulfilment"),
            _list("Ticket transfers", "confirmation_number", "orders.tickettransfer"),
            _list("Products", "sell", "orders.product"),
            _list("Tickets", "confirmation_number", "orders.ticket"),
        ),
    ),
    (
        "Payments",
        (
            _list("Payments", "credit_card", "payments.payment"),
            _list("Refunds", "undo", "payments.refund"),
            _list("Disputes", "gavel", "payments.dispute"),
            _list("Suspected of fraud", "gpp_maybe", "payments.review"),
            _list("Saved methods", "wallet", "payments.savedmethod"),
            _list("Escrow holds", "lock_clock", "payments.escrowhold"),
        ),
    ),
    (
        "Payouts",
        (
            _list("Payouts", "send_money", "payouts.payout"),
            _list("Payout runs", "event_repeat", "payouts.payoutbatch"),
            _list("Bank files", "request_quote", "payouts.payoutfile"),
            _list("Floats filled up", "savings", "payouts.floatmove"),
            _list("Money that came to floats", "move_to_inbox", "payouts.floatcredit"),
            _list("Transfers taken back", "undo", "payouts.reversal"),
            _list("Payees", "storefront", "payouts.payee"),
            _list("Payee balances", "account_balance_wallet", "payments.payeebalance"),
            _list("Destinations", "account_balance", "payouts.destination"),
            _list("Scouts", "explore", "payouts.scout"),
            _list("Bounties", "redeem", "payouts.bounty"),
            _list("Bounty rates", "price_change", "payouts.bountyrate"),
        ),
    ),
    (
        "Books",
        (
            _list("Ledger entries", "menu_book", "payments.ledgerentry"),
            Item("Statement", "receipt_long", "admin:payments_ledgerline_statement", "payments.ledgerline"),
            Item("Trial balance", "balance", "admin:payments_ledgerline_trial_balance", "payments.ledgerline"),
            _list("Settlements", "savings", "payments.settlement"),
            _list("Money that left unexplained", "output", "payments.outflow"),
        ),
    ),
    (
        "Gateways",
        (
            _list("Gateway accounts", "account_balance", "payments.gatewayaccount"),
            _list("Gateway health", "monitor_heart", "payments.gatewayhealth"),
            _list("Gateway transactions", "swap_horiz", "payments.gatewaytransaction"),
        ),
    ),
    (
        "Machines",
        (
            _list("Inbox", "inbox", "config.webhookevent"),
            _list("Rejections", "block", "config.webhookrejection"),
            _list("Blocked from paying", "front_hand", "payments.block"),
            _list("Bulk replays", "replay", "config.replayrequest"),
            _list("Outbox", "outbox", "config.outboxjob"),
            _list("Gateway calls", "call_made", "config.gatewaycall"),
            _list("Watches", "visibility", "payments.watch"),
            _list("Pauses", "pause_circle", "config.pause"),
            _list("Schedule", "schedule", "django_celery_beat.periodictask"),
        ),
    ),
    (
        "People",
        (
            _list("People", "group", "config.user"),
            _list("API keys", "key", "config.apikey"),
            _list("Erasure requests", "person_remove", "config.erasurerequest"),
            _list("Failed logins", "no_accounts", "config.loginfailure"),
        ),
    ),
    ("Trail", (_list("Audit", "history", "config.auditentry"),)),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu for who is asking, in Unfold's words. A group that would be empty is not there."""
    groups = ((title, _items(items, request.user)) for title, items in GROUPS)
    return [{"title": title, "separator": bool(title), "items": items} for title, items in groups if items]


def _items(items: Iterable[Item], user: Any) -> list[dict[str, Any]]:
    found = ((item, _url(item.page)) for item in items if _may_open(item, user))
    return [{"title": item.title, "icon": item.icon, "link": url} for item, url in found if url]


def _may_open(item: Item, user: Any) -> bool:
    if not item.sees:
        return True
    app, _, name = item.sees.partition(".")
    if apps.is_installed(app) or app in apps.app_configs:
        return bool(user.has_perm(f"{app}.view_{name}"))
    return may_for_everyone(user, item.sees)


def _url(page: str) -> str:
    try:
        return reverse(page)
    except NoReverseMatch:
        return ""
