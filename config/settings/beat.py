"""What happens when: every sweep, with its period in seconds, and the doors for hosts without a beat."""

from typing import Any


def _every(seconds: int, task: str, queue: str = "beat") -> dict[str, Any]:
    # A sweep that waited longer than its period in the broker is worth nothing: the next one does its work. The
    # scheduler that keeps its entries in the database calls it `expire_seconds`, and drops Celery's own `expires`.
    return {"task": task, "schedule": seconds, "options": {"queue": queue, "expire_seconds": max(seconds, 10)}}


# Nudges only make it sooner.
BEAT_SCHEDULE = {
    "process the inbox": _every(5, "inbox.process", "webhooks"),
    "run the outbox": _every(5, "outbox.run", "outbox"),
    "ask about unknown calls": _every(10, "calls.ask", "money"),
    "ask about what waits at gateways": _every(5, "watches.ask", "webhooks"),
    "measure the gateways": _every(10, "gateways.measure", "beat"),
    "fetch missed events": _every(300, "gateways.fetch_missed", "webhooks"),
    "follow transfers of tickets": _every(60, "tickets.follow_transfers", "webhooks"),
    "time out escrows": _every(30, "escrow.time_out", "money"),
    "release escrows": _every(30, "escrow.release", "money"),
    "expire reservations": _every(15, "charges.expire_reservations", "money"),
    "alarm holds that must leave": _every(3600, "escrow.alarm", "money"),
    "free reserves": _every(600, "reserves.free", "money"),
    "forget people": _every(300, "erasure.run", "beat"),
    "close forsaken setups": _every(600, "methods.close_forsaken", "money"),
    "expire saved cards": _every(3600, "methods.expire", "beat"),
    "remind of disputes": _every(600, "disputes.remind", "beat"),
    "accept small disputes": _every(3600, "disputes.accept", "money"),
    "ask about disputes": _every(3600, "disputes.refresh", "webhooks"),
    "find new payees": _every(600, "payees.find", "beat"),
    "ask about destinations": _every(3600, "payees.ask", "webhooks"),
    "look at unpaid money": _every(21600, "unpaid.look", "beat"),
    "ask for settlements": _every(21600, "settlements.ask", "webhooks"),
    "pay out who is due": _every(300, "payouts.pay_due", "money"),
    "send payouts that waited": _every(60, "payouts.send_waiting", "money"),
    "read the rails' payouts": _every(21600, "payouts.list", "webhooks"),
    "ask about paid payouts": _every(600, "payouts.ask_paid", "webhooks"),
    "seal the books": _every(86400, "ledger.seal", "beat"),
    "prove the books since the last seal": _every(3600, "ledger.check", "beat"),
    "prove the books from zero": {
        **_every(86400, "ledger.check", "beat"),
        "kwargs": {"full": True},
    },
    "refresh gauges": _every(15, "ops.refresh_gauges", "beat"),
    "seal barcodes under the newest key": _every(3600, "tickets.reseal", "beat"),
    "forget old keys and counts": _every(3600, "ops.purge", "beat"),
}

# Doors for hosts without a beat: path below /api/cron/ → the tasks that it runs, in turn.
CRON_DOORS: dict[str, list[str]] = {
    "payouts": ["payees.find", "payouts.pay_due", "payouts.send_waiting", "payouts.ask_paid"],
    "outbox/run": ["inbox.process", "calls.ask", "watches.ask", "outbox.run"],
    "escrow-timeout": [
        "charges.expire_reservations",
        "tickets.follow_transfers",
        "escrow.time_out",
        "escrow.release",
        "escrow.alarm",
        "reserves.free",
        "disputes.remind",
        "disputes.accept",
        "disputes.refresh",
    ],
}
