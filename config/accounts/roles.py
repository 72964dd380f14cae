"""The roles a person can have, and the one table of what each role may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models


class Role(models.TextChoices):
    SUPPORT = "support"
    OPERATIONS = "operations"
    FINANCE = "finance"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    SELLER = "seller"
    ORGANIZER = "organizer"
    SCOUT = "scout"
    BUYER = "buyer"


STAFF_ROLES = frozenset({Role.SUPPORT, Role.OPERATIONS, Role.FINANCE, Role.AUDITOR, Role.ADMINISTRATOR})

_VIEWS = frozenset(
    {
        "abuse.view",
        "accounts.view",
        "audit.view",
        "calls.view",
        "disputes.view",
        "escrow.view",
        "inbox.view",
        "ledger.view",
        "methods.view",
        "orders.view",
        "outbox.view",
        "payees.view",
        "payments.view",
        "payouts.view",
        "products.view",
        "refunds.view",
        "scouts.view",
        "tickets.view",
    }
)
_TRADE_VIEWS = frozenset(
    {
        "abuse.view",
        "disputes.view",
        "escrow.view",
        "methods.view",
        "orders.view",
        "payees.view",
        "payments.view",
        "payouts.view",
        "products.view",
        "refunds.view",
        "scouts.view",
        "tickets.view",
    }
)
_MACHINE_VIEWS = frozenset({"inbox.view", "outbox.view", "calls.view", "audit.view"})

# What each role may do. A staff role reaches everybody's rows; every other role reaches its own rows only, which
# the query behind the door decides. A code that stands nowhere in this table opens nothing.
_MAY: dict[str, frozenset[str]] = {
    Role.SUPPORT: _TRADE_VIEWS
    | {
        "abuse.lift",
        "audit.view",
        "disputes.answer",
        "inbox.view",
        "methods.detach",
        "orders.cancel",
        "refunds.request",
    },
    Role.OPERATIONS: _TRADE_VIEWS
    | _MACHINE_VIEWS
    | {
        "abuse.lift",
        "calls.settle",
        "disputes.answer",
        "escrow.freeze",
        "gateways.force",
        "inbox.replay",
        "methods.detach",
        "orders.cancel",
        "orders.complete",
        "orders.deliver",
        "outbox.revive",
        "outbox.skip",
        "payees.hold",
        "products.write",
        "queue.pause",
        "refunds.request",
        "tickets.reveal",
        "tickets.transfer",
        "tickets.void",
        "tickets.write",
    },
    Role.FINANCE: _TRADE_VIEWS
    | _MACHINE_VIEWS
    | {
        "calls.settle",
        "debts.settle",
        "disputes.accept",
        "disputes.answer",
        "escrow.freeze",
        "ledger.correct",
        "ledger.view",
        "payees.approve",
        "payees.hold",
        "payees.manage",
        "payees.reveal",
        "payments.settle",
        "payouts.approve",
        "payouts.pay",
        "payouts.request",
        "refunds.approve",
        "refunds.request",
        "reserves.set",
    },
    Role.AUDITOR: _VIEWS,
    Role.SELLER: frozenset(
        {
            "orders.cancel",
            "orders.deliver",
            "orders.view",
            "payees.manage",
            "payees.view",
            "payouts.request",
            "payouts.view",
            "products.view",
            "products.write",
            "tickets.transfer",
            "tickets.view",
            "tickets.write",
        }
    ),
    Role.ORGANIZER: frozenset({"methods.use", "orders.view"}),
    Role.BUYER: frozenset(
        {
            "methods.use",
            "orders.cancel",
            "orders.complete",
            "orders.pay",
            "orders.view",
            "tickets.confirm",
            "tickets.view",
        }
    ),
    Role.SCOUT: frozenset(
        {"payees.manage", "payees.view", "payouts.request", "payouts.view", "scouts.use", "scouts.view"}
    ),
}
# An administrator may do what anybody may, and alone says who people are. Four eyes still mean two people.
CODES = frozenset({"accounts.manage", "scouts.manage"}).union(*_MAY.values())
MAY: Mapping[str, frozenset[str]] = {**_MAY, Role.ADMINISTRATOR: CODES}

# Django's model → the noun of our codes. The operator site may show a model exactly to those who may view its noun.
NOUNS: Mapping[str, str] = {
    "config.apikey": "accounts",
    "config.auditentry": "audit",
    "config.erasurerequest": "accounts",
    "config.gatewaycall": "calls",
    "config.loginfailure": "accounts",
    "config.outboxjob": "outbox",
    "config.pause": "outbox",
    "config.replayrequest": "inbox",
    "config.user": "accounts",
    "config.webhookevent": "inbox",
    "config.webhookrejection": "inbox",
    "django_celery_beat.periodictask": "outbox",
    "orders.fulfilment": "orders",
    "orders.handover": "orders",
    "orders.order": "orders",
    "orders.orderline": "orders",
    "orders.price": "products",
    "orders.product": "products",
    "orders.ticket": "tickets",
    "orders.tickettransfer": "orders",
    "orders.transferwatermark": "orders",
    "payments.block": "abuse",
    "payments.debtproposal": "ledger",
    "payments.dispute": "disputes",
    "payments.disputeevidence": "disputes",
    "payments.disputemovement": "disputes",
    "payments.disputereserve": "ledger",
    "payments.disputeshare": "disputes",
    "payments.escrowhold": "escrow",
    "payments.evidencefile": "disputes",
    "payments.gatewayaccount": "payments",
    "payments.gatewaycustomer": "methods",
    "payments.gatewayhealth": "payments",
    "payments.gatewaytransaction": "payments",
    "payments.holdfreeze": "escrow",
    "payments.ledgerentry": "ledger",
    "payments.ledgerline": "ledger",
    "payments.methodsetup": "methods",
    "payments.outflow": "ledger",
    "payments.payeebalance": "ledger",
    "payments.payment": "payments",
    "payments.formerrefund": "refunds",
    "payments.refund": "refunds",
    "payments.refundproposal": "refunds",
    "payments.refundshare": "refunds",
    "payments.reserveslice": "ledger",
    "payments.reserveterms": "ledger",
    "payments.review": "payments",
    "payments.savedmethod": "methods",
    "payments.sealedbalance": "ledger",
    "payments.settlement": "ledger",
    "payments.watch": "calls",
    "payouts.bounty": "scouts",
    "payouts.bountyrate": "scouts",
    "payouts.destination": "payees",
    "payouts.keptmoney": "payouts",
    "payouts.payee": "payees",
    "payouts.payeeaccount": "payees",
    "payouts.payout": "payouts",
    "payouts.referral": "scouts",
    "payouts.scout": "scouts",
    "payouts.payoutbatch": "payouts",
    "payouts.payoutfile": "payouts",
    "payouts.bankresult": "payouts",
    "payouts.batchrow": "payouts",
    "payouts.floatcredit": "payouts",
    "payouts.floatmove": "payouts",
    "payouts.unpaidmoney": "payouts",
    "payouts.reversal": "payouts",
}
_VERBS = ("view", "add", "change", "delete")
# The only forms that write. Nothing is deleted by hand: people are deactivated and keys revoked.
_WRITABLE = {"config.user": "accounts.manage"}


def codes_of(roles: Iterable[str]) -> frozenset[str]:
    """Every code that these roles together have."""
    return frozenset().union(*(MAY.get(role, frozenset()) for role in roles))


def may(user: Any, code: str) -> bool:
    """Whether this person has a role that may do `code`, be it on their own rows only. Nobody unknown may."""
    return bool(user.is_active) and code in codes_of(getattr(user, "roles", ()))


def may_for_everyone(user: Any, code: str) -> bool:
    """Whether this person may do `code` on everybody's rows: a staff role says so."""
    return bool(user.is_active) and code in codes_of(STAFF_ROLES.intersection(getattr(user, "roles", ())))


def may_in_admin(user: Any, permission: str) -> bool:
    """Django's `app.verb_model` by our table: view where the noun may be viewed, write where a form exists at all.

    Only staff roles count here: the operator site shows everybody's rows.
    """
    app, _, act = permission.partition(".")
    verb, _, model = act.partition("_")
    label = f"{app}.{model}"
    if verb == "view":
        return label in NOUNS and may_for_everyone(user, f"{NOUNS[label]}.view")
    return verb in ("add", "change") and label in _WRITABLE and may_for_everyone(user, _WRITABLE[label])


def all_in_admin(user: Any) -> set[str]:
    """Every Django permission that this person has in the operator site."""
    asked = (f"{app}.{verb}_{model}" for app, model in (label.split(".") for label in NOUNS) for verb in _VERBS)
    return {permission for permission in asked if may_in_admin(user, permission)}
