"""The user guide: the pages of docs/guide, as HTML, in the reader's language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.utils.html import escape
from django.utils.translation import get_language
from markdown_it import MarkdownIt
from markdown_it.token import Token

# In the package beside this file; in a checkout that is a link to docs/guide.
PAGES = Path(__file__).resolve().parent / "pages"
INDEX = "index"
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_LINK_TO = re.compile(r"\]\(([a-z][a-z0-9-]*)(?:\.zh-CN)?\.md\)")
_LINK = re.compile(r"(?:\./)?([a-z][a-z0-9-]*)(?:\.zh-CN)?\.md(#.*)?")

# Which page explains an area of the application, by the beginning of the names of its addresses.
PAGE_OF_AREA = {
    "dashboard": "aging",
    "customers": "customers",
    "customer": "customers",
    "file": "customers",
    "items": "ledger",
    "due": "ledger",
    "documents": "ledger",
    "revaluation": "currencies",
    "settings-rates": "currencies",
    "settings-rate": "currencies",
    "document": "ledger",
    "contracts": "contracts",
    "contract": "contracts",
    "plan": "contracts",
    "tax": "contracts",
    "act": "ledger",
    "products": "sales",
    "product": "sales",
    "orders": "sales",
    "order": "sales",
    "deliveries": "sales",
    "delivery": "sales",
    "billing": "sales",
    "invoices": "sales",
    "invoice": "sales",
    "approvals": "approvals",
    "approval": "approvals",
    "delegation": "approvals",
    "settings-approvals": "approvals",
    "settings-approval": "approvals",
    "bank": "bank",
    "workbench": "workbench",
    "match": "workbench",
    "advices": "workbench",
    "advice": "workbench",
    "dispute": "disputes",
    "disputes": "disputes",
    "collection": "collection",
    "messages": "messages",
    "message": "messages",
    "settings-senders": "messages",
    "settings-sender": "messages",
    **dict.fromkeys(
        (
            "statements",
            "statement",
            "statements-draft",
            "statement-answer",
            "statement-batch",
            "statement-batches",
            "statement-reminders",
            "confirmation-new",
            "reconciliations",
            "reconciliation",
            "reconciliation-new",
            "reconciliation-map",
        ),
        "statements",
    ),
    "collection-letters": "letters",
    "collection-letter": "letters",
    "collection-letter-new": "letters",
    "collection-letter-batch": "letters",
    "collection-letter-batches": "letters",
    "collection-letterhead": "letters",
    "collection-templates": "letters",
    "collection-template": "letters",
    "collection-template-new": "letters",
    "credit": "credit",
    "customer-credit": "credit",
    "credit-grades": "grades",
    "customer-grade": "grades",
    "customer-grade-review": "grades",
    "customer-grade-set": "grades",
    "customer-grade-end": "grades",
    "customer-grade-apply": "grades",
    "customer-facts": "grades",
    "scorecards": "grades",
    "scorecard": "grades",
    "scorecard-new": "grades",
    "scorecard-edit": "grades",
    "scorecard-compare": "grades",
    "scorecard-activate": "grades",
    "scorecard-retire": "grades",
    "credit-limits": "credit",
    "credit-securities": "credit",
    "credit-gates": "credit",
    "decisions": "decisions",
    "decisions-risks": "decisions",
    "decisions-steps": "decisions",
    "credit-warnings": "warnings",
    "credit-replay": "warnings",
    "credit-what-if": "warnings",
    "credit-warning": "warnings",
    "credit-warning-note": "warnings",
    "credit-warning-hand-over": "warnings",
    "credit-warning-close": "warnings",
    "credit-warning-settings": "warnings",
    "credit-warning-effect": "warnings",
    "bills": "bills",
    "bill": "bills",
    "settlements": "bills",
    "claims": "workbench",
    "claim": "workbench",
    "aging": "aging",
    "reports": "reports",
    "report": "reports",
    "report-schedules": "reports",
    "report-schedule": "reports",
    "report-changes": "reports",
    "key": "key-figures",
    "cash-forecast": "forecast",
    "payment-model": "forecast",
    "prediction": "using-predictions",
    "stress": "stress",
    "provisions": "provisions",
    "provision": "provisions",
    "assessments": "provisions",
    "assessment": "provisions",
    "bad": "provisions",
    "vouchers": "books",
    "voucher": "books",
    "trial": "books",
    "account": "books",
    "balance": "books",
    "income": "books",
    "statement": "books",
    "close": "books",
    "customer-balances": "books",
    "customer-ledger": "books",
    "import": "import",
    "search": "desk",
    "notices": "desk",
    "notice": "desk",
    "security": "desk",
    "guide": "index",
    "settings": "settings",
    "onboarding": "onboarding",
}


@dataclass(frozen=True)
class GuidePage:
    name: str
    title: str
    html: str
    chinese: bool


def guide_page(name: str, *, base: str) -> GuidePage | None:
    """The page in the reader's language (zh-Hant reads zh-CN), else in English; None where there is none.

    `base` is the address below which pages of the guide are.
    """
    if not _NAME.fullmatch(name):
        return None
    for chinese in (True, False) if _reads_chinese() else (False, True):
        path = _path(name, chinese)
        if path.is_file():
            return _rendered(path, path.stat().st_mtime_ns, name, chinese, base)
    return None


def guide_titles() -> dict[str, str]:
    """Name → title of every page, in the reader's language and the order of the index."""
    return _titles(_reads_chinese())


def page_for(url_name: str) -> str:
    """The page about the area that an address belongs to; the index where there is none of its own."""
    return PAGE_OF_AREA.get(url_name) or PAGE_OF_AREA.get(url_name.split("-")[0]) or INDEX


def _reads_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


def _path(name: str, chinese: bool) -> Path:
    return PAGES / (f"{name}.zh-CN.md" if chinese else f"{name}.md")


@lru_cache(maxsize=2)
def _titles(chinese: bool) -> dict[str, str]:
    names = sorted(path.name.removesuffix(".md") for path in PAGES.glob("*.md") if ".zh-CN." not in path.name)
    told = {
        name: place for place, name in enumerate(_LINK_TO.findall(_path(INDEX, chinese).read_text("utf-8")))
    }
    names.sort(key=lambda name: -1 if name == INDEX else told.get(name, len(told)))
    found = {}
    for name in names:
        path = _path(name, chinese)
        if path.is_file():
            found[name] = _title(path.read_text(encoding="utf-8"), name)
    return found


def _title(text: str, name: str) -> str:
    heading = re.search(r"^# (.+)$", text, flags=re.MULTILINE)
    return heading[1].strip() if heading else name


@lru_cache(maxsize=128)
def _rendered(path: Path, _changed: int, name: str, chinese: bool, base: str) -> GuidePage:
    text = path.read_text(encoding="utf-8")
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("code_inline", _code)
    tokens = parser.parse(text)
    _lead_inside(tokens, base)
    _join_lines(tokens)
    html = str(parser.renderer.render(_below_heading(tokens), parser.options, {}))
    html = html.replace("<table>", '<div class="table-responsive"><table class="table">')
    html = html.replace("</table>", "</table></div>")
    return GuidePage(name, _title(text, name), html, chinese)


def _code(_renderer: object, tokens: Sequence[Token], place: int, _options: object, _env: object) -> str:
    """A command may break between its words; an option (`--org`) stays whole."""
    words = (escape(word) for word in tokens[place].content.split(" "))
    return f"<code>{' '.join(f'<span>{word}</span>' if '-' in word else word for word in words)}</code>"


def _below_heading(tokens: list[Token]) -> list[Token]:
    """Without the first heading: the frame shows it."""
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        return tokens[3:]
    return tokens


def _lead_inside(tokens: list[Token], base: str) -> None:
    """Links between pages stay inside; links to other files of the project and pictures lead nowhere here."""
    for token in tokens:
        children = token.children or []
        for child in children:
            if child.type == "link_open":
                child.attrs = _link_attributes(str(child.attrGet("href") or ""), base)
            elif child.type == "image":
                child.type, child.tag, child.attrs, child.content = "text", "", {}, ""


def _join_lines(tokens: list[Token]) -> None:
    """Where a line of Chinese ends in the text, no space begins: only words of letters need one between lines."""
    for token in tokens:
        children = [child for child in token.children or [] if child.content or child.type == "softbreak"]
        for before, line_end, after in zip(children, children[1:], children[2:], strict=False):
            if line_end.type == "softbreak" and _follows_closely(before.content, after.content):
                line_end.type = "text"


def _follows_closely(before: str, after: str) -> bool:
    sides = [(side, unicodedata.east_asian_width(side) in "WF") for side in (before[-1:], after[:1]) if side]
    return all(wide for _side, wide in sides) or any(
        wide and unicodedata.category(side).startswith("P") for side, wide in sides
    )


def _link_attributes(href: str, base: str) -> dict[str, str | int | float]:
    inside = _LINK.fullmatch(href)
    if inside:
        return {"href": f"{base}{inside[1]}{inside[2] or ''}"}
    if href.startswith(("https://", "http://")):
        return {"href": href, "rel": "noopener noreferrer", "target": "_blank"}
    return {"href": href} if href.startswith("#") else {}
