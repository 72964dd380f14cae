"""The look of the operator site, and what its pages are made of, named as dotted strings."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Holdfast",
    "SITE_HEADER": "Holdfast",
    "SITE_SUBHEADER": "Payments back office",
    "SITE_SYMBOL": "anchor",
    "SITE_URL": None,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("holdfast/anchor.svg")}],
    "STYLES": [lambda _: static("holdfast/operator.css")],
    "SCRIPTS": [lambda _: static("holdfast/operator.js")],
    "ACCOUNT": {
        "navigation": [
            {"title": "My profile", "link": reverse_lazy("admin:profile")},
            {"title": "Change password", "link": reverse_lazy("admin:password_change")},
        ]
    },
    "LOGIN": {"form": "config.accounts.forms.OperatorLoginForm"},
    "DASHBOARD_CALLBACK": "config.admin.dashboard.dashboard",
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": "config.admin.menu.navigation"},
    # Teal: what a harbour's water is, and none of the colours that mean good, careful or bad.
    "COLORS": {
        "primary": {
            "50": "oklch(98.4% .014 180.72)",
            "100": "oklch(95.3% .051 180.801)",
            "200": "oklch(91% .096 180.426)",
            "300": "oklch(85.5% .138 181.071)",
            "400": "oklch(77.7% .152 181.912)",
            "500": "oklch(70.4% .14 182.503)",
            "600": "oklch(51.1% .096 186.391)",
            "700": "oklch(43.7% .078 188.216)",
            "800": "oklch(38.6% .063 188.416)",
            "900": "oklch(33% .056 189)",
            "950": "oklch(27.7% .046 192.524)",
        }
    },
}
# Dates and times as an operator compares them with a log: year first, 24 hours, with seconds.
FORMAT_MODULE_PATH = ["config.admin.formats"]

# The modules that register pages. A model that stands in none of them has no page, whatever is installed.
ADMIN_MODULES: list[str] = ["config.admin.rooms", "orders.admin", "payments.admin", "payouts.admin"]

# Which permission a panel or work list of the dashboard needs; without one nobody sees it.
PANEL_CODES: dict[str, str] = {
    "payments.panels.money_by_state": "payments.view",
    "orders.panels.today": "orders.view",
    "payments.health.panels.gateways": "payments.view",
    "payments.health.panels.gateways_to_look_at": "gateways.force",
    "config.ops.panels.queues": "inbox.view",
    "config.ops.panels.dead_rows": "inbox.view",
    "config.ops.panels.unanswered_calls": "calls.view",
    "config.inbox.panels.replays_to_approve": "inbox.replay",
    "payments.panels.refunds_to_approve": "refunds.approve",
    "orders.tickets.transfers.panels.transfers_to_settle": "orders.deliver",
    "payments.disputes.panels.disputes_to_answer": "disputes.view",
    "payments.disputes.panels.concessions_to_decide": "disputes.accept",
    "payments.disputes.panels.won_and_not_back": "disputes.view",
    "payments.panels.failed_refunds": "refunds.view",
    "payments.outflows.panels.unexplained": "ledger.view",
    "payments.panels.proposals_to_confirm": "refunds.approve",
    "payments.debts.panels.debts_to_confirm": "debts.settle",
    "payments.debts.panels.payees_who_owe": "ledger.view",
    "payments.panels.unapplied_money": "payments.view",
    "payments.reviews.panels.open_reviews": "payments.view",
    "orders.tickets.panels.tickets_to_find": "orders.deliver",
    "payments.panels.holds_that_must_leave": "escrow.view",
    "payouts.unpaid.panels.money_that_must_be_paid": "payouts.view",
    "payouts.reversals.panels.reversals_to_decide": "payouts.approve",
    "payouts.reversals.panels.money_in_payees_accounts": "payouts.view",
    "payouts.kept.panels.kept_to_confirm": "payouts.approve",
    "config.erasure.panels.erasures_to_settle": "accounts.manage",
    "payments.abuse.panels.blocks_standing": "abuse.view",
    "payments.watching.panels.undecided": "payments.view",
    "payouts.payout.panels.in_transit": "payouts.view",
    "payouts.payout.panels.seller_payouts_to_approve": "payouts.approve",
    "payouts.payout.panels.scout_payouts_to_approve": "payouts.approve",
    "payouts.payout.panels.failed_payouts": "payouts.view",
    "payouts.payout.panels.paid_late": "payouts.view",
    "payouts.payout.panels.floats_short": "payouts.view",
    "payouts.payout.panels.payouts_to_take_out": "payouts.pay",
    "payouts.payout.panels.bank_results_to_confirm": "payouts.approve",
    "payouts.payout.panels.float_moves_to_confirm": "payouts.approve",
    "payouts.treasury.panels.came_unexplained": "payouts.pay",
    "payouts.treasury.panels.moves_never_came": "payouts.pay",
    "payouts.payees.panels.destinations_to_approve": "payees.approve",
    "payouts.payees.panels.destinations_refused": "payees.view",
    "payments.panels.broken_truths": "ledger.view",
}

# What the apps above a page's own app add to it: figures and tables …
ADMIN_PARTS: dict[str, list[str]] = {
    "orders.order": [
        "orders.tickets.parts.tickets_of_order",
        "payments.parts.money_of_order",
        "payments.parts.payments_of_order",
        "payments.parts.holds_of_order",
        "payments.parts.refunds_of_order",
        "payments.parts.disputes_of_order",
        "payments.parts.entries_of_order",
        "payments.parts.calls_of_order",
        "payments.parts.history_of_order",
    ],
    "orders.fulfilment": [
        "orders.tickets.parts.tickets_of_fulfilment",
        "orders.tickets.parts.transfers_of_fulfilment",
        "payments.parts.hold_of_fulfilment",
        "payments.parts.history_of_fulfilment",
    ],
    "orders.tickettransfer": ["payments.parts.money_of_transfer", "payments.parts.refunds_of_transfer"],
    "config.user": [
        "payments.parts.balances_of_payee",
        "payouts.payees.parts.payees_of_person",
        "payouts.scouts.parts.brought_by",
    ],
    "payouts.payout": ["payouts.kept.parts.kept"],
}
# … and acts, each one service call.
ADMIN_ACTS: dict[str, list[str]] = {
    "payouts.payee": ["payouts.payout.acts.PAY_NOW", "payouts.statements.acts.STATEMENT"],
    "payouts.payout": [
        "payouts.reversals.acts.STOP",
        "payouts.reversals.acts.TAKE_BACK",
        "payouts.kept.acts.SAY",
        "payouts.kept.acts.CONFIRM",
        "payouts.kept.acts.DECLINE",
    ],
    "orders.order": ["payments.acts.CANCEL_UNPAID", "payments.refunds.acts.REQUEST"],
    "orders.ticket": ["payments.escrow.acts.VOID_SOLD"],
    "orders.fulfilment": ["payments.acts.COMPLETE", "payments.acts.CANCEL_FULFILMENT"],
    "config.user": ["payments.reserves.acts.SET_TERMS_OF_SELLER", "payouts.scouts.acts.REFER"],
}
