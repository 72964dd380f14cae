"""What operators answer to a dispute: the evidence is handed in, it is conceded, or the gateway is asked."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime
from typing import Any

from config.admin.acts import Act, Asked, Effect, effect_of
from config.admin.money import show_money
from config.admin.panel import Tone
from config.audit.rehearsal import rehearse
from config.kernel.errors import Unavailable
from config.kernel.verdict import Verdict
from payments.disputes import rules
from payments.disputes.acts import LABELS, deadline_notes, draft_effect, is_answerable, paper_label, seen
from payments.disputes.models import Dispute, DisputeEvidence, EvidenceFile
from payments.disputes.queries import takes_answers
from payments.disputes.services.answer import submit_evidence
from payments.disputes.services.concede import AWAITS_SECOND, concede, may_go_alone, refuse_concession
from payments.disputes.services.evidence import has_evidence
from payments.disputes.services.keeping import if_lost
from payments.disputes.services.observe import observe_dispute
from payments.disputes.services.sweeps import refresh_dispute
from payments.disputes.states import DisputeStatus
from payments.gateways.contract import Outcome
from payments.gateways.dispute_views import DisputeState, DisputeView, EvidenceText
from payments.gateways.failures import GatewayMisconfigured, QuestionRefused, UnreadableObject
from payments.reserves.recovering import short

log = logging.getLogger(__name__)


class DisputeNotRead(Unavailable):
    """The gateway refuses to show the dispute, or shows what we cannot read: look at its keys and at the log."""

    code = "dispute_not_read"


SAID = {
    Outcome.SUCCEEDED: "The gateway has it.",
    Outcome.PENDING: "The gateway works on it.",
    Outcome.UNKNOWN: "The gateway's answer was lost. The machine asks what became of it; look again in some minutes.",
    Outcome.NOT_EXECUTED: "The gateway did not take it, and nothing happened. Try again.",
    Outcome.DECLINED: "The gateway refuses it. What it says of the dispute now stands here; see Calls for its reason.",
}


def _submit_effect(dispute: Dispute, user: Any, at: datetime) -> Effect:
    draft = draft_effect(dispute, user, at)
    written = DisputeEvidence.objects.filter(dispute=dispute).first()
    texts = written.texts if written else {}
    files = list(EvidenceFile.objects.filter(dispute=dispute).order_by("paper"))
    said = [f"{LABELS[EvidenceText(name)][0]}: {_cut(texts[name])}" for name in sorted(texts)]
    said += [f"{paper_label(file.paper)}: {file.name}, {max(1, file.size // 1024)} KB" for file in files]
    service = dispute.gateway_account.gateway
    calls = [f"{service}: upload {file.name}" for file in files]
    effect = replace(
        draft,
        summary="This goes to the buyer's bank, which decides. It can be handed in once, and nothing can be added.",
        notes=(*deadline_notes(dispute, at), *said),
        calls=(*calls, f"{service}: submit the evidence of {dispute.gateway_dispute_id}"),
        cautions=() if files else ("No file is among it. Banks rarely decide for words alone.",),
    )
    if effect.refusal and not said:
        return replace(effect, refusal=Verdict.no("no_evidence", "nothing is written and no file is kept"))
    return effect


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 160 else f"{line[:160]}…"


def _told(outcome: str) -> str:
    if outcome == AWAITS_SECOND:
        return "It is asked for. Another person lets it go, or says no."
    return SAID[Outcome(outcome)]


SUBMIT = Act(
    name="submit",
    title="Submit the evidence…",
    confirm="Submit it",
    code="disputes.answer",
    effect=_submit_effect,
    do=lambda row, asked: _told(submit_evidence(dispute_pk=row.pk, **asked.said)),
    done="It is submitted.",
    fits=lambda row: is_answerable(row) and has_evidence(row),
    seen=seen,
    tone=Tone.GOOD,
)


def _accept_effect(dispute: Dispute, user: Any, at: datetime) -> Effect:
    """What losing would book is rehearsed as if the gateway had said so."""
    lost = DisputeView(
        dispute_id=dispute.gateway_dispute_id,
        charge_id=dispute.charge_id,
        gateway_payment_id=dispute.payment.gateway_payment_id or "",
        state=DisputeState.LOST,
        amount=dispute.amount,
        reason=dispute.reason,
        network_reason=dispute.network_reason,
        phase=dispute.phase,
        opened_at=dispute.opened_at,
        evidence_due_at=dispute.evidence_due_at,
        is_submitted=dispute.is_submitted,
        movements=(),
        livemode=dispute.payment.livemode,
    )
    first = _first_of_two(dispute, user)
    if first is not None:
        return first
    found = rehearse(lambda: observe_dispute(payment=dispute.payment, view=lost, told_at=None, actor=user.actor, at=at))
    effect = Effect(
        summary=f"{show_money(dispute.amount)} is conceded to the buyer's bank, for good. The fee is not given back.",
        calls=(f"{dispute.gateway_account.gateway}: close {dispute.gateway_dispute_id}",),
        notes=(f"Asked for because: {dispute.concession_reason}",) if dispute.concession_asked_by else (),
        cautions=(
            "There is no way back: evidence is not taken after this.",
            *_while_reviewed(dispute),
            *short(if_lost(dispute)),
        ),
    )
    return effect_of(found, effect)


def _first_of_two(dispute: Dispute, user: Any) -> Effect | None:
    """What the first of two people does: nothing goes to the gateway yet, and they cannot do the second's part."""
    alone = may_go_alone(dispute)
    if alone or dispute.concession_asked_by not in ("", user.actor):
        return None
    if dispute.concession_asked_by:
        verdict = Verdict.no("four_eyes", "you asked for it; another person lets it go")
        return Effect(summary="It waits for another person.", refusal=verdict)
    return Effect(
        summary=f"You ask to concede {show_money(dispute.amount)}. Nothing goes to the gateway before another person"
        " with the same right has looked at what it costs, and concedes it.",
        notes=(f"Two are needed: {alone.detail}.",),
        cautions=short(if_lost(dispute)),
    )


def _while_reviewed(dispute: Dispute) -> tuple[str, ...]:
    if dispute.status != DisputeStatus.UNDER_REVIEW:
        return ()
    return ("The bank decides about our evidence now; the gateway may refuse to take it back.",)


ACCEPT = Act(
    name="accept",
    title="Concede it…",
    confirm="Concede it",
    code="disputes.accept",
    effect=_accept_effect,
    do=lambda row, asked: _told(concede(dispute_pk=row.pk, **asked.said)),
    done="It is conceded.",
    fits=lambda row: _is_acceptable(row),
    seen=seen,
    tone=Tone.BAD,
)


def _is_acceptable(row: Dispute) -> bool:
    return bool(rules.may_accept(status=row.status)) and takes_answers(row.gateway_account.code)


KEEP = Act(
    name="keep",
    title="Do not concede it…",
    confirm="Do not concede it",
    code="disputes.accept",
    effect=lambda row, user, at: Effect(
        summary="Nobody's wish to concede it stands any more; it can be answered, or conceded anew.",
        notes=(f"Asked for because: {row.concession_reason}",),
    ),
    do=lambda row, asked: refuse_concession(dispute_pk=row.pk, **asked.said),
    done="It is not conceded.",
    fits=lambda row: bool(row.concession_asked_by) and _is_acceptable(row),
    seen=seen,
)


def _ask(row: Dispute, asked: Asked) -> bool | str:
    try:
        known = refresh_dispute(dispute_pk=row.pk, at=asked.at)
    except (GatewayMisconfigured, QuestionRefused, UnreadableObject) as error:
        log.exception("a dispute cannot be read")
        raise DisputeNotRead from error
    return known or "The gateway knows of no such dispute. Look whether the account's keys are those of this account."


ASK = Act(
    name="ask",
    title="Ask the gateway…",
    confirm="Ask now",
    code="disputes.answer",
    effect=lambda row, user, at: Effect(
        summary="What the gateway says of it now is recorded and booked, as if it had told us by itself.",
        calls=(f"{row.gateway_account.gateway}: read {row.gateway_dispute_id}",),
    ),
    do=_ask,
    done="It is up to date.",
    fits=lambda row: takes_answers(row.gateway_account.code),
)
