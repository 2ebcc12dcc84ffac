"""Pictures of every page of the demo company, into ./screenshots/.

    scripts/screenshots.py [--url http://127.0.0.1:8000] [--only NAME,...] [--languages zh-hans,zh-hant,en]
                           [--widths 1440,390] [--themes light,dark] [--into FOLDER]
                           [--org CODE --sign-in E-MAIL]

Without --url the demo is started on a free port and stopped afterwards. Each page is taken in Chinese and
English, on a desk (1440 px) and a phone (390 px), by day and by night: <language>/<page>-<width>-<theme>.png.
The languages are taken side by side, each by a browser of its own; Debian's chromium-l10n gives it the language too.

Pages are found by following links from the dashboard of each demo account, one address per route, so that a new
page is in the pictures without being named here; PAGES adds states that no plain link leads to. Routes that no
link reached are printed: acts, fragments and files should be all of them.

--org and --sign-in take another organization of the same installation (an empty one, say) as one person, whose
password is in HUIKUAN_PASSWORD.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.error import URLError

import django
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from playwright.sync_api import Browser, Page, sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huikuan.config.settings")
django.setup()

ROOT = Path(__file__).parent.parent
CHROMIUM = os.environ.get("HUIKUAN_CHROMIUM") or shutil.which("chromium") or ""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE_SECONDS = 600  # the first start builds the demo
PAGE_PATIENCE_MS = 90_000  # beside whatever else the machine does
SETTLED_MS = 250  # charts and fonts
TALLEST_PX = 4000

LANGUAGES = {"zh-hans": "zh-CN", "zh-hant": "zh-TW", "en": "en-US"}
DEMO = "demo"
# Who opens the pages of the demo: each takes the routes that those before were not led to.
ACCOUNTS = tuple(
    f"{name}@demo.example"
    for name in ("finance", "admin", "accountant", "cashier", "credit", "collector", "sales")
)
NO_PAGE = re.compile(r"\.(xlsx|csv|pdf|json|xml|zip|txt|webmanifest)$|/(file\.\w+|sign-out|content)$")
NO_PAGES = ("notice-open", "go", "enter", "live")  # links that only lead on, and what is not read
ONE_OF_MANY = (
    "guide-page",
    "statement-line",
    "settings-approval",
    "credit-gate-change",
    "credit-gate-end",
    "collection-template",
)  # alike whatever word they carry
VISITS = 2  # addresses of one route that are searched for links: not every record offers every act
HREF = re.compile(r'<a\b[^>]*?\bhref="(/[^"]*)"')
OF_A_RECORD = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d{2}(-\d{2})?")  # one of them stands for all

# States that no plain link leads to: name of the picture, address below the organization; what follows ">" is the
# link on that page that leads on, UPLOAD, or a button after PRESS. Who opens it stands before "@", where it is not the first account.
UPLOAD = "upload"
PRESS = "press "  # before a button that leads on
FILE = (
    "客户代码,客户名称,信用额度\nN001,宁波海翔机械有限公司,500000\nN002,上海纺织厂,很多\n,没有代码的客户,1\n"
)
PAGES: dict[str, str] = {
    "dashboard": "",
    "customers": "customers/?sort=-balance",
    "customer": "customers/?sort=-balance > tbody tr:nth-child(2) a",
    "items-overdue": "items/?cell=overdue&sort=-amount",
    "document": "items/?cell=overdue&sort=-amount > tbody tr:nth-child(3) a",
    "document-allocate": "items/?cell=unallocated&sort=-amount > tbody tr:nth-child(1) a"
    " > .page-heading-actions a[href*=allocate]",
    "document-refund": "items/?cell=unallocated&sort=-amount > tbody tr:nth-child(1) a > a[href$='/refund/']",
    "document-void": "documents/?sort=-on > tbody tr:nth-child(2) a > a[href$='/void/']",
    "contract-delivery": "accountant@contracts/?sort=-amount > tbody tr:nth-child(5) a > a[href$='/delivery/']",
    "order-bill": "accountant@sales/orders/ > tbody tr:nth-child(5) a > a[href$='/bill/']",
    "tax-invoice-unlink": "accountant@tax-invoices/ > tbody tr:nth-child(2) a > a[href$='/undo/']",
    "aging-by-salesperson": "aging/?by=salesperson",
    "claim-asked": f"sales@notices/ > {PRESS}.notice-row:has-text('孙晓梅')",
    "notices": "sales@notices/",
    "import-check": f"import/ > {UPLOAD}",
    "search-found": "search?q=nb",
    "search-nothing": "search?q=zzzz",
    "guide-ledger": "guide/ledger",
    "design": "design",
    "offline": "/offline/zh-hans",
    "not-found": "nothing-here",
}


@dataclass(frozen=True)
class Site:
    """Where the organization is served, and who signs in; a password only outside the demo."""

    url: str
    organization: str
    people: tuple[str, ...]
    password: str = ""

    @property
    def base(self) -> str:
        return f"/o/{self.organization}/"


@dataclass(frozen=True)
class Picture:
    """One page: its name, its address (with links to follow), and who opens it."""

    name: str
    address: str
    person: str


def main() -> None:
    """Take the pictures; exit status 1 where a page failed or there is no browser."""
    asked = _arguments()
    if not CHROMIUM:
        sys.exit("no chromium: install it or set HUIKUAN_CHROMIUM")
    only = [name for name in asked.only.split(",") if name]
    people = (asked.sign_in,) if asked.sign_in else ACCOUNTS
    with _address(asked.url) as url:
        site = Site(url, asked.org, people, os.environ.get("HUIKUAN_PASSWORD", ""))
        with _browser() as browser:
            pictures = [each for each in _found(browser, site) if not only or each.name in only]
        languages = asked.languages.split(",")
        with ProcessPoolExecutor(max_workers=len(languages)) as each_alone:
            taking = [
                each_alone.submit(
                    _in_language,
                    site,
                    pictures,
                    Path(asked.into),
                    language,
                    [int(width) for width in asked.widths.split(",")],
                    asked.themes.split(","),
                )
                for language in languages
            ]
        failures = [failure for taken in taking for failure in taken.result()]
    for failure in failures:
        sys.stderr.write(f"{failure}\n")
    sys.exit(1 if failures else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Pictures of every page of the demo company.")
    parser.add_argument("--url", help="a running demo; without it one is started")
    parser.add_argument("--org", default=DEMO, help="code of the organization")
    parser.add_argument(
        "--sign-in", help="e-mail of one person, outside the demo; password in HUIKUAN_PASSWORD"
    )
    parser.add_argument("--only", default="", help="names of pages, comma-separated")
    parser.add_argument("--languages", default="zh-hans,en", help="comma-separated")
    parser.add_argument("--widths", default="1440,390", help="of the window in px, comma-separated")
    parser.add_argument("--themes", default="light,dark", help="comma-separated")
    parser.add_argument("--into", default=str(ROOT / "screenshots"), help="folder of the pictures")
    return parser.parse_args()


@contextmanager
def _address(url: str | None) -> Iterator[str]:
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


def _found(browser: Browser, site: Site) -> list[Picture]:
    """Every page: the states named above, then one address of every route that links lead each person to."""
    pictures = [
        _named(name, address, site)
        for name, address in PAGES.items()
        if site.organization == DEMO or " > " not in address
    ]
    seen = {picture.name for picture in pictures}
    visits = Counter[str]()
    for person in site.people:
        page = _window(browser, site, "zh-hans", 1440)
        _sign_in(page, site, person)
        waiting = [site.base, *(each.address.split(" > ")[0] for each in pictures if each.person == person)]
        while waiting:
            for link in _links(page, site.url + waiting.pop(0)):
                name = _name(link, site)
                if name and name not in seen:
                    seen.add(name)
                    pictures.append(Picture(name, link, person))
                if name and visits[name] < VISITS:
                    visits[name] += 1
                    waiting.append(link)
        page.context.close()
    routes = {name for name in _routes() if not any(each.split("--")[0] == name for each in seen)}
    sys.stderr.write(f"{len(pictures)} pages; no link leads to: {', '.join(sorted(routes))}\n")
    return pictures


def _named(name: str, address: str, site: Site) -> Picture:
    """A picture of PAGES."""
    who, at, path = address.rpartition("@")
    person = (
        next((each for each in site.people if each.startswith(f"{who}@")), site.people[0])
        if at
        else site.people[0]
    )
    return Picture(name, path if path.startswith("/") else site.base + path, person)


def _links(page: Page, address: str) -> list[str]:
    """What a page leads to; nothing where it is no page (a file)."""
    answer = page.request.get(address)
    if "text/html" not in answer.headers.get("content-type", ""):
        return []
    return [unescape(link) for link in HREF.findall(answer.text())]


def _name(link: str, site: Site) -> str:
    """The route of a link, with the words in it that make another page; empty where it leads to no page of it."""
    path = link.split("?")[0]
    if not path.startswith(site.base) or NO_PAGE.search(path):
        return ""
    try:
        match = resolve(path)
    except Resolver404:
        return ""
    if match.url_name in NO_PAGES:
        return ""
    if match.url_name in ONE_OF_MANY:
        return str(match.url_name)
    words = [str(value) for key, value in match.kwargs.items() if key != "org"]
    return "--".join([str(match.url_name), *(word for word in words if not OF_A_RECORD.fullmatch(word))])


def _routes(patterns: Iterable[URLPattern | URLResolver] | None = None) -> Iterator[str]:
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            yield from _routes(entry.url_patterns)
        elif entry.name:
            yield entry.name


@contextmanager
def _browser(language: str = "zh-hans") -> Iterator[Browser]:
    """A browser whose own words (date fields) are in the language, where its translations are installed."""
    spoken = {"LANGUAGE": LANGUAGES[language].replace("-", "_")}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM, args=ARGUMENTS, env={**os.environ, **spoken}
        )
        yield browser
        browser.close()


def _in_language(
    site: Site, pictures: list[Picture], into: Path, language: str, widths: list[int], themes: list[str]
) -> list[str]:
    """Every page in one language, by a browser of its own; what failed."""
    with _browser(language) as browser:
        return [
            failure
            for width in widths
            for failure in _session(browser, site, pictures, into, language, width, themes)
        ]


def _session(
    browser: Browser,
    site: Site,
    pictures: list[Picture],
    into: Path,
    language: str,
    width: int,
    themes: list[str],
) -> Iterator[str]:
    """One language and window, each page in every theme before the next; yields what failed."""
    folder = into / language
    folder.mkdir(parents=True, exist_ok=True)
    windows: dict[str, Page] = {}
    for picture in pictures:
        if picture.person not in windows:
            page = windows[picture.person] = _window(browser, site, language, width)
            if len(windows) == 1:
                page.goto(f"{site.url}/sign-in")
                _take(page, folder, f"sign-in-{width}", themes)
            _sign_in(page, site, picture.person)
        page = windows[picture.person]
        try:
            _go(page, site.url, picture.address.replace("/offline/zh-hans", f"/offline/{language}"))
            _take(page, folder, f"{picture.name}-{width}", themes)
        except Exception as error:  # one broken page must not hide the others
            yield f"{language} {width} {picture.name}: {error}"
            continue
        overflow: Any = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if overflow > 0:
            yield f"{language} {width} {picture.name}: {overflow} px wider than the window"
    for page in windows.values():
        page.context.close()


def _window(browser: Browser, site: Site, language: str, width: int) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        locale=LANGUAGES[language],
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "django_language", "value": language, "url": site.url}])
    page = context.new_page()
    page.set_default_timeout(PAGE_PATIENCE_MS)
    return page


def _sign_in(page: Page, site: Site, person: str) -> None:
    page.goto(f"{site.url}/sign-in")
    if site.password:
        page.locator("[data-sign-in-login]").fill(person)
        page.locator("[data-sign-in-password]").fill(site.password)
        page.locator("form[data-sign-in] button").click()
    else:
        page.locator(f'[data-demo-login="{person}"]').click()
    page.wait_for_url(f"**{site.base}**")


def _go(page: Page, url: str, address: str) -> None:
    start, *links = address.split(" > ")
    page.goto(url + start)
    for link in links:
        if link == UPLOAD:
            _upload(page)
            continue
        if link.startswith(PRESS):
            page.locator(link.removeprefix(PRESS)).first.click()
            continue
        page.goto(url + str(page.locator(link).first.get_attribute("href")))


def _upload(page: Page) -> None:
    """Hand in a file with faults, up to the page that shows them; nothing is imported."""
    file = {"name": "客户.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    page.set_input_files("input[type=file]", file)  # type: ignore[arg-type]
    page.locator("form[data-intake] button.btn-primary").click()
    page.wait_for_url("**/check/**")


def _take(page: Page, folder: Path, name: str, themes: list[str]) -> None:
    page.wait_for_load_state("networkidle" if page.locator("[data-chart]").count() else "load")
    page.wait_for_function("() => !document.querySelector('.htmx-request')")
    page.wait_for_timeout(SETTLED_MS)
    width = int(page.evaluate("window.innerWidth"))
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    # The window grows first and the page settles: charts would be caught in the middle of being redrawn.
    page.set_viewport_size({"width": width, "height": min(height, TALLEST_PX)})
    for theme in themes:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.wait_for_timeout(SETTLED_MS)
        page.screenshot(path=folder / f"{name}-{theme}.png")
    page.set_viewport_size({"width": width, "height": 900})


if __name__ == "__main__":
    main()
