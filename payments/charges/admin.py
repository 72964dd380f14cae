"""Payments, the gateway accounts where they are made, and the movements of our balance there."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin
from django.db.models import Q

from config.admin.base import Headline, ReadOnlyAdmin, cell
from config.admin.history import history, subject_of
from config.admin.keyset import choice_filter
from config.admin.money import show_money, shown
from config.admin.panel import Figure, Tone
from config.admin.parts import SHOWN, Fact, Facts, Figures, Table, part
from config.admin.show import badge, code, id_link, row_link, when, words
from config.kernel.money import Money
from payments.acts import CAPTURE
from payments.charges.models import GatewayAccount, GatewayTransaction, Payment
from payments.charges.queries import further_charges, of_charge, said_of_further
from payments.charges.states import PaymentStatus
from payments.escrow.models import EscrowHold
from payments.refunds.models import Refund
from payments.related import booked, calls_table, events_table, holds_table, method_of, refunds_table


@part("payments.view", "Money")
def money(row: Payment, at: datetime) -> Figures:
    """What was asked, captured, applied, and what goes back."""
    del at
    unit = row.currency
    found = [
        Figure("Asked for", show_money(row.amount)),
        Figure("Captured", shown(row.captured_minor, unit), Tone.GOOD if row.captured_minor else Tone.NEUTRAL),
        Figure("For its order", shown(row.applied_minor, unit)),
    ]
    if row.unapplied_minor:
        found.append(Figure("Nobody's", shown(row.unapplied_minor, unit), Tone.WARNING))
    if row.refunding_minor:
        found.append(Figure("On its way back", shown(row.refunding_minor, unit), Tone.WARNING))
    if row.refunded_minor:
        found.append(Figure("Given back", shown(row.refunded_minor, unit)))
    return Figures(tuple(found))


@part("payments.view", "Payment")
def about(row: Payment, at: datetime) -> Facts:
    """The object at the gateway, and its times."""
    del at
    failure = ": ".join(part for part in (words(row.failure_code), row.failure_detail) if part) or "–"
    return Facts(
        "Payment",
        (
            Fact("Id", code(row.public_id)),
            Fact("For", id_link(row.ref), hint=row.purpose),
            Fact(
                "At",
                row_link(row.gateway_account, row.gateway_account.code),
                hint="live" if row.livemode else "test mode",
            ),
            Fact("Gateway's payment", code(row.gateway_payment_id)),
            Fact("Gateway's session", code(row.gateway_order_id)),
            Fact("Charge", code(row.charge_id), hint=said_of_further(row)),
            Fact("How", method_of(row)),
            Fact("Saved method", id_link(row.saved_method.public_id if row.saved_method else "")),
            Fact("Captured", "later, by a person" if row.capture_manually else "at once"),
            Fact("Last failure", failure),
            Fact("Made", when(row.created_at)),
            Fact("Authorized", when(row.authorized_at)),
            Fact("Money captured", when(row.captured_at)),
            Fact("Closed", when(row.closed_at), hint="since then it can take no money" if row.closed_at else ""),
        ),
    )


@part("escrow.view", "Escrow")
def holds(row: Payment, at: datetime) -> Table:
    """What its money is held for."""
    del at
    return holds_table(EscrowHold.objects.filter(payment=row).select_related("payee").order_by("pk")[:SHOWN])


@part("refunds.view", "Refunds")
def refunds(row: Payment, at: datetime) -> Table:
    """What of it goes back."""
    del at
    return refunds_table(Refund.objects.filter(payment=row).order_by("-pk")[:SHOWN])


@part("calls.view", "Calls to the gateway")
def calls(row: Payment, at: datetime) -> Table:
    """What was asked of the gateway: its making is asked for in the name of the order."""
    del at
    return calls_table([subject_of(row), ("order", row.ref)])


@part("inbox.view", "What the gateway said")
def events(row: Payment, at: datetime) -> Table:
    """Events about the gateway's objects of this payment."""
    del at
    ids = (row.gateway_payment_id, row.charge_id, row.gateway_order_id, *further_charges(row))
    return events_table(row.gateway_account.code, ids)


_STEPS = {
    PaymentStatus.CREATED: "It is made at the gateway, and waits for the buyer.",
    PaymentStatus.PENDING: "It waits for the buyer, or for their bank.",
    PaymentStatus.AUTHORIZED: "The buyer's bank has set the money aside. Capture it, or it goes back by itself.",
    PaymentStatus.FAILED: "It failed. The order can be paid by another attempt until its reservation ends.",
    PaymentStatus.REVERSED: "The bank took the money back after it had said yes.",
}


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """One row is one object at one gateway."""

    list_display = ("title", "status_shown", "for_shown", "amount_shown", "captured_shown", "account", "made")
    list_filter = (choice_filter("status", "status", PaymentStatus.values),)
    list_select_related = ("gateway_account", "order", "saved_method")
    searched = "id of a payment or order, or the gateway's (pi_… ch_… cs_… order_… OM…)"
    parts = (money, about, holds, refunds, booked, calls, events, history)
    acts = (CAPTURE,)

    def finds(self, term: str) -> bool:
        return term.startswith(("pay_", "pi_", "ch_", "py_", "cs_", "order_", "OM")) and not term.startswith("OMR")

    def find(self, term: str) -> Q | None:
        if term.startswith("pay_"):  # Razorpay calls what took the money so too
            return Q(public_id=term) | of_charge(term)
        if term.startswith("ord_"):
            return Q(ref=term)
        if term.startswith(("ch_", "py_")) or (term.startswith("OM") and not term.startswith("OMO")):
            return of_charge(term)
        # The unique indexes of gateways' ids begin with the account, of which there are a handful.
        accounts = list(GatewayAccount.objects.values_list("pk", flat=True)[:100])
        return Q(gateway_account__in=accounts, gateway_payment_id=term) | Q(
            gateway_account__in=accounts, gateway_order_id=term
        )

    def headline(self, row: Payment, *, at: datetime) -> Headline:
        del at
        step = "The buyer did their part; the bank is at work." if row.is_processing else ""
        badges = (badge(row.status),) if row.livemode else (badge(row.status), badge("test", tone=Tone.NEUTRAL))
        step = step or _STEPS.get(PaymentStatus(row.status), "")
        return Headline(f"{show_money(row.amount)} by {row.gateway_account.code}", badges, next_step=step)

    title = cell("payment", lambda row: code(row.public_id))
    status_shown = cell("status", lambda row: badge(row.status))
    for_shown = cell("for", lambda row: code(row.ref))
    amount_shown = cell("amount", lambda row: show_money(row.amount))
    captured_shown = cell(
        "captured", lambda row: shown(row.captured_minor, row.currency) if row.captured_minor else "–"
    )
    account = cell("at", lambda row: row.gateway_account.code)
    made = cell("made", lambda row: when(row.created_at))


@part("payments.view", "Account")
def account_facts(row: GatewayAccount, at: datetime) -> Facts:
    """What is known of our account there. Its credentials stand in the environment, never here."""
    del at
    return Facts(
        "Account",
        (
            Fact("Gateway", row.gateway),
            Fact("Merchant id", row.merchant_id or "–"),
            Fact("Mode", "live" if row.livemode else "test"),
            Fact("Settles in", ", ".join(row.settlement_currencies) or "–"),
            Fact("Its day is cut in", row.report_time_zone),
            Fact("API version", row.api_version or "–"),
            Fact("Payout schedule", row.payout_schedule or "–"),
            Fact("Money may wait", f"{row.hold_limit_days} days", hint="holds must have left by then"),
        ),
    )


@admin.register(GatewayAccount)
class GatewayAccountAdmin(ReadOnlyAdmin):
    """Ours at the gateways. A row is made when an account is first used."""

    list_display = ("code", "gateway", "mode", "hold_limit_days", "report_time_zone")
    intro = "Our accounts at the gateways. Their keys are in the environment and shown nowhere."
    parts = (account_facts,)

    def headline(self, row: GatewayAccount, *, at: datetime) -> Headline:
        del at
        return Headline(row.code, (badge("live" if row.livemode else "test"),))

    mode = cell("mode", lambda row: badge("live" if row.livemode else "test"))


@part("payments.view", "Movement")
def movement(row: GatewayTransaction, at: datetime) -> Facts:
    """One movement of our balance at the gateway."""
    del at
    unit = row.currency
    return Facts(
        "Movement",
        (
            Fact("Gateway's id", code(row.external_id)),
            Fact("Type", words(row.type)),
            Fact("Of", id_link(row.source_id)),
            Fact("At", row_link(row.gateway_account, row.gateway_account.code)),
            Fact("Gross", shown(row.amount_minor, unit)),
            Fact("Fee", shown(row.fee_minor, unit), hint=f"tax {shown(row.tax_minor, unit)}" if row.tax_minor else ""),
            Fact("Net", shown(row.net_minor, unit)),
            Fact("Exchange rate", row.exchange_rate or "–"),
            Fact("Happened", when(row.gateway_created_at), hint="the gateway's time"),
            Fact("Available", when(row.available_at)),
            Fact("Settlement", code(row.settlement_ref)),
            Fact("Seen", when(row.seen_at)),
        ),
    )


@admin.register(GatewayTransaction)
class GatewayTransactionAdmin(ReadOnlyAdmin):
    """Kept whenever one is seen, for reconciliation."""

    nouns = "Gateway transactions"
    noun = "movement"
    list_display = ("title", "type_shown", "source", "gross", "fee", "net", "happened")
    list_select_related = ("gateway_account",)
    prefixes = ("txn_",)
    searched = "the gateway's id of the movement (txn_…) or of its source (ch_… re_…)"
    parts = (movement,)

    def find(self, term: str) -> Q | None:
        accounts = list(GatewayAccount.objects.values_list("pk", flat=True)[:100])
        return Q(gateway_account__in=accounts, external_id=term) | Q(source_id=term)

    def headline(self, row: GatewayTransaction, *, at: datetime) -> Headline:
        del at
        return Headline(f"{words(row.type)} {show_money(Money(row.net_minor, row.currency))} net")

    title = cell("movement", lambda row: code(row.external_id))
    type_shown = cell("type", lambda row: words(row.type))
    source = cell("of", lambda row: code(row.source_id))
    gross = cell("gross", lambda row: shown(row.amount_minor, row.currency))
    fee = cell("fee", lambda row: shown(row.fee_minor, row.currency))
    net = cell("net", lambda row: shown(row.net_minor, row.currency))
    happened = cell("happened", lambda row: when(row.gateway_created_at))
