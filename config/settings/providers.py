"""Whom the platform asks for what it proves, shows and forgets: providers of the apps above, as dotted strings."""

# Truths of the books, in the order in which they are checked.
TRUTHS: list[str] = [
    "payments.ledger.truths.entries_balance",
    "payments.ledger.truths.every_currency_sums_to_zero",
    "payments.ledger.truths.nothing_stands_on_the_wrong_side",
    "payments.ledger.truths.payee_balances_are_their_lines",
    "payments.ledger.truths.the_seal_is_the_sum_of_its_lines",
    "payments.escrow.truths.escrow_is_what_holds_keep",
    "payments.refunds.truths.refunds_are_what_is_owed",
    "payments.refunds.truths.unapplied_money_is_on_its_way_back",
    "payments.disputes.truths.losses_leave_nothing_behind",
    "payments.disputes.truths.withdrawn_is_what_moved_and_is_not_lost",
    "payments.disputes.truths.disputes_are_their_movements",
    "payments.disputes.truths.holds_lost_what_disputes_took",
    "payments.disputes.truths.payments_and_orders_know_their_disputes",
    "payments.charges.truths.payments_are_their_captures",
    "payments.charges.truths.orders_took_what_was_applied",
    "payments.escrow.truths.fees_are_what_lines_froze",
    "payments.escrow.custody_truths.no_ticket_is_in_two_custodies",
    "payments.escrow.custody_truths.stock_of_ticketed_listings_is_their_tickets",
    "payments.reserves.truths.what_stands_in_reserve_is_explained",
    "payments.reserves.truths.slices_are_what_releases_kept",
    "payments.reserves.truths.decided_disputes_keep_nothing_back",
    "payments.debts.truths.bad_debt_is_what_two_people_wrote_off",
    "payments.settlements.truths.settling_is_what_was_announced",
    "payments.outflows.truths.suspense_is_what_nobody_explained",
    "payouts.payout.truths.in_transit_is_what_payouts_froze",
    "payouts.payout.truths.payouts_are_their_lines",
    "payouts.payout.truths.connected_is_what_was_transferred_and_not_paid",
    "payouts.scouts.truths.bounties_are_reversed_with_their_orders",
    "payouts.scouts.truths.reserves_of_scouts_are_what_accrued",
    "payouts.scouts.truths.bounties_cost_what_was_not_reversed",
    "payouts.reversals.truths.reversals_are_back",
]

# How a rehearsal reads what an act would have booked: the mark before it, and the lines after the mark.
BOOKS_WITNESS: dict[str, str] = {
    "mark": "payments.ledger.queries.last_entry_id",
    "written": "payments.ledger.queries.written_since",
}

# What of a payee's money is in payouts that were not sent: `(owner, currency) -> minor units`. A preview says who would
# give back how much from where.
RECALLABLE = "payouts.payout.queries.recallable_minor"
# Whether what a payee owes is being taken out of their account at a rail: `(owner, currency) -> bool`, under the lock
# of their balance. It is not written off meanwhile.
DEBT_TAKEN_BACK = "payouts.reversals.queries.is_debt_taken_back"

# What people call the payees that the books do not name by a person: a query for one `said` by `OuterRef("owner")`.
PAYEE_NAMES = "payouts.payees.queries.said_of_owner"
# Who those are where they act: `owner -> actor`, empty where there is nobody. Nobody decides about their own debt.
PAYEE_ACTOR = "payouts.payees.queries.actor_of_owner"

# Panels of the dashboard, and lists of what needs a person.
DASHBOARD_PANELS: list[str] = [
    "payments.panels.money_by_state",
    "payouts.payout.panels.in_transit",
    "orders.panels.today",
    "payments.health.panels.gateways",
    "config.ops.panels.queues",
]
WORK_LISTS: list[str] = [
    "payments.health.panels.gateways_to_look_at",
    "config.ops.panels.dead_rows",
    "config.ops.panels.unanswered_calls",
    "payments.watching.panels.undecided",
    "config.inbox.panels.replays_to_approve",
    "payments.panels.refunds_to_approve",
    "orders.tickets.transfers.panels.transfers_to_settle",
    "payments.disputes.panels.disputes_to_answer",
    "payments.disputes.panels.concessions_to_decide",
    "payments.disputes.panels.won_and_not_back",
    "payments.panels.failed_refunds",
    "payments.panels.proposals_to_confirm",
    "payouts.payout.panels.seller_payouts_to_approve",
    "payouts.payout.panels.scout_payouts_to_approve",
    "payouts.payout.panels.failed_payouts",
    "payouts.payout.panels.paid_late",
    "payouts.payout.panels.floats_short",
    "payouts.payout.panels.payouts_to_take_out",
    "payouts.payout.panels.bank_results_to_confirm",
    "payouts.payout.panels.float_moves_to_confirm",
    "payouts.treasury.panels.came_unexplained",
    "payouts.treasury.panels.moves_never_came",
    "payouts.payees.panels.destinations_to_approve",
    "payouts.payees.panels.destinations_refused",
    "payments.debts.panels.debts_to_confirm",
    "payments.debts.panels.payees_who_owe",
    "payments.panels.unapplied_money",
    "payments.reviews.panels.open_reviews",
    "orders.tickets.panels.tickets_to_find",
    "payments.outflows.panels.unexplained",
    "payments.panels.holds_that_must_leave",
    "payouts.unpaid.panels.money_that_must_be_paid",
    "payouts.reversals.panels.reversals_to_decide",
    "payouts.reversals.panels.money_in_payees_accounts",
    "payouts.kept.panels.kept_to_confirm",
    "config.erasure.panels.erasures_to_settle",
    "payments.abuse.panels.blocks_standing",
    "payments.panels.broken_truths",
]
# Gauges that are read from the database: `(at) -> {gauge with labels: value}`.
GAUGE_PROVIDERS: list[str] = [
    "config.ops.gauges.queues",
    "config.ops.gauges.stored",
    "orders.tickets.transfers.gauges.by_state",
    "payments.gauges.by_state",
    "payments.gauges.gateways",
    "payouts.payout.gauges.by_state",
    "payouts.payout.gauges.missing_on_floats",
]
# What the apps above the platform add to the figures of `/api/v1/ops/metrics/`: name → `(at) -> what JSON can say`.
OPS_FIGURES: dict[str, str] = {
    "orders_24h": "orders.figures.orders_24h",
    "pending_payouts": "payouts.payout.gauges.pending",
    "tickets_in_escrow": "orders.figures.tickets_in_escrow",
}
# What the apps above the platform forget by age: `(at=…, batch=…) -> rows that went`.
PURGES: dict[str, str] = {
    "payment origins": "payments.abuse.services.forget.forget_origins",
    "ticket barcodes": "orders.tickets.services.forgetting.forget_barcodes",
}

# Queues of the apps above the platform → the model of their rows: they are in the gauges and in `/readyz` like its own.
QUEUE_MODELS: dict[str, str] = {"watches": "payments.watching.models.Watch"}

# Who has what of a person: what brings theirs to an end, what of it is not over (they are not forgotten before), and
# what goes. In this order: the account is last, because others find by what it says.
ERASURES: dict[str, dict[str, str]] = {
    "orders": {"open": "orders.order.erasure.open_things", "erase": "orders.order.erasure.erase"},
    "ticket transfers": {
        "open": "orders.tickets.transfers.erasure.open_things",
        "erase": "orders.tickets.transfers.erasure.erase",
    },
    "tickets": {"open": "orders.tickets.erasure.open_things", "erase": "orders.tickets.erasure.erase"},
    "told by gateways": {"open": "payments.charges.erasure.open_things", "erase": "payments.charges.erasure.erase"},
    "refunds": {"open": "payments.refunds.erasure.open_things", "erase": "payments.refunds.erasure.erase"},
    "disputes": {"open": "payments.disputes.erasure.open_things", "erase": "payments.disputes.erasure.erase"},
    "escrow": {"open": "payments.escrow.erasure.open_things", "erase": "payments.escrow.erasure.erase"},
    "methods": {
        "prepare": "payments.methods.erasure.prepare",
        "open": "payments.methods.erasure.open_things",
        "erase": "payments.methods.erasure.erase",
    },
    "payees": {
        "prepare": "payouts.payees.erasure.prepare",
        "open": "payouts.payees.erasure.open_things",
        "erase": "payouts.payees.erasure.erase",
    },
    "scouts": {"open": "payouts.scouts.erasure.open_things", "erase": "payouts.scouts.erasure.erase"},
    "abuse": {"erase": "payments.abuse.erasure.erase"},
    "events": {"open": "config.inbox.erasure.open_things", "erase": "config.inbox.erasure.erase"},
    "idempotency": {"erase": "config.idempotency.erasure.erase"},
    "account": {"open": "config.accounts.erasure.open_things", "erase": "config.accounts.erasure.erase"},
}

# Who looks at a referral code before an account is opened: `(code, email)`, raising what it refuses.
REFERRAL_VALIDATOR = "payouts.scouts.services.refer.check_code"

# What the apps above the payments add to the demo before its orders are placed: `(at=…)`.
DEMO_SEEDS: list[str] = ["payouts.demo.seed_payees", "payouts.scouts.demo.seed_scout"]
# What the demo shows of the apps above the payments, once its orders are placed: `(control=…, say=…)`.
DEMO_ORDER_SEEDS: list[str] = [
    "payouts.scouts.demo.seed_scouting",
    "payouts.payout.demo.seed_payouts",
    "payouts.reversals.demo.seed_debts",
]
# URL modules of the apps above the platform.
URL_MODULES: list[str] = ["orders.urls", "payments.urls", "payouts.urls"]
