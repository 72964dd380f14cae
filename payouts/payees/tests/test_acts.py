"""What operators can do about payees and destinations: each act for its roles and its states, told before."""

from __future__ import annotations

from typing import Any

import pytest

from config.accounts.roles import Role
from config.admin.acts import Asked, offered
from config.admin.tests.operators import act_of, as_role, confirm, signed_in, somebody, text_of
from config.audit.models import AuditEntry
from orders.tests.factories import AT, policy
from payouts.payees.acts import APPROVE, HOLD, LET_GO, PROPOSE, REJECT, REVEAL, SCHEDULE
from payouts.payees.models import Destination, Payee, PayeeAccount
from payouts.payees.services.terms import hold_payee
from payouts.payees.tests.paying import INDIAN, OTHER_INDIAN, make_payee, propose, traces

pytestmark = pytest.mark.django_db
ON_PAYEES, ON_DESTINATIONS = (HOLD, LET_GO, SCHEDULE, PROPOSE), (APPROVE, REJECT, REVEAL)


def names(row: Payee | Destination, role: Role) -> set[str]:
    """The acts that somebody of this role is offered on the row's page."""
    acts = ON_PAYEES if isinstance(row, Payee) else ON_DESTINATIONS
    return {act.name for act in offered(acts, row, user=somebody(role))}


class TestOffered:
    @pytest.mark.parametrize(
        ("role", "may"),
        [
            (Role.SUPPORT, set()),
            (Role.AUDITOR, set()),
            (Role.SELLER, set()),
            (Role.OPERATIONS, {"hold"}),
            (Role.FINANCE, {"hold", "schedule", "propose"}),
        ],
    )
    def test_on_a_payee_to_its_roles(self, role: Role, may: set[str]) -> None:
        assert names(make_payee(), role) == may

    @pytest.mark.parametrize(
        ("role", "may"),
        [
            (Role.SUPPORT, set()),
            (Role.AUDITOR, set()),
            (Role.SELLER, set()),
            (Role.OPERATIONS, set()),
            (Role.FINANCE, {"approve", "reject", "reveal"}),
        ],
    )
    def test_on_a_destination_to_its_roles(self, role: Role, may: set[str]) -> None:
        payee = make_payee()
        propose(payee)
        assert names(propose(payee, OTHER_INDIAN), role) == may

    def test_a_payee_is_held_or_let_go(self) -> None:
        payee = make_payee()
        assert (HOLD.fits(payee), LET_GO.fits(payee)) == (True, False)
        hold_payee(payee=payee, actor="user:ops", reason="looking", at=AT)
        payee.refresh_from_db()
        assert (HOLD.fits(payee), LET_GO.fits(payee)) == (False, True)

    @pytest.mark.parametrize(
        ("status", "may"),
        [
            ("proposed", {"approve", "reject", "reveal"}),
            ("verifying", {"reject", "reveal"}),
            ("active", {"reveal"}),
            ("suspended", {"reveal"}),
            ("rejected", {"reveal"}),
            ("retired", {"reveal"}),
        ],
    )
    def test_a_destination_is_decided_while_it_waits(self, status: str, may: set[str]) -> None:
        destination = propose(make_payee())
        destination.status = status
        assert names(destination, Role.FINANCE) == may

    def test_what_was_erased_is_shown_to_nobody(self) -> None:
        destination = propose(make_payee())
        destination.details = None
        assert not REVEAL.fits(destination)

    def test_who_looked_before_it_was_held_looks_again(self) -> None:
        payee = make_payee()
        before = [act.seen(payee) for act in (HOLD, LET_GO)]
        hold_payee(payee=payee, actor="user:ops", reason="looking", at=AT)
        payee.refresh_from_db()
        assert all(act.seen(payee) != seen for act, seen in zip((HOLD, LET_GO), before, strict=True))


class TestEffects:
    def test_an_approval_says_whose_place_it_takes_and_for_how_long_nothing_is_paid(self, settings: Any) -> None:
        settings.POLICY = policy(payout_cooling_hours=48)
        payee = make_payee()
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN)
        effect = APPROVE.effect(waiting, somebody(Role.FINANCE), AT)
        assert effect.refusal
        assert effect.summary == f"Payouts to {payee.user.email} in INR go to ICIC •••• 5555."
        assert effect.notes == (
            "It takes the place of HDFC •••• 6789 once it is active; then nothing is paid for 48 hours.",
        )
        assert effect.cautions[0] == "It waits for you because it takes the place of another one."
        assert [(moved.subject_id, moved.origin, moved.target) for moved in effect.moves] == [
            (waiting.public_id, "proposed", "verifying")
        ]

    def test_that_of_a_first_one_takes_nobodys_place(self) -> None:
        propose(make_payee())
        assert APPROVE.effect(propose(make_payee()), somebody(Role.FINANCE), AT).notes == ()

    @pytest.mark.parametrize("act", [APPROVE, REJECT])
    def test_who_proposed_it_or_is_paid_by_it_is_told_that_they_cannot(self, act: Any) -> None:
        payee, finance = make_payee(), somebody(Role.FINANCE)
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN, actor=finance.actor)
        for user, may in ((finance, False), (payee.user, False), (somebody(Role.FINANCE), True)):
            assert bool(act.effect(waiting, user, AT).refusal) is may

    def test_letting_go_repeats_why_it_was_held(self) -> None:
        payee = make_payee()
        hold_payee(payee=payee, actor="user:ops", reason="three chargebacks", at=AT)
        payee.refresh_from_db()
        assert LET_GO.effect(payee, None, AT).notes == ("three chargebacks",)


class TestActs:
    def test_finance_approves_what_somebody_else_proposed(self) -> None:
        payee = make_payee()
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN)
        text = text_of(confirm(as_role(Role.FINANCE), waiting, "approve"))
        assert "It is approved." in text
        waiting.refresh_from_db()
        assert waiting.status == "active"

    def test_who_proposed_it_cannot(self) -> None:
        payee, finance = make_payee(), somebody(Role.FINANCE)
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN, actor=finance.actor)
        before = traces()
        client = signed_in(finance)
        assert "neither proposed it nor is paid by it" in text_of(client.get(act_of(waiting, "approve")))
        confirm(client, waiting, "approve")
        assert traces() == before

    def test_a_rejection_is_for_the_payee_to_read(self) -> None:
        payee = make_payee()
        propose(payee)
        waiting = propose(payee, OTHER_INDIAN)
        confirm(as_role(Role.FINANCE), waiting, "reject", reason="the name is another one's")
        waiting.refresh_from_db()
        assert (waiting.status, waiting.why) == ("rejected", "the name is another one's")

    def test_details_are_shown_once_to_finance_and_that_is_kept(self) -> None:
        destination = propose(make_payee())
        finance = somebody(Role.FINANCE)
        page = confirm(signed_in(finance), destination, "reveal", reason="the bank asks")
        assert INDIAN["account_number"] in page.content.decode()
        entry = AuditEntry.objects.get(act="revealed")
        assert (entry.actor, entry.reason, entry.subject_id) == (finance.actor, "the bank asks", destination.public_id)

    @pytest.mark.parametrize(
        ("role", "name", "may"),
        [
            (Role.SUPPORT, "reveal", False),
            (Role.OPERATIONS, "reveal", False),
            (Role.FINANCE, "reveal", True),
            (Role.OPERATIONS, "reject", False),
            (Role.AUDITOR, "reveal", False),
        ],
    )
    def test_are_for_their_roles(self, role: Role, name: str, may: bool) -> None:
        waiting = propose(make_payee(), OTHER_INDIAN)
        Destination.objects.filter(pk=waiting.pk).update(status="proposed")
        assert (as_role(role).get(act_of(waiting, name)).status_code == 200) is may

    def test_operations_keep_back_and_let_go(self) -> None:
        payee, client = make_payee(), as_role(Role.OPERATIONS)
        confirm(client, payee, "hold", reason="three chargebacks")
        payee.refresh_from_db()
        assert payee.held_reason == "three chargebacks"
        confirm(client, payee, "let-go")
        payee.refresh_from_db()
        assert payee.held_at is None

    def test_finance_sets_the_schedule(self) -> None:
        payee = make_payee()
        given: dict[str, Any] = {"currency": "INR", "schedule": "weekly", "weekday": 4, "minimum": "1,500.00"}
        confirm(as_role(Role.FINANCE), payee, "schedule", **given)
        account = PayeeAccount.objects.get()
        assert (account.weekday, account.minimum_minor) == (4, 150_000)
        assert AuditEntry.objects.get(act="schedule_set").reason

    @pytest.mark.parametrize("minimum", ["soon", "1.005", "50.00"])
    def test_a_minimum_that_is_none_is_refused(self, minimum: str) -> None:
        payee = make_payee()
        before = traces()
        given: dict[str, Any] = {"currency": "INR", "schedule": "daily", "weekday": 0, "minimum": minimum}
        assert "Refused" in text_of(confirm(as_role(Role.FINANCE), payee, "schedule", **given))
        assert traces() == before

    def test_finance_proposes_for_a_payee_and_another_one_approves(self) -> None:
        payee = make_payee()
        propose(payee)
        given = {"currency": "INR", "kind": "bank_account", **OTHER_INDIAN}
        text = text_of(confirm(as_role(Role.FINANCE), payee, "propose", **given))
        assert "ICIC •••• 5555 is proposed. A second person approves it." in text

    def test_an_empty_minimum_is_ours(self) -> None:
        payee, client = make_payee(), as_role(Role.FINANCE)
        given: dict[str, Any] = {"currency": "INR", "schedule": "weekly", "weekday": 4, "minimum": "1,500.00"}
        confirm(client, payee, "schedule", **given)
        confirm(client, payee, "schedule", **given | {"minimum": ""})
        assert PayeeAccount.objects.get().minimum_minor is None

    def test_what_the_payee_proposes_first_waits_for_nobody(self) -> None:
        payee = make_payee()
        filled = dict.fromkeys(("ifsc", "account_number", "iban", "bic", "routing_number", "address", "account"), "")
        given = {"currency": "INR", "kind": "bank_account", **filled, **INDIAN}
        said = PROPOSE.do(payee, Asked(user=payee.user, reason="first", at=AT, given=given))
        assert said == "HDFC •••• 6789 is proposed."
