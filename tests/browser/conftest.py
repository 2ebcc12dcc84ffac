"""A real Chromium over a real server. Without Chromium these tests are skipped, and say so."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.conftest import make_organization

CHROMIUM = os.environ.get("HUIKUAN_CHROMIUM") or shutil.which("chromium") or ""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WITHOUT_CHROMIUM = "NO CHROMIUM: the browser tests did not run; install chromium or set HUIKUAN_CHROMIUM"


@dataclass
class Visit:
    """A page in the browser, and what went wrong in it: console errors, refused resources, exceptions."""

    page: Any
    url: str
    wrongs: list[str] = field(default_factory=list)

    def open(self, address: str) -> None:
        self.page.goto(self.url + address)
        self.page.wait_for_load_state("networkidle")

    def sign_in(self, login: str, password: str) -> None:
        self.open("/sign-in")
        self.page.locator("[data-sign-in-login]").fill(login)
        self.page.locator("[data-sign-in-password]").fill(password)
        self.page.locator("form[data-sign-in] button").click()
        self.page.wait_for_load_state("networkidle")

    def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    """The running browser, one for all tests of this folder; each has windows of its own that share nothing."""
    if not CHROMIUM:
        pytest.skip(WITHOUT_CHROMIUM)
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as driver:
        # The driver's loop runs in this thread; Django takes that for asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Any, live_server: Any) -> Iterator[Callable[..., Visit]]:
    """Open a window: `visit(width=390, dark=True, language="en")`.

    At the end nothing may have gone wrong in any of them, and nothing may have been asked of another origin.
    """
    visits: list[Visit] = []

    def start(*, width: int = 1440, dark: bool = False, language: str = "zh-hans") -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            locale="zh-CN",
            reduced_motion="reduce",
        )
        context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        made = Visit(context.new_page(), live_server.url)
        made.page.set_default_timeout(20_000)
        made.page.on("pageerror", lambda error: made.wrongs.append(str(error)))
        made.page.on(
            "console",
            lambda message: (
                made.wrongs.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        made.page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((live_server.url + "/", "data:", "blob:"))
                else made.wrongs.append(f"asked of another origin: {request.url}")
            ),
        )
        visits.append(made)
        return made

    yield start
    for made in visits:
        made.page.context.close()
        assert made.wrongs == []


@pytest.fixture
def own_organization(transactional_db: None, actor: Any) -> Any:
    """An organization of this test's own: nothing is flushed between tests that commit."""
    return make_organization(actor)
