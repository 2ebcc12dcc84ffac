"""Pages for everyone: what axe finds, the keyboard alone, the content policy, weight and steadiness of pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Document
from tests.browser.conftest import CHROMIUM, WITHOUT_CHROMIUM, Visit
from tests.browser.test_pages import LONG, clerk, company
from tests.web.people import PASSWORD, member

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM, reason=WITHOUT_CHROMIUM),
]
assert company, clerk  # the fixtures

AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
FOCUS_IS_SEEN = """() => {
  let at = document.activeElement;
  for (let up = 0; at && up < 3; up += 1, at = at.parentElement) {
    const style = getComputedStyle(at);
    if (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) return true;
    if (style.boxShadow !== "none" && at.matches("input, select, textarea, :focus-within")) return true;
  }
  return false;
}"""
SHIFTS = """
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
"""
VIOLATIONS = """
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) =>
    window.violations.push(`${event.violatedDirective}: ${event.blockedURI}`));
"""


@pytest.fixture
def everyone(company: Any) -> str:
    """The login of somebody who may open every page."""
    return member(company, "administrator", "finance_manager", name="沈经理").email


def addresses(company: Any) -> list[str]:
    """The main pages, with an invoice and its customer."""
    with tenant(company.pk):
        invoice = Document.objects.get(number="YS-K1-2")
    pages = (
        "/",
        "/customers/",
        f"/customers/{invoice.customer_id}/",
        "/items/",
        "/documents/",
        f"/documents/{invoice.pk}/",
        f"/documents/{invoice.pk}/allocate/",
        "/aging/",
        "/import/",
        "/settings/",
        "/settings/roles/",
        "/settings/trail/",
        "/settings/start/",
        "/notices/",
        "/guide/",
        "/guide/ledger",
        "/security",
        "/design",
    )
    return [f"/o/{company.code}{page}" for page in pages]


def serious(page: Any) -> list[str]:
    """What axe finds serious or critical, one line each."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    assert found["passes"], "axe ran"
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


@pytest.mark.skipif(not AXE.exists(), reason="node_modules has no axe-core: run make install")
@pytest.mark.parametrize(
    ("language", "dark", "width"),
    [("zh-hans", False, 1440), ("en", True, 1440), ("zh-hans", True, 390), ("en", False, 390)],
)
def test_axe_finds_nothing_serious_and_nothing_offends_against_the_policy(
    visit: Callable[..., Visit], company: Any, everyone: str, language: str, dark: bool, width: int
) -> None:
    window = visit(width=width, dark=dark, language=language)
    window.page.add_init_script(VIOLATIONS)
    window.open("/sign-in")
    found = {"/sign-in": serious(window.page)}
    window.sign_in(everyone, PASSWORD)
    for address in addresses(company):
        window.open(address)
        assert window.page.evaluate("window.violations") == [], address
        assert window.page.locator("html").get_attribute("lang") == language
        assert window.page.locator("h1").count() == 1, address
        assert window.page.locator("main").count() == 1, address
        found[address] = serious(window.page)
    assert {address: lines for address, lines in found.items() if lines} == {}


def test_axe_is_listened_to(visit: Callable[..., Visit]) -> None:
    window = visit()
    window.open("/sign-in")
    window.page.evaluate("document.querySelector('label').remove()")
    assert any(line.startswith(("label:", "select-name:")) for line in serious(window.page))


def test_an_offence_against_the_policy_is_seen(visit: Callable[..., Visit]) -> None:
    window = visit()
    window.page.add_init_script(VIOLATIONS)
    window.open("/sign-in")
    assert window.page.evaluate("window.violations") == []
    window.page.evaluate("document.body.setAttribute('style', 'color: red')")
    window.page.wait_for_function("() => window.violations.length === 1")
    window.wrongs.clear()  # the one made on purpose


def test_pages_stay_where_they_are_while_they_load(
    visit: Callable[..., Visit], company: Any, clerk: str
) -> None:
    for width in (1440, 390):
        window = visit(width=width)
        window.page.add_init_script(SHIFTS)
        window.sign_in(clerk, PASSWORD)
        everything = addresses(company)
        for address in (everything[0], everything[2], everything[3]):
            window.open(address)
            window.page.wait_for_timeout(600)
            assert window.page.evaluate("window.shifted") < 0.05, f"{address} at {width} px"


def test_charts_are_fetched_only_where_one_is_drawn(
    visit: Callable[..., Visit], company: Any, clerk: str
) -> None:
    window = visit()
    asked: list[str] = []
    window.page.on("request", lambda request: asked.append(request.url))
    window.sign_in(clerk, PASSWORD)
    assert any("/charts-" in url for url in asked), "the dashboard has charts"
    plain = visit()
    plain.sign_in(clerk, PASSWORD)  # the dashboard, whose requests are not counted
    asked.clear()
    plain.page.on("request", lambda request: asked.append(request.url))
    for page in ("/customers/", "/items/", "/import/", "/notices/"):
        plain.open(f"/o/{company.code}{page}")
        assert plain.page.locator("[data-chart]").count() == 0
    assert asked
    assert not [url for url in asked if "harts-" in url or "/Chart-" in url or "/bar-" in url]


def tab_to(window: Visit, selector: str, *, most: int = 60) -> None:
    """Press Tab until the focus is on `selector`; every stop on the way shows where it is."""
    for _ in range(most):
        window.page.keyboard.press("Tab")
        assert window.page.evaluate(FOCUS_IS_SEEN), window.page.evaluate("document.activeElement.outerHTML")[
            :200
        ]
        if window.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never came to {selector}")


def test_by_keyboard_from_the_sign_in_to_an_invoice(
    visit: Callable[..., Visit], company: Any, clerk: str
) -> None:
    window = visit()
    page, press = window.page, window.page.keyboard.press
    window.open("/sign-in")
    tab_to(window, "[data-sign-in-login]")
    page.keyboard.type(clerk)
    press("Tab")
    page.keyboard.type(PASSWORD)
    press("Enter")
    page.wait_for_url(f"**/o/{company.code}/")
    press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"

    press("Control+k")
    page.keyboard.type(LONG[:6])
    page.locator("#palette .find mark").first.wait_for()
    press("Enter")
    page.wait_for_url("**/customers/*-*/")
    page.wait_for_load_state("networkidle")
    assert LONG in page.locator("h1").inner_text()

    tab_to(window, f".shell-topbar a[href='/o/{company.code}/customers/']")
    press("Enter")
    page.wait_for_url("**/customers/")
    page.wait_for_load_state("networkidle")
    tab_to(window, f".shell-nav-link[href='/o/{company.code}/items/']")
    press("Enter")
    page.wait_for_url("**/items/")
    page.wait_for_load_state("networkidle")
    press("j")
    press("Enter")
    page.wait_for_url("**/documents/*-*/")
    assert page.locator("h1").inner_text().startswith(("YS-", "SK-"))


def test_menus_and_drawers_close_with_escape_and_give_the_focus_back(
    visit: Callable[..., Visit], company: Any, clerk: str
) -> None:
    window = visit(width=390)
    window.sign_in(clerk, PASSWORD)
    page, press = window.page, window.page.keyboard.press
    for button in (".shell-topbar [data-bs-target='#sidebar']", ".shell-topbar button:has(.user-initials)"):
        page.locator(button).focus()
        press("Enter")
        page.wait_for_function(
            "() => document.querySelector('.offcanvas-lg.show, .dropdown-menu.show') !== null"
        )
        press("Escape")
        page.wait_for_function(
            "() => document.querySelector('.offcanvas-lg.show, .dropdown-menu.show') === null"
        )
        assert page.evaluate("(selector) => document.activeElement.matches(selector)", button), button


def test_it_can_be_installed(visit: Callable[..., Visit], company: Any, clerk: str) -> None:
    window = visit()
    window.sign_in(clerk, PASSWORD)
    page = window.page
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    browser = page.context.new_cdp_session(page)
    browser.send("Page.enable")
    said = browser.send("Page.getAppManifest")
    assert said["errors"] == []
    assert json.loads(said["data"])["start_url"] == "/"
    errors = browser.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in errors if error["errorId"] != "in-incognito"] == []


def test_without_a_network_the_page_says_so_in_the_readers_language(
    visit: Callable[..., Visit], company: Any, clerk: str
) -> None:
    window = visit(language="en")
    window.sign_in(clerk, PASSWORD)
    page = window.page
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    window.open(f"/o/{company.code}/customers/")
    kept = page.evaluate(
        """async () => {
          const kept = [];
          for (const name of await caches.keys())
            for (const request of await (await caches.open(name)).keys()) kept.push(new URL(request.url).pathname);
          return kept;
        }"""
    )
    assert any(address.startswith("/static/dist/assets/") for address in kept)
    assert [address for address in kept if not address.startswith(("/static/", "/offline/"))] == []
    page.context.set_offline(True)
    page.goto(window.url + f"/o/{company.code}/items/")
    assert page.locator("html").get_attribute("lang") == "en"
    assert "YS-" not in page.content()
    page.context.set_offline(False)
    page.locator("main a").click()
    page.locator("table").wait_for()
    window.wrongs[:] = [wrong for wrong in window.wrongs if "ERR_INTERNET_DISCONNECTED" not in wrong]
