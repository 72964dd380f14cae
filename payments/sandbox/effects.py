"""The money that really moved in the sandbox, one row a movement: the proof that nothing was charged twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from payments.sandbox.store import Transaction


@dataclass(frozen=True, slots=True)
class Effect:
    """A movement of money.

    `effect` is one of `authorized`, `released` (an authorisation, or what was not captured of it), `captured`,
    `refunded`, `refund_returned` (a refund that came back), `dispute_withdrawn`, `dispute_reinstated`, `transferred`,
    `transfer_reversed`, `paid_out`, `payout_returned`; of RazorpayX also `payout_debited` and `payout_credited`, of our
    own account there.
    `subjects` are all names under which it may be asked for:
    the ids of payment, charge, refund and session, and the payment's metadata as `key=value`, because a double charge
    is most often two objects for one order.
    """

    at: float
    gateway: str
    effect: str
    amount_minor: int
    currency: str
    object_id: str
    subjects: tuple[str, ...]
    request_id: str = ""
    idempotency_key: str = ""


def record(transaction: Transaction, *, effect: Effect) -> None:
    """Writes one movement down, in the transaction that makes it."""
    cursor = transaction.run(
        "INSERT INTO effects (at, gateway, effect, amount_minor, currency, object_id, request_id, idempotency_key)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        effect.at,
        effect.gateway,
        effect.effect,
        effect.amount_minor,
        effect.currency,
        effect.object_id,
        effect.request_id,
        effect.idempotency_key,
    )
    for subject in dict.fromkeys((effect.object_id, *effect.subjects)):
        transaction.run("INSERT INTO effect_subjects (subject, seq) VALUES (?, ?)", subject, cursor.lastrowid)


def names_of_metadata(metadata: dict[str, str]) -> Iterable[str]:
    """The names under which an object with this metadata may be asked for."""
    return (f"{key}={value}" for key, value in metadata.items())


def summary(transaction: Transaction, *, subject: str, effect: str, limit: int) -> dict[str, Any]:
    """Totals by effect and currency, and the newest movements; an empty `subject` or `effect` means all."""
    condition = "e.effect GLOB ?"
    values: list[object] = [effect or "*"]
    source = "effects e"
    if subject:
        source = "effect_subjects s JOIN effects e ON e.seq = s.seq"
        condition += " AND s.subject = ?"
        values.append(subject)
    what = "e.effect, e.currency, COUNT(*) AS count, SUM(e.amount_minor) AS amount_minor"
    totals = transaction.rows(
        f"SELECT {what} FROM {source} WHERE {condition} GROUP BY e.effect, e.currency ORDER BY 1, 2",  # noqa: S608
        *values,
    )
    rows = transaction.rows(
        f"SELECT e.* FROM {source} WHERE {condition} ORDER BY e.seq DESC LIMIT ?",  # noqa: S608
        *values,
        limit,
    )
    return {
        "count": sum(row["count"] for row in totals),
        "totals": [dict(row) for row in totals],
        "effects": [dict(row) for row in rows],
    }
