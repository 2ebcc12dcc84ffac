"""Pictures of every page of the demo company, into ./screenshots/.

    scripts/screenshots.py [--url http://127.0.0.1:8000] [--only NAME,...] [--languages zh-hans,zh-hant,en]
                           [--widths 1440,390] [--themes light,dark] [--into FOLDER]

Without --url the demo is started on a free port and stopped afterwards. Each page is taken in Chinese and
English, on a desk (1440 px) and a phone (390 px), by day and by night: <language>/<page>-<width>-<theme>.png.
Areas of the navigation that are not named below are taken too, under the last part of their address.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
CHROMIUM = os.environ.get("HUIKUAN_CHROMIUM") or shutil.which("chromium") or ""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE_SECONDS = 600  # the first start builds the demo
SETTLED_MS = 250  # charts and fonts
TALLEST_PX = 4000

LANGUAGES = {"zh-hans": "zh-CN", "zh-hant": "zh-TW", "en": "en-US"}
ACCOUNT = "finance@demo.example"
ADMINISTRATOR = "admin@demo.example"  # opens the settings, but for these
BASE = "/o/demo"
NOT_ADMINISTRATOR = (f"{BASE}/settings/periods/", f"{BASE}/settings/trail/")

# Name of the picture, address; what follows ">" is the link on that page that leads on, or UPLOAD.
UPLOAD = "upload"
FILE = (
    "客户代码,客户名称,信用额度\nN001,宁波海翔机械有限公司,500000\nN002,上海纺织厂,很多\n,没有代码的客户,1\n"
)
PAGES: dict[str, str] = {
    "dashboard": f"{BASE}/",
    "customers": f"{BASE}/customers/?sort=-balance",
    "customer": f"{BASE}/customers/?sort=-balance > tbody tr:nth-child(2) a",
    "items": f"{BASE}/items/",
    "items-overdue": f"{BASE}/items/?cell=overdue&sort=-amount",
    "documents": f"{BASE}/documents/",
    "document": f"{BASE}/items/?cell=overdue&sort=-amount > tbody tr:nth-child(3) a",
    "allocate": f"{BASE}/items/?cell=unallocated&sort=-amount > tbody tr:nth-child(1) a > .page-heading-actions a[href*=allocate]",
    "aging": f"{BASE}/aging/",
    "aging-by-salesperson": f"{BASE}/aging/?by=salesperson",
    "import": f"{BASE}/import/",
    "import-check": f"{BASE}/import/ > {UPLOAD}",
    "import-result": f"{BASE}/import/ > tbody tr:nth-child(1) a",
    "settings": f"{BASE}/settings/organization/",
    "settings-accounts": f"{BASE}/settings/accounts/",
    "settings-periods": f"{BASE}/settings/periods/",
    "settings-terms": f"{BASE}/settings/terms/",
    "settings-numbering": f"{BASE}/settings/numbering/",
    "settings-users": f"{BASE}/settings/users/",
    "settings-roles": f"{BASE}/settings/roles/",
    "settings-mappings": f"{BASE}/settings/mappings/",
    "settings-trail": f"{BASE}/settings/trail/",
    "onboarding": f"{BASE}/settings/start/",
    "notices": f"{BASE}/notices/",
    "search": f"{BASE}/search?q=nb",
    "security": f"{BASE}/security",
    "guide": f"{BASE}/guide/",
    "guide-ledger": f"{BASE}/guide/ledger",
    "design": f"{BASE}/design",
    "offline": "/offline/zh-hans",
    "not-found": f"{BASE}/nothing-here",
}


def main() -> None:
    """Take the pictures; exit status 1 where a page failed or there is no browser."""
    asked = _arguments()
    if not CHROMIUM:
        sys.exit("no chromium: install it or set HUIKUAN_CHROMIUM")
    only = [name for name in asked.only.split(",") if name]
    with _site(asked.url) as url, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        failures = [
            failure
            for language in asked.languages.split(",")
            for width in asked.widths.split(",")
            for theme in asked.themes.split(",")
            for failure in _session(browser, url, only, Path(asked.into), language, int(width), theme)
        ]
        browser.close()
    for failure in failures:
        sys.stderr.write(f"{failure}\n")
    sys.exit(1 if failures else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Pictures of every page of the demo company.")
    parser.add_argument("--url", help="a running demo; without it one is started")
    parser.add_argument("--only", default="", help="names of pages, comma-separated")
    parser.add_argument("--languages", default="zh-hans,en", help="comma-separated")
    parser.add_argument("--widths", default="1440,390", help="of the window in px, comma-separated")
    parser.add_argument("--themes", default="light,dark", help="comma-separated")
    parser.add_argument("--into", default=str(ROOT / "screenshots"), help="folder of the pictures")
    return parser.parse_args()


@contextmanager
def _site(url: str | None) -> Iterator[str]:
    """The address of the demo: the given one, or one that is started for the while."""
    if url:
        yield url.rstrip("/")
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).parent / "huikuan"), "demo", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        _wait_for(f"http://127.0.0.1:{port}", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=60)


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            sys.exit(f"the demo did not start: exit status {server.returncode}")
        try:
            urllib.request.urlopen(f"{url}/sign-in", timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.5)
        else:
            return
    sys.exit("the demo did not start in time")


def _session(
    browser: Browser, url: str, only: list[str], into: Path, language: str, width: int, theme: str
) -> Iterator[str]:
    """One language, window and theme; yields what failed."""
    folder = into / language
    folder.mkdir(parents=True, exist_ok=True)
    people = {account: _window(browser, url, language, width, theme) for account in (ACCOUNT, ADMINISTRATOR)}
    for account, page in people.items():
        page.goto(f"{url}/sign-in")
        if account == ACCOUNT and (not only or "sign-in" in only):
            _take(page, folder / f"sign-in-{width}-{theme}.png")
        page.locator(f'[data-demo-login="{account}"]').click()
        page.wait_for_url(f"**{BASE}/**")
    for name, address in _pages(people[ACCOUNT]).items():
        if only and name not in only:
            continue
        page = people[_account(address)]
        try:
            _go(page, url, address.replace("/offline/zh-hans", f"/offline/{language}"))
            _take(page, folder / f"{name}-{width}-{theme}.png")
        except Exception as error:  # one broken page must not hide the others
            yield f"{language} {width} {theme} {name}: {error}"
            continue
        overflow: Any = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if overflow > 0:
            yield f"{language} {width} {theme} {name}: {overflow} px wider than the window"
    for page in people.values():
        page.context.close()


def _account(address: str) -> str:
    """Who opens the page."""
    settings = f"{BASE}/settings/" in address and address not in NOT_ADMINISTRATOR
    return ADMINISTRATOR if settings else ACCOUNT


def _window(browser: Browser, url: str, language: str, width: int, theme: str) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=theme,  # type: ignore[arg-type]
        locale=LANGUAGES[language],
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "django_language", "value": language, "url": url}])
    page = context.new_page()
    page.set_default_timeout(30_000)
    return page


def _pages(page: Page) -> dict[str, str]:
    """The pages above, and what else the navigation leads to."""
    links = page.locator(".shell-nav-link").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    named = {address.split("?")[0] for address in PAGES.values()}
    more = {
        link.strip("/").split("/")[-1]: link for link in links if link not in (*named, f"{BASE}/settings/")
    }
    return {**PAGES, **{name: link for name, link in more.items() if name not in PAGES}}


def _go(page: Page, url: str, address: str) -> None:
    start, *links = address.split(" > ")
    page.goto(url + start)
    for link in links:
        if link == UPLOAD:
            _upload(page)
            continue
        page.goto(url + str(page.locator(link).first.get_attribute("href")))


def _upload(page: Page) -> None:
    """Hand in a file with faults, up to the page that shows them; nothing is imported."""
    file = {"name": "客户.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    page.set_input_files("input[type=file]", file)  # type: ignore[arg-type]
    page.locator("form[data-intake] button.btn-primary").click()
    page.wait_for_url("**/check/**")


def _take(page: Page, path: Path) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(SETTLED_MS)
    width = int(page.evaluate("window.innerWidth"))
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    # The window grows first and the page settles: charts would be caught in the middle of being redrawn.
    page.set_viewport_size({"width": width, "height": min(height, TALLEST_PX)})
    page.wait_for_timeout(SETTLED_MS)
    page.screenshot(path=path)
    page.set_viewport_size({"width": width, "height": 900})


if __name__ == "__main__":
    main()
