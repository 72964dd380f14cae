"""A headless Chromium, a running site, and a scene on it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, sync_playwright

from config.accounts.models import User
from config.accounts.roles import Role
from payments.tests.operators.scene import PASSWORD, Scene, build, person
from payments.tests.world import World

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
SIZES = {"desktop": (1280, 900), "phone": (390, 844), "small": (360, 740)}
# Where pictures of the pages are kept, when somebody wants to look at them.
PICTURES = os.environ.get("HOLDFAST_PICTURES", "")


@pytest.fixture
def scene(world: World) -> Scene:
    return build(world)


@pytest.fixture
def chromium(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """Started after the scene and ended with the test: while it runs, this thread has an event loop of Playwright's,
    and Django would take every query of the test for one of an async view."""
    del scene
    if not Path(CHROMIUM).exists():
        pytest.skip(f"there is no Chromium at {CHROMIUM}")
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()
        connections.close_all()  # those of this loop, which are not the thread's others


class Visitor:
    """Somebody at a screen. Every error that a page throws or a policy refuses fails the test."""

    def __init__(self, page: Page, base: str, name: str) -> None:
        self.page = page
        self.base = base
        self.name = name
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.base}{path}")
        # Until Alpine has started, the page hides itself.
        self.page.wait_for_function("!document.documentElement.hasAttribute('x-cloak')")

    def log_in(self, user: User) -> None:
        self.open("/admin/")
        self.page.fill("#id_username", user.email)
        self.page.fill("#id_password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("#nav-sidebar", state="attached")

    def picture(self, name: str) -> None:
        if PICTURES:
            self.page.wait_for_timeout(150)
            self.page.screenshot(path=f"{PICTURES}/{name}-{self.name}.png", full_page=True)

    def scrolls_sideways(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"))


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(chromium: Browser, live_server: Any, settings: Any) -> Iterator[Visit]:
    """`visit("phone", dark=True)`: a fresh browser profile with a screen of that size."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "session", "csrftoken"
    visitors: list[Visitor] = []

    def make(size: str = "desktop", *, dark: bool = False) -> Visitor:
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            has_touch=size == "phone",
        )
        visitors.append(Visitor(context.new_page(), live_server.url, f"{size}{'-dark' if dark else ''}"))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.page.context.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []


@pytest.fixture
def administrator(db: None) -> User:
    return person(Role.ADMINISTRATOR, name="Meera Iyer")
