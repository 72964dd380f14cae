"""What is verified is stored once; what was parked for an object is woken by the commit that stores it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError, transaction
from redis import Redis

from config.crypto import open_sealed
from config.inbox.contract import Verified
from config.inbox.models import WebhookEvent
from config.inbox.storing import HINTS_APART, Stored, store, wake
from config.inbox.tests.toy import AT, SOURCE, body
from config.ops.tests.rows import event
from config.tests.together import begin, elsewhere, wait_for, wait_until_somebody_waits_for_a_lock


def verified(event_id: str = "evt_x", *, account: str = "toy", unique: bool = False) -> Verified:
    return Verified(account, event_id, "thing.made", "obj_1", False, AT, body_is_unique=unique)


def parked(wake_key: str, **fields: Any) -> WebhookEvent:
    return event(due_at=AT + timedelta(hours=6), state="parked", wake_key=wake_key, parked_at=AT, **fields)


def fresh(row: WebhookEvent) -> WebhookEvent:
    return WebhookEvent.objects.get(pk=row.pk)


@pytest.mark.django_db
class TestStore:
    def test_the_same_id_of_two_accounts_is_two_events(self) -> None:
        """Each merchant account numbers its events for itself."""
        one = store(source=SOURCE, verified=verified(account="one"), body=body(), at=AT)
        two = store(source=SOURCE, verified=verified(account="two"), body=body(), at=AT)
        assert (one.is_new, two.is_new, one.id == two.id) == (True, True, False)

    def test_says_which_row_holds_it_and_whether_it_is_new(self) -> None:
        content = body()
        first = store(source=SOURCE, verified=verified(), body=content, at=AT)
        again = store(source=SOURCE, verified=verified(), body=content, at=AT + timedelta(days=1))
        assert (first.is_new, again.is_new, first.id) == (True, False, again.id)
        assert WebhookEvent.objects.get().received_at == AT

    def test_what_was_found_by_asking_says_so(self) -> None:
        store(source=SOURCE, verified=verified(), body=body(), at=AT, fetched=True)
        assert WebhookEvent.objects.get().fetched is True

    def test_a_redelivery_does_not_make_a_handled_event_due(self) -> None:
        content = body()
        stored = store(source=SOURCE, verified=verified(), body=content, at=AT)
        for state in ("processed", "ignored", "foreign", "dead"):
            WebhookEvent.objects.filter(pk=stored.id).update(state=state)
            store(source=SOURCE, verified=verified(), body=content, at=AT)
            assert WebhookEvent.objects.get().state == state


@pytest.mark.django_db
class TestStoreUnderAnUnsignedId:
    def test_a_redelivery_under_the_same_id_is_counted_once(self) -> None:
        content = body()
        for expected in (True, False):
            stored = store(source=SOURCE, verified=verified(unique=True), body=content, at=AT)
            assert stored.is_new is expected
        assert WebhookEvent.objects.get().deliveries == 2

    def test_a_known_body_under_a_new_id_is_a_redelivery_of_the_first(self) -> None:
        content = body()
        first = store(source=SOURCE, verified=verified("evt_one", unique=True), body=content, at=AT)
        again = store(source=SOURCE, verified=verified("evt_two", unique=True), body=content, at=AT)
        assert (again.id, again.is_new) == (first.id, False)
        row = WebhookEvent.objects.get()
        assert (row.event_id, row.deliveries, row.mismatched_bodies) == ("evt_one", 2, 0)

    def test_of_two_that_it_could_be_the_one_with_its_body_counts_it(self) -> None:
        content = body()
        one = store(source=SOURCE, verified=verified("evt_one", unique=True), body=content, at=AT)
        two = store(source=SOURCE, verified=verified("evt_two", unique=True), body=body(), at=AT)
        again = store(source=SOURCE, verified=verified("evt_two", unique=True), body=content, at=AT)
        assert again.id == one.id != two.id
        assert WebhookEvent.objects.get(pk=one.id).deliveries == 2

    def test_an_id_that_is_used_up_suppresses_no_body(self) -> None:
        longest = "e" * 255
        for number in range(3):
            found = store(source=SOURCE, verified=verified(longest, unique=True), body=body(), at=AT)
            assert (found.is_new, found.is_due) == (True, True), number
        ids = list(WebhookEvent.objects.order_by("pk").values_list("event_id", flat=True))
        assert ids[0] == longest
        assert all(each.startswith("e" * 180 + "~") for each in ids[1:])
        assert WebhookEvent.objects.earliest("pk").mismatched_bodies == 2

    def test_a_body_whose_id_was_signed_is_no_redelivery(self) -> None:
        content = body()
        store(source=SOURCE, verified=verified("evt_one"), body=content, at=AT)
        assert store(source=SOURCE, verified=verified("evt_two"), body=content, at=AT).is_new
        assert store(source=SOURCE, verified=verified("evt_three", unique=True), body=content, at=AT).is_new

    def test_the_body_is_known_per_account(self) -> None:
        content = body()
        for account in ("one", "two"):
            found = verified(f"evt_{account}", account=account, unique=True)
            assert store(source=SOURCE, verified=found, body=content, at=AT).is_new


@pytest.mark.django_db
class TestRepeatedAt:
    """A delivery of what is here already is heard of as well, in the write that counts it."""

    def repeated(self, *, seconds: float, fetched: bool = False) -> datetime | None:
        store(source=SOURCE, verified=verified(), body=b"{}", at=AT + timedelta(seconds=seconds), fetched=fetched)
        return WebhookEvent.objects.get().repeated_at

    def test_is_when_it_came_again_to_the_minute(self) -> None:
        assert self.repeated(seconds=0, fetched=True) is None
        assert self.repeated(seconds=300) == AT + timedelta(seconds=300)
        assert self.repeated(seconds=359) == AT + timedelta(seconds=300)
        assert self.repeated(seconds=360) == AT + timedelta(seconds=360)

    def test_what_we_fetch_again_is_nobodys_word(self) -> None:
        self.repeated(seconds=0)
        assert self.repeated(seconds=300, fetched=True) is None


def hinted(*, at: datetime = AT, fetched: bool = False, content: bytes = b"{}") -> Stored:
    hint = replace(verified("a hint"), is_hint=True)
    return store(source=SOURCE, verified=hint, body=content, at=at, fetched=fetched)


def of_hint() -> WebhookEvent:
    return WebhookEvent.objects.get(event_id="a hint")


@pytest.mark.django_db
class TestHintThatComesAgain:
    @pytest.mark.parametrize("state", ["processed", "ignored", "foreign", "dead", "parked"])
    def test_is_due_again_whatever_became_of_the_first(self, state: str) -> None:
        first = hinted()
        WebhookEvent.objects.update(state=state, wake_key="obj", attempts=9, lost_leases=2, processed_at=AT)
        later = AT + timedelta(hours=1)
        again = hinted(at=later, content=b'{"another": 1}')
        assert (again.id, again.is_new, again.is_due) == (first.id, False, True)
        row = of_hint()
        assert (row.state, row.due_at, row.attempts, row.lost_leases) == ("due", later, 0, 0)
        assert (row.deliveries, row.mismatched_bodies, row.received_at, row.repeated_at) == (2, 1, later, later)

    def test_after_a_pause_so_that_a_flood_asks_little(self) -> None:
        hinted()
        WebhookEvent.objects.update(state="processed", processed_at=AT)
        for second in range(5):
            hinted(at=AT + timedelta(seconds=second))
        assert (of_hint().due_at, of_hint().deliveries) == (AT + HINTS_APART, 6)

    def test_while_it_waits_for_its_next_try_it_comes_sooner_and_the_ladder_goes_on(self) -> None:
        hinted()
        WebhookEvent.objects.update(due_at=AT + timedelta(hours=6), attempts=8)
        for second in range(3):
            hinted(at=AT + timedelta(seconds=second))
        assert (of_hint().due_at, of_hint().attempts, of_hint().received_at) == (AT + HINTS_APART, 8, AT)

    def test_what_we_made_up_ourselves_rings_nothing(self) -> None:
        hinted()
        WebhookEvent.objects.update(state="processed", processed_at=AT)
        again = hinted(fetched=True)
        assert (again.is_new, again.is_due, of_hint().state) == (False, False, "processed")

    def test_brings_the_body_back_that_was_purged(self) -> None:
        hinted()
        WebhookEvent.objects.update(state="processed", body=None)
        hinted(content=b'{"again": 1}')
        assert open_sealed(bytes(of_hint().body or b"")) == b'{"again": 1}'

    def test_a_signed_event_that_comes_again_rings_nothing(self) -> None:
        store(source=SOURCE, verified=verified(), body=b"{}", at=AT)
        WebhookEvent.objects.update(state="processed")
        assert not store(source=SOURCE, verified=verified(), body=b"{}", at=AT).is_due
        assert WebhookEvent.objects.get().state == "processed"


@pytest.mark.django_db
class TestConstraints:
    def refused(self, **fields: Any) -> str:
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            event(due_at=AT, **fields)
        return str(error.value.__cause__.diag.constraint_name)

    def test_are_sentences(self) -> None:
        assert self.refused(state="lost") == "an_inbox_row_has_a_known_state"
        assert self.refused(state="parked", wake_key="") == "a_parked_event_waits_for_a_named_object"
        event(due_at=AT, event_id="evt_same")
        assert self.refused(event_id="evt_same") == "an_event_is_stored_once_per_account"
        event(due_at=AT, body_sha256=b"s" * 32, body_is_unique=True)
        assert self.refused(body_sha256=b"s" * 32, body_is_unique=True) == "an_unsigned_event_id_needs_a_new_body"


@pytest.mark.django_db(transaction=True)
class TestWake:
    def test_makes_due_what_waited_for_it_and_nothing_else(self) -> None:
        mine, also, other = parked("pay_1"), parked("pi_1"), parked("pay_2")
        with transaction.atomic():
            assert wake(["pay_1", "pi_1"], at=AT) == 2
        assert [(fresh(row).state, fresh(row).wake_key) for row in (mine, also)] == [("due", ""), ("due", "")]
        assert fresh(mine).due_at == AT
        assert (fresh(other).state, fresh(other).wake_key) == ("parked", "pay_2")

    @pytest.mark.parametrize("keys", [[], [""], ["", ""]])
    def test_an_object_without_a_name_wakes_nobody(self, keys: list[str]) -> None:
        """Events that wait for nothing have an empty key too."""
        row = event(due_at=AT, state="processed")
        parked("pay_1")
        assert wake(keys, at=AT) == 0
        assert fresh(row).state == "processed"

    @pytest.mark.parametrize("state", ["due", "processed", "ignored", "foreign", "dead"])
    def test_only_what_is_parked_is_woken(self, state: str) -> None:
        row = event(due_at=AT, state=state, wake_key="pay_1")
        assert wake(["pay_1"], at=AT + timedelta(hours=1)) == 0
        assert (fresh(row).state, fresh(row).due_at) == (state, AT)

    def test_is_undone_with_the_commit_that_never_was(self) -> None:
        row = parked("pay_1")
        with transaction.atomic():
            wake(["pay_1"], at=AT)
            transaction.set_rollback(True)
        assert fresh(row).state == "parked"

    def test_rings_the_doorbell_when_it_woke_somebody(self) -> None:
        broker = Redis.from_url(django_settings.CELERY_BROKER_URL)
        broker.delete("webhooks")
        parked("pay_1")
        wake(["pay_1"], at=AT)
        wait_for(lambda: broker.llen("webhooks"), "the doorbell rings")
        broker.delete("webhooks")
        broker.close()

    def test_two_that_store_the_same_object_wake_it_once(self) -> None:
        parked("pay_1")
        with transaction.atomic():
            assert wake(["pay_1"], at=AT) == 1
            second = begin(lambda: wake(["pay_1"], at=AT))
            wait_until_somebody_waits_for_a_lock()
        assert second.result(30) == 0

    def test_is_seen_by_others_with_the_object_and_not_before(self) -> None:
        row = parked("pay_1")
        with transaction.atomic():
            wake(["pay_1"], at=AT)
            assert elsewhere(lambda: fresh(row).state) == "parked"
        assert elsewhere(lambda: fresh(row).state) == "due"
