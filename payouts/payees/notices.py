"""What we write to payees: every change of where their money goes, whoever made it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from config.outbox.letters import send_letter
from payouts.payees.models import Destination

_NOT_YOU = "If this was not you, answer this letter at once: nothing is paid there while we look into it."
_SUBJECTS = {
    "active": "Your payouts go to {masked} from now on",
    "rejected": "{masked} will not receive your payouts",
    "suspended": "Payouts to {masked} wait for you",
}


def tell_proposed(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `destination.proposed`. Raises MailNotConfigured."""
    del at
    destination = _destination(payload)
    body = f"Somebody with access to your account wants your payouts in {destination.currency} to go to"
    waits = "\n\nOne of us looks at it first." if destination.why_approval else ""
    _write(
        destination,
        fact="proposed",
        subject=f"New destination for your payouts: {destination.masked}",
        body=f"{body} {destination.masked}.{waits}\n\n{_NOT_YOU}\n",
    )


def tell_changed(payload: Mapping[str, Any], at: datetime) -> None:
    """Listener of `destination.changed`. Raises MailNotConfigured."""
    del at
    destination, became = _destination(payload), str(payload["to"])
    why = destination.why or "write to us"
    said = {
        "active": f"Payouts in {destination.currency} go to {destination.masked} from now on.{_cooling(destination)}",
        "rejected": f"{destination.masked} was not accepted for your payouts: {why}.",
        "suspended": f"Nothing can be paid to {destination.masked} before this is settled: {why}.",
    }[became]
    more = f"\n\n{_NOT_YOU}" if became == "active" else ""
    subject = _SUBJECTS[became].format(masked=destination.masked)
    _write(destination, fact=f"{became}.{payload['at']}", subject=subject, body=f"{said}{more}\n")


def _cooling(destination: Destination) -> str:
    if destination.cools_until is None:
        return ""
    return f" Because that is a change, nothing is paid there before {destination.cools_until:%Y-%m-%d %H:%M} UTC."


def _destination(payload: Mapping[str, Any]) -> Destination:
    return Destination.objects.select_related("payee__user").get(public_id=payload["destination"])


def _write(destination: Destination, *, fact: str, subject: str, body: str) -> None:
    person = destination.payee.user
    if person.email and person.is_active:
        send_letter(fact=f"destination.{destination.public_id}.{fact}", subject=subject, body=body, to=[person.email])
