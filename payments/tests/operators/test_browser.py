"""The operator site in a real browser: on a desk and on a phone, by mouse and by keyboard, by day and by night."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from config.accounts.models import User
from config.admin.show import list_url, url_of
from config.audit.models import AuditEntry
from config.inbox.models import ReplayRequest, WebhookEvent
from config.outbox.models import OutboxJob
from orders.order.access import access_token, return_token
from orders.order.models import Order
from payments.charges.models import Payment
from payments.escrow.models import EscrowHold
from payments.ledger.models import LedgerEntry, LedgerLine
from payments.refunds.models import Refund
from payments.tests.operators.conftest import Visit, Visitor
from payments.tests.operators.scene import Scene

# The scene holds rows that only long bad luck makes, and their books do not follow.
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.broken_books]
SIZES = ["desktop", "phone"]


def act(row: object, name: str) -> str:
    return url_of(row).replace("/change/", f"/act/{name}/")  # type: ignore[arg-type]


def open_menu(visitor: Visitor) -> None:
    if visitor.name.startswith("phone"):
        visitor.page.get_by_role("button", name="Menu", exact=True).click()


@pytest.mark.parametrize("size", SIZES)
class TestLogin:
    def test_leads_to_the_overview(self, visit: Visit, administrator: User, size: str) -> None:
        somebody = visit(size)
        somebody.open("/admin/")
        somebody.picture("login")
        assert somebody.page.title().startswith("Log in")
        somebody.log_in(administrator)
        assert somebody.page.get_by_role("heading", name="Needs a person").is_visible()

    def test_says_why_nobody_is_let_in(self, visit: Visit, administrator: User, size: str) -> None:
        somebody = visit(size)
        somebody.open("/admin/")
        somebody.page.get_by_label("Email").fill(administrator.email)
        somebody.page.get_by_label("Password").fill("not it")
        somebody.page.keyboard.press("Enter")
        somebody.page.get_by_text("Please enter the correct email and password").wait_for()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
class TestEveryPage:
    def test_fits_its_screen_and_complains_of_nothing(
        self, scene: Scene, visit: Visit, administrator: User, size: str, dark: bool
    ) -> None:
        """No page scrolls sideways, none throws, and the policy of content stops none of its own parts."""
        somebody = visit(size, dark=dark)
        somebody.log_in(administrator)
        for name, path in pages(scene, administrator).items():
            somebody.open(path)
            somebody.picture(name)
            assert not somebody.scrolls_sideways(), f"{name} is wider than its screen"
            assert somebody.page.locator("h1").count() == 1, f"{name} has one first heading"
            assert "could not be read" not in somebody.page.inner_text("body"), name


def pages(scene: Scene, operator: User) -> dict[str, str]:
    part = scene.delivered.fulfilments.get()
    awaiting = scene.awaiting.fulfilments.earliest("pk")
    statement = reverse("admin:payments_ledgerline_statement")
    found = {
        "dashboard": "/admin/",
        "order": url_of(scene.awaiting),
        "order-completed": url_of(scene.completed),
        "order-cancelled": url_of(scene.cancelled),
        "fulfilment": url_of(part),
        "payment": url_of(scene.authorized),
        "refund": url_of(scene.failed),
        "refund-asked": url_of(scene.asked),
        "refund-proposed": url_of(Refund.objects.get(proposals__status="proposed")),
        "hold": url_of(scene.frozen),
        "entry": url_of(LedgerEntry.objects.latest("pk")),
        "event": url_of(scene.dead_event),
        "job": url_of(scene.dead_job),
        "person": url_of(operator),
        "act-complete": act(part, "complete"),
        "act-cancel": act(awaiting, "cancel"),
        "act-refund": act(scene.completed, "refund"),
        "act-approve": act(scene.asked, "approve"),
        "act-again": act(scene.failed, "again"),
        "act-paid": act(scene.failed, "paid"),
        "act-confirm": act(Refund.objects.get(proposals__status="proposed"), "confirm"),
        "act-capture": act(scene.authorized, "capture"),
        "act-replay": act(scene.dead_event, "replay"),
        "act-revive": act(scene.dead_job, "revive"),
        "act-allow": act(ReplayRequest.objects.get(), "approve"),
        "act-ask": reverse("admin:config_replayrequest_list_act", args=["ask"]),
        "act-roles": act(User.objects.get(email="asha@example.com"), "roles"),
        "statement": f"{statement}?account=clearing&owner=stripe&currency=USD&since=2020-01-01&until=2037-01-01",
        "trial-balance": reverse("admin:payments_ledgerline_trial_balance"),
        "find": "/admin/find/?q=nothing",
        "profile": "/admin/profile/",
        "password": "/admin/password_change/",
    }
    lists = {
        model: list_url(model) for model in (Order, Payment, Refund, EscrowHold, LedgerEntry, WebhookEvent, OutboxJob)
    }
    return {**found, **{f"list-{model.__name__.lower()}": url for model, url in lists.items()}}


class TestOverview:
    @pytest.mark.parametrize("size", SIZES)
    def test_leads_from_what_waits_to_where_it_is_dealt_with(
        self, scene: Scene, visit: Visit, administrator: User, size: str
    ) -> None:
        somebody = visit(size)
        somebody.log_in(administrator)
        for waiting in (
            "Dead events and jobs",
            "Refunds to approve",
            "Refunds that failed",
            "Ends of refunds to confirm",
            "Holds that must leave",
            "Calls without an answer",
        ):
            assert somebody.page.get_by_role("heading", name=re.compile(waiting)).is_visible()
        assert somebody.page.get_by_text("In escrow", exact=True).first.is_visible()
        somebody.page.get_by_role("link", name="stripe payment_intent.succeeded").first.click()
        somebody.page.wait_for_url(re.compile(r"/webhookevent/\d+/change/"))

    def test_the_menu_of_a_phone_opens_and_closes(self, scene: Scene, visit: Visit, administrator: User) -> None:
        somebody = visit("phone")
        somebody.log_in(administrator)
        menu = somebody.page.locator("#nav-sidebar")
        assert not menu.is_visible()
        open_menu(somebody)
        menu.wait_for(state="visible")
        somebody.picture("menu")
        somebody.page.keyboard.press("Escape")
        menu.wait_for(state="hidden")
        open_menu(somebody)
        somebody.page.get_by_role("link", name="Escrow holds").click()
        somebody.page.wait_for_url("**/payments/escrowhold/")


@pytest.mark.parametrize("size", SIZES)
class TestOrder:
    def test_shows_where_the_money_is_and_leads_to_every_part_of_it(
        self, scene: Scene, visit: Visit, administrator: User, size: str
    ) -> None:
        somebody = visit(size)
        somebody.log_in(administrator)
        somebody.open(url_of(scene.awaiting))
        text = somebody.page.inner_text("#content")
        for shown in ("₹24,896.00", "In escrow", "The sellers must deliver in time", "Asha's Records", "clearing"):
            assert shown in text
        hold = EscrowHold.objects.filter(fulfilment__order=scene.awaiting).earliest("pk")
        somebody.page.get_by_role("link", name=hold.public_id).first.click()
        somebody.page.wait_for_url(f"**{url_of(hold)}")

    def test_is_found_by_its_id(self, scene: Scene, visit: Visit, administrator: User, size: str) -> None:
        somebody = visit(size)
        somebody.log_in(administrator)
        somebody.open("/admin/find/")
        somebody.page.get_by_label("An id of ours").fill(scene.unpaid.public_id)
        somebody.page.keyboard.press("Enter")
        somebody.page.wait_for_url(f"**{url_of(scene.unpaid)}")

    def test_times_are_in_the_operators_zone(self, scene: Scene, visit: Visit, administrator: User, size: str) -> None:
        somebody = visit(size)
        somebody.log_in(administrator)
        placed = Order.objects.latest("pk").created_at
        somebody.open(list_url(Order))
        assert f"{placed:%H:%M:%S}" not in somebody.page.locator("time").first.inner_text()
        assert f"{placed:%H:%M:%S} UTC" in (somebody.page.locator("time").first.get_attribute("title") or "")


@pytest.mark.parametrize("size", [*SIZES, "small"])
class TestRefund:
    def test_is_asked_for_with_its_effect_shown_and_approved_by_another(
        self, scene: Scene, visit: Visit, administrator: User, size: str
    ) -> None:
        somebody = visit(size)
        somebody.log_in(administrator)
        somebody.open(act(scene.completed, "refund"))
        somebody.picture("refund-1-opened")
        somebody.page.get_by_label("How much").fill("12.50")
        somebody.page.get_by_label("Why?").fill("a scratch on side B")
        somebody.page.get_by_role("button", name="Show what will happen").click()
        somebody.page.get_by_text("A second person must approve it").wait_for()
        somebody.picture("refund-2-shown")
        assert not somebody.scrolls_sideways()
        somebody.page.get_by_role("button", name="Refund it").click()
        somebody.page.get_by_text("Asked for as rf_").wait_for()
        own = Refund.objects.latest("pk")
        assert (own.status, own.amount_minor, own.reason) == ("requested", 1_250, "a scratch on side B")
        somebody.open(act(own, "approve"))
        somebody.page.get_by_text("who asked for it cannot approve it").wait_for()
        somebody.picture("refund-3-own")
        somebody.open(act(scene.asked, "approve"))
        somebody.picture("refund-4-approve")
        assert not somebody.scrolls_sideways()
        for shown in ("platform fees", "two seats had no view", "stripe: refund $50.00"):
            assert shown in somebody.page.inner_text("#content")
        somebody.page.get_by_label("Why?").fill("seen the photo")
        somebody.page.get_by_role("button", name="Approve it").click()
        somebody.page.get_by_text("It is approved, and on its way to the buyer.").wait_for()
        somebody.picture("refund-5-approved")
        scene.asked.refresh_from_db()
        assert scene.asked.status == "approved"


@pytest.mark.parametrize("size", SIZES)
class TestReplay:
    def test_shows_the_dry_run_asks_why_and_does_it_once(
        self, scene: Scene, visit: Visit, administrator: User, size: str
    ) -> None:
        somebody = visit(size)
        somebody.log_in(administrator)
        lines = LedgerLine.objects.count()
        somebody.open(url_of(scene.dead_event))
        somebody.page.get_by_role("link", name="Replay…").click()
        somebody.page.get_by_text("In a dry run just now it would be processed").wait_for()
        assert (LedgerLine.objects.count(), AuditEntry.objects.filter(act="replayed").count()) == (lines, 0)
        somebody.page.get_by_role("button", name="Replay it").click()
        assert somebody.page.get_by_label("Why?").evaluate("field => field.validity.valueMissing"), "it asks why"
        somebody.page.get_by_label("Why?").fill("the handler is fixed")
        somebody.page.get_by_role("button", name="Replay it").dblclick()
        somebody.page.get_by_text("It is due again, and will be handled within seconds.").wait_for()
        scene.dead_event.refresh_from_db()
        assert (scene.dead_event.state, scene.dead_event.replays) == ("due", 1)
        assert AuditEntry.objects.get(act="replayed").reason == "the handler is fixed"


class TestKeyboard:
    def test_alone_releases_the_money_of_a_delivery(self, scene: Scene, visit: Visit, administrator: User) -> None:
        part = scene.delivered.fulfilments.get()
        somebody = visit("desktop")
        somebody.log_in(administrator)
        somebody.open(url_of(part))
        press_until(somebody, "Complete and release…")
        somebody.page.keyboard.press("Enter")
        somebody.page.get_by_text("What will happen").wait_for()
        # The reason is ready to be typed where there is a keyboard.
        somebody.page.wait_for_function("document.activeElement && document.activeElement.name === 'reason'")
        somebody.page.keyboard.type("the buyer has it")
        press_until(somebody, "Release the money")
        somebody.page.keyboard.press("Enter")
        somebody.page.get_by_text("It is completed, and the money is the seller's.").wait_for()
        part.refresh_from_db()
        assert part.status == "completed"

    def test_skips_the_menu_with_the_first_key(self, scene: Scene, visit: Visit, administrator: User) -> None:
        somebody = visit("desktop")
        somebody.log_in(administrator)
        somebody.open(list_url(Order))
        somebody.page.keyboard.press("Tab")
        assert focused(somebody) == "Skip to the content"
        somebody.page.keyboard.press("Enter")
        press_until(somebody, "paid", within=8)

    def test_reaches_menu_filters_and_account(self, scene: Scene, visit: Visit, administrator: User) -> None:
        somebody = visit("desktop")
        somebody.log_in(administrator)
        somebody.open(list_url(Order))
        for name in ("Escrow holds", "Meera Iyer", "pending payment"):
            press_until(somebody, name, within=80)
        somebody.page.keyboard.press("Shift+Tab")
        assert somebody.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", "seen focus"


def focused(visitor: Visitor) -> str:
    return str(visitor.page.evaluate("(document.activeElement.innerText || document.activeElement.name || '').trim()"))


def press_until(visitor: Visitor, name: str, *, within: int = 60) -> None:
    """Tab by tab, until what has the focus says `name`."""
    for _ in range(within):
        visitor.page.keyboard.press("Tab")
        if name in focused(visitor):
            return
    raise AssertionError(f"{name} is not reached by {within} tabs")


class TestColours:
    def test_are_chosen_and_kept(self, scene: Scene, visit: Visit, administrator: User) -> None:
        somebody = visit("desktop")
        somebody.log_in(administrator)
        somebody.page.get_by_role("button", name=re.compile("Meera Iyer")).click()
        somebody.page.get_by_role("button", name="Dark").click()
        somebody.page.wait_for_function("document.documentElement.classList.contains('dark')")
        somebody.open(list_url(Order))
        somebody.page.wait_for_function("document.documentElement.classList.contains('dark')")


class TestComingBack:
    """The buyer's own page, behind the address to which the gateway sends them and behind the letter's link."""

    def test_from_the_gateways_page_shows_the_order_and_lets_nobody_act(self, scene: Scene, visit: Visit) -> None:
        order = Order.objects.filter(fulfilments__status="delivered", status="delivered").earliest("pk")
        Order.objects.filter(pk=order.pk).update(reserved_until=timezone.now())
        order.refresh_from_db()
        somebody = visit("phone")
        button = somebody.page.get_by_role("button", name="I have received everything")
        somebody.open(f"/orders/{order.public_id}?paid=1#{return_token(order)}")
        somebody.page.get_by_text("Delivered. Tell us").wait_for()
        assert not button.is_visible()
        somebody.page.goto("about:blank")
        somebody.open(f"/orders/{order.public_id}#{access_token(order)}")
        button.wait_for()
