"""What happens after something: the one page that names every listener, handler and asker as a dotted string."""

# A topic that is emitted into the outbox → who must do something about it.
LISTENERS: dict[str, list[str]] = {
    "checkout.started": [],
    "checkout.completed": [],
    "tickets.called_back": ["orders.tickets.transfers.services.cancel.follow_called_back"],
    "ticket_transfer.accepted": [
        "payments.escrow.services.custody.follow_accepted",
        "orders.tickets.services.contradicted.take_off_sale",
    ],
    "ticket_transfer.ended": ["payments.escrow.services.custody.follow_ended"],
    "ticket_transfer.unanswered": [
        "payments.escrow.services.custody.follow_unanswered",
        "orders.tickets.services.contradicted.take_off_sale",
    ],
    "fulfilment.reviewed": [
        "payments.escrow.services.custody.follow_review",
        "orders.tickets.transfers.services.settle.follow_review",
    ],
    "hold.emptied": ["payments.escrow.services.custody.follow_emptied"],
    "user.registered": ["payouts.scouts.services.refer.note_registration"],
    "order.paid": ["orders.order.notices.send_confirmation", "payouts.scouts.services.earn.follow_order"],
    "order.expired": [],
    "order.completed": ["payouts.scouts.services.earn.follow_order"],
    "order.refunded": [],
    "order.money_moved": ["payouts.scouts.services.earn.follow_order"],
    "order.cancelled": ["payouts.scouts.services.earn.follow_order"],
    "refund.approved": ["payments.refunds.services.send.send_approved"],
    "refund.succeeded": [],
    "refund.failed": [],
    "ticket_transfer.wanted": ["orders.tickets.transfers.services.send.send_wanted"],
    "ticket_transfer.cancel_wanted": ["orders.tickets.transfers.services.cancel.send_cancel"],
    "dispute.opened": [],
    "dispute.evidence_due": ["payments.disputes.notices.remind"],
    "dispute.moved": [],
    "dispute.closed": [],
    "hold.released": [],
    "hold.must_leave": [],
    "payment.surplus": ["payments.charges.services.close.close_surplus"],
    "payment.authorized": ["payments.charges.services.capture_later.capture_after_all"],
    "payment.attempt_failed": ["payments.charges.services.close.cancel_after_failure"],
    "payment.declined_unattended": ["payments.methods.services.charge.follow_decline"],
    "payment.needs_customer": ["payments.methods.notices.ask_back"],
    "method.leaving": ["payments.methods.services.keep.send_away"],
    "method.expired": [],
    "call.unanswered": [],
    "payment.tried_out": ["payments.abuse.services.learn.close_tried_out"],
    "method.tried_out": ["payments.methods.services.abandon.close_tried_out"],
    "abuse.blocked": ["payments.abuse.services.close.close_blocked"],
    "settlement.failed": [],
    "outflow.found": [],
    "payment.suspected": [],
    "payee.short": [
        "payouts.payout.services.shortage.recall_short",
        "payouts.reversals.services.propose.propose_for_debt",
    ],
    "payout.approved": ["payouts.payout.services.send.send_approved"],
    "payout.paid": [],
    "payout.failed": [
        "payouts.payout.notices.tell_payee",
        "payouts.reversals.services.propose.bring_back_stranded",
    ],
    "payout.returned": [
        "payouts.payout.notices.tell_payee",
        "payouts.reversals.services.propose.bring_back_stranded",
    ],
    "payout.stopped": ["payouts.reversals.services.propose.bring_back_stranded"],
    "float.low": [],
    "reversal.proposed": [],
    "reversal.approved": ["payouts.reversals.services.send.send_approved"],
    "unpaid.must_leave": [],
    "gateway.breaker": [],
    "gateway.silent": [],
    "replay.approved": ["config.inbox.bulk.apply_approved"],
    "destination.proposed": ["payouts.payees.notices.tell_proposed"],
    "destination.approved": ["payouts.payees.services.known.make_known"],
    "destination.changed": ["payouts.payees.notices.tell_changed"],
}
# Emitted for those who will listen one day; nobody does yet.
SILENT_TOPICS = frozenset(
    {
        "checkout.started",
        "checkout.completed",
        "order.expired",
        "order.refunded",
        "refund.failed",
        "refund.succeeded",
        "dispute.opened",
        "dispute.moved",
        "dispute.closed",
        "hold.released",
        "hold.must_leave",
        "call.unanswered",
        "method.expired",
        "settlement.failed",
        "outflow.found",
        "payment.suspected",
        "payout.paid",
        "float.low",
        "reversal.proposed",
        "unpaid.must_leave",
        "gateway.breaker",
        "gateway.silent",
    }
)
# Which Celery queue a listener's jobs are nudged on; "outbox" where nothing is said.
LISTENER_QUEUES: dict[str, str] = {
    "payouts.payout.services.send.send_approved": "money",
    "payouts.payout.services.shortage.recall_short": "money",
    "payouts.reversals.services.propose.propose_for_debt": "money",
    "payouts.reversals.services.propose.bring_back_stranded": "money",
    "payouts.reversals.services.send.send_approved": "money",
    "payouts.payout.notices.tell_payee": "mail",
    "payments.refunds.services.send.send_approved": "money",
    "payments.charges.services.close.close_surplus": "money",
    "payments.charges.services.close.cancel_after_failure": "money",
    "payments.abuse.services.learn.close_tried_out": "money",
    "payments.abuse.services.close.close_blocked": "money",
    "payments.methods.services.abandon.close_tried_out": "money",
    "payments.charges.services.capture_later.capture_after_all": "money",
    "orders.tickets.transfers.services.send.send_wanted": "money",
    "orders.tickets.transfers.services.cancel.send_cancel": "money",
    "orders.tickets.transfers.services.cancel.follow_called_back": "money",
    "orders.tickets.transfers.services.settle.follow_review": "money",
    "orders.tickets.services.contradicted.take_off_sale": "money",
    "orders.order.notices.send_confirmation": "mail",
    "payments.methods.services.keep.send_away": "money",
    "payments.methods.services.charge.follow_decline": "money",
    "payments.methods.notices.ask_back": "mail",
    "payments.disputes.notices.remind": "mail",
    "payouts.payees.services.known.make_known": "money",
    "payouts.scouts.services.earn.follow_order": "money",
    "payouts.payees.notices.tell_proposed": "mail",
    "payouts.payees.notices.tell_changed": "mail",
    "payments.escrow.services.custody.follow_accepted": "money",
    "payments.escrow.services.custody.follow_ended": "money",
    "payments.escrow.services.custody.follow_unanswered": "money",
    "payments.escrow.services.custody.follow_review": "money",
    "payments.escrow.services.custody.follow_emptied": "money",
}

# A webhook source → (verify the delivery, handle the event, answer NeedsFetch; read an event that we
# fetched, where the gateway lists its events).
WEBHOOK_SOURCES: dict[str, dict[str, str]] = {
    "razorpay": {
        "verify": "payments.webhooks.razorpay.verify",
        "hint": "payments.webhooks.razorpay.hint",
        "handle": "payments.webhooks.razorpay.handle",
        "fetch": "payments.webhooks.context.fetch",
    },
    "stripe": {
        "verify": "payments.webhooks.stripe.verify",
        "read": "payments.webhooks.stripe.read",
        "handle": "payments.webhooks.stripe.handle",
        "fetch": "payments.webhooks.context.fetch",
    },
    "transfer/sandbox": {
        "verify": "orders.tickets.transfers.webhooks.verify_sandbox",
        "handle": "orders.tickets.transfers.webhooks.handle",
        "fetch": "orders.tickets.transfers.webhooks.fetch",
    },
    "phonepe": {
        "verify": "payments.webhooks.phonepe.verify",
        "hint": "payments.webhooks.phonepe.hint",
        "handle": "payments.webhooks.phonepe.handle",
        "fetch": "payments.webhooks.context.fetch",
    },
}

# An account of a source whose events, or some of them, somebody else handles: account → beginning of their type ("" is
# any) → who handles, and fetches, in the source's place. The source verifies them all.
WEBHOOK_ACCOUNTS: dict[str, dict[str, dict[str, str]]] = {
    "stripe": {"transfer.": {"handle": "payouts.webhooks.stripe_connect.handle_transfer"}},
    "stripe-connect": {
        "": {
            "handle": "payouts.webhooks.stripe_connect.handle",
            "fetch": "payouts.webhooks.stripe_connect.fetch",
        }
    },
    "razorpayx": {
        "": {"handle": "payouts.webhooks.razorpayx.handle", "fetch": "payouts.webhooks.razorpayx.fetch"},
    },
}

# An operation of the call journal → who asks the gateway about it.
CALL_ASKERS: dict[str, str] = {
    "payment.create": "payments.charges.services.ask.ask_create",
    "payment.capture": "payments.charges.services.ask.ask_payment",
    "payment.cancel": "payments.charges.services.ask.ask_payment",
    "customer.create": "payments.methods.services.save.ask_customer",
    "payment.confirm": "payments.charges.services.confirm.ask_confirm",
    "method.setup": "payments.methods.services.save.ask_setup",
    "method.setup_cancel": "payments.methods.services.abandon.ask_cancel",
    "method.detach": "payments.methods.services.keep.ask_detach",
    "refund.create": "payments.refunds.services.ask.ask_refund",
    "payout.transfer": "payouts.payout.services.ask.ask_transfer",
    "payout.create": "payouts.payout.services.ask.ask_payout",
    "payout.cancel": "payouts.payout.services.ask.ask_cancel",
    "transfer.reverse": "payouts.reversals.services.send.ask_reversal",
    "transfer.create": "orders.tickets.transfers.services.send.ask_create",
    "transfer.cancel": "orders.tickets.transfers.services.cancel.ask_cancel",
    "dispute.submit": "payments.disputes.services.answer.ask_answer",
    "dispute.accept": "payments.disputes.services.answer.ask_answer",
    "payee.create": "payouts.payees.services.known.ask_known",
    "destination.create": "payouts.payees.services.known.ask_known",
}

# Who may object before tickets go to a transfer provider, by raising a refusal: called with `fulfilment` and its lock.
BEFORE_TRANSFER: list[str] = ["payments.escrow.services.custody.check_may_go"]

# A kind of watched object → who asks its gateway about it.
WATCH_ASKERS: dict[str, str] = {
    "payment": "payments.charges.services.ask.ask_watched_payment",
    "outside refund": "payments.refunds.services.watched.ask_watched_outside",
    "bounce": "payments.refunds.services.watched.ask_watched_bounce",
    "setup": "payments.methods.services.follow.ask_watched_setup",
}
