"""Message templates: which are in force, whether a text can be used, and what it says to a customer.

Values are put in once: what looks like a field in a customer's name stays text, in HTML too.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.html import escape
from django.utils.translation import gettext as _

from huikuan.collection.claim_facts import ClaimFacts, ClaimLine, claim_facts, totals
from huikuan.collection.errors import SmsWordForbidden, TemplateFieldUnknown, TemplateRefused, TextTooLong
from huikuan.collection.models import MessageTemplate
from huikuan.collection.template_fields import (
    FIELD,
    FIELDS,
    FORBIDDEN_IN_SMS,
    LANGUAGES,
    LINK,
    LONGEST_SMS,
    LONGEST_SUBJECT,
    LONGEST_TEXT,
    SIGNS_FORBIDDEN_IN_SMS,
    SMS_FIELDS,
    TemplateChannel,
    fields_of,
)
from huikuan.core.amount_words import amount_in_words
from huikuan.core.dates import add_months
from huikuan.core.money import currency_exponent

__all__ = [
    "SHIPPED",
    "ClaimFacts",
    "ClaimLine",
    "Rendered",
    "Template",
    "check_template",
    "chosen_template",
    "claim_facts",
    "rendered",
    "templates_in_force",
]

TEXTS = Path(__file__).with_name("texts")
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_LATIN = re.compile(r"[a-z ]+")
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Template:
    """A template as it is in force. `version_id`: the row it stands in; None as it was shipped."""

    code: str
    channel: str
    language: str
    name: str
    subject: str
    text: str
    version_id: UUID | None = None

    @property
    def key(self) -> Key:
        return self.code, self.channel, self.language


@dataclass(frozen=True, slots=True)
class Rendered:
    """A template filled in. `html` is a fragment with everything escaped; a text message has none."""

    subject: str
    text: str
    html: str


def _read(language: str) -> dict[str, Any]:
    return tomllib.loads((TEXTS / f"{language}.toml").read_text(encoding="utf-8"))


@cache
def words_of(language: str, part: str = "words") -> Mapping[str, str]:
    """The fixed words of a language: around figures, on a "letter" or on a "statement"."""
    return dict(_read(language)[part])


def _shipped() -> dict[Key, Template]:
    found = {}
    for language in LANGUAGES:
        for code, entry in _read(language)["templates"].items():
            for channel in TemplateChannel:
                if channel.value in entry:
                    said = entry[channel.value]
                    made = Template(
                        code, channel.value, language, entry["name"], said["subject"], said["text"].strip()
                    )
                    found[made.key] = made
    return found


SHIPPED: Mapping[Key, Template] = _shipped()
"""Templates as they come, by code, channel and language."""


def templates_in_force() -> dict[Key, Template]:
    """Every template in force by code, channel and language: shipped ones, and what was written here instead."""
    found = dict(SHIPPED)
    rows = MessageTemplate.objects.order_by("code", "channel", "language", "-id").distinct(
        "code", "channel", "language"
    )
    for row in rows:
        if not row.retired:
            made = Template(row.code, row.channel, row.language, row.name, row.subject, row.text, row.pk)
            found[made.key] = made
    return found


def template_names(language: str) -> dict[str, str]:
    """What the templates are called by their codes: in the reader's language, else in Chinese, else in any."""
    order = {code: place for place, code in enumerate((language, *LANGUAGES))}
    found: dict[str, tuple[int, str]] = {}
    for (code, _channel, written), each in templates_in_force().items():
        place = -1 if written == language else order.get(written, len(order))
        if code not in found or place < found[code][0]:
            found[code] = place, each.name
    return {code: name for code, (_place, name) in found.items()}


def chosen_template(
    templates: Mapping[Key, Template], code: str, channel: str, language: str
) -> Template | None:
    """The template of a code and channel in a language, else in Chinese, else in any; None: there is none.

    The messengers wecom, dingtalk and feishu share the templates of "im".
    """
    written = channel if channel in set(TemplateChannel) else TemplateChannel.IM.value
    for each in (language, *LANGUAGES):
        found = templates.get((code, written, each))
        if found is not None:
            return found
    return None


def check_template(channel: str, subject: str, text: str) -> None:
    """Whether a text can be a template for a channel.

    Raises TemplateFieldUnknown, SmsWordForbidden, TextTooLong, and TemplateRefused for an empty one.
    """
    if len(subject) > LONGEST_SUBJECT:
        raise TextTooLong(_("主题最多 %d 个字。") % LONGEST_SUBJECT)
    if len(text) > LONGEST_TEXT:
        raise TextTooLong(_("模板正文最多 %d 个字。") % LONGEST_TEXT)
    if not text.strip():
        raise TemplateRefused(_("请填写模板正文。"), code="text_missing")
    if channel == TemplateChannel.EMAIL and not subject.strip():
        raise TemplateRefused(_("请填写邮件主题。"), code="subject_missing")
    for name in [*fields_of(subject), *fields_of(text)]:
        if name not in FIELDS:
            raise TemplateFieldUnknown(_("模板里没有 {%s} 这个字段。") % name.strip("{}"))
        if channel == TemplateChannel.SMS and name not in SMS_FIELDS:
            raise TemplateFieldUnknown(
                _("短信不能带 {%s}：运营商只审核通过不含金额、账号和明细的模板。") % name
            )
    if channel == TemplateChannel.SMS:
        _require_sendable(text)


def _require_sendable(text: str) -> None:
    """Refuse what carriers refuse in text messages."""
    for word in FORBIDDEN_IN_SMS:
        latin = _LATIN.fullmatch(word)
        if re.search(rf"(?i)\b{word}s?\b", text) if latin else word in text:
            raise SmsWordForbidden(_("短信里不能有“%s”，运营商会拒绝这样的模板。") % word)
    for sign in SIGNS_FORBIDDEN_IN_SMS:
        if sign in text:
            raise SmsWordForbidden(_("短信正文里不能有“%s”；签名由平台自动加上。") % sign)
    if LINK.search(text):
        raise SmsWordForbidden(_("短信里不能有网址。"), code="sms_link_forbidden")
    if len(text) > LONGEST_SMS:
        raise TextTooLong(_("短信最多 %d 个字。") % LONGEST_SMS)


def claims_money(template: Template) -> bool:
    """Whether a template asks for money; a note with a statement of account does not."""
    return bool(
        {"items", "total", "overdue", "words"} & {*fields_of(template.subject), *fields_of(template.text)}
    )


def paragraphs(template: Template, facts: ClaimFacts, *, language: str) -> list[str]:
    """The paragraphs of a letter, filled in; "{items}" where its table stands."""
    values = {**_values(facts, language, words_of(language)), "items": "{items}"}
    return [_filled(each.strip(), values, str) for each in re.split(r"\n\s*\n", template.text.strip())]


def rendered(template: Template, facts: ClaimFacts, *, language: str) -> Rendered:
    """What the template says to a customer, figures and dates as `language` writes them.

    Raises TemplateFieldUnknown, and TextTooLong for a text message beyond what a carrier takes.
    """
    words = words_of(language)
    values = _values(facts, language, words)
    if template.channel == TemplateChannel.SMS:
        values = {name: re.sub("[【】¥￥]", "", value) for name, value in values.items()}
    text = _filled(template.text, {**values, "items": _item_lines(facts, language, words)}, str)
    subject = " ".join(_filled(template.subject, {**values, "items": ""}, str).split())
    if template.channel == TemplateChannel.SMS:
        if len(text) > LONGEST_SMS:
            raise TextTooLong(_("短信最多 %d 个字。") % LONGEST_SMS)
        return Rendered(subject, text, "")
    table = item_table(facts, language, words)
    parts = re.split(r"\n\s*\n", template.text.strip())
    html = "\n".join(
        table if part.strip() == "{items}" else f"<p>{_paragraph(part, values, table)}</p>" for part in parts
    )
    return Rendered(subject, text, html)


def _paragraph(part: str, values: Mapping[str, str], table: str) -> str:
    """A paragraph as HTML: its own words and what is put in are escaped, lines are kept."""
    safe = {name: str(escape(value)) for name, value in values.items()}
    return _filled(str(escape(part.strip())), {**safe, "items": table}, str).replace("\n", "<br>\n")


def _filled(text: str, values: Mapping[str, str], as_text: Callable[[str], str]) -> str:
    def value_of(found: re.Match[str]) -> str:
        name = found[1]
        if name not in values:
            raise TemplateFieldUnknown(_("模板里没有 {%s} 这个字段。") % name)
        return as_text(values[name])

    return FIELD.sub(value_of, text)


def _values(facts: ClaimFacts, language: str, words: Mapping[str, str]) -> dict[str, str]:
    """Every field but `items`, in one line each."""
    overdue = facts.overdue
    oldest = next((each for each in facts.lines if each.due_on), None)
    coming = [each.due_on for each in facts.lines if each.due_on and each.due_on >= facts.day]
    late = totals(overdue)
    values = {
        "customer": facts.customer,
        "person": facts.person or words["nobody"],
        "company": (facts.english_company if language == "en" else "") or facts.company,
        "sender": facts.sender,
        "phone": facts.phone,
        "account": account_text(facts, words),
        "today": day_words(facts.day, words),
        "number": facts.number,
        "count": str(len(facts.lines)),
        "total": sums_words(totals(facts.lines), facts.currency, words),
        "words": sums_in_words(late or totals(facts.lines), language, words),
        "overdue": sums_words(late, facts.currency, words),
        "not_due": sums_words(
            totals(each for each in facts.lines if not each.overdue_days(facts.day)), facts.currency, words
        ),
        "oldest_number": oldest.number if oldest else "",
        "oldest_due": day_words(oldest.due_on, words) if oldest else "",
        "days": str(max((each.overdue_days(facts.day) for each in facts.lines), default=0)),
        "next_due": day_words(min(coming), words) if coming else "",
        "deadline": day_words(facts.deadline, words),
        "interest": sums_words(facts.interest(), facts.currency, words),
        "promised_on": day_words(facts.promised_on, words),
        "promised": money_words(facts.promised, facts.promised_currency or facts.currency, words)
        if facts.promised is not None
        else "",
        "period": period_words(facts, language),
    }
    return {name: " ".join(value.split()) for name, value in values.items()}


def day_words(day: date | None, words: Mapping[str, str]) -> str:
    """A day as the language writes it."""
    return _dated("day", day, words) if day else ""


def period_words(facts: ClaimFacts, language: str) -> str:
    """The month of a statement, or from which day until which it is where that is no whole month."""
    words = words_of(language)
    if facts.period is None:
        return month_words(add_months(facts.day, -1), words)
    first, last = facts.period
    if first.day == 1 and last == add_months(first, 1) - timedelta(days=1):
        return month_words(first, words)
    said = {"from": day_words(first, words), "until": day_words(last, words)}
    return words_of(language, "statement")["period_text"].format(**said)


def month_words(day: date, words: Mapping[str, str]) -> str:
    """A month as the language writes it."""
    return _dated("month", day, words)


def _dated(form: str, day: date, words: Mapping[str, str]) -> str:
    return words[form].format(year=day.year, month=day.month, day=day.day, month_name=MONTHS[day.month - 1])


def figure(amount: Decimal, currency: str) -> str:
    """An amount in figures: 1,234.50."""
    return f"{amount:,.{currency_exponent(currency)}f}"


def money_words(amount: Decimal, currency: str, words: Mapping[str, str]) -> str:
    """An amount with its currency as the language writes it."""
    form = words["home_money"] if currency == words["home_currency"] else words["money"]
    return form.format(currency=currency, amount=figure(amount, currency))


def sums_words(sums: Mapping[str, Decimal], home: str, words: Mapping[str, str]) -> str:
    """Amounts of several currencies in a row; nothing is zero of the home currency."""
    listed = sums or {home: Decimal(0)}
    return words["and"].join(money_words(amount, currency, words) for currency, amount in listed.items())


def sums_in_words(sums: Mapping[str, Decimal], language: str, words: Mapping[str, str]) -> str:
    """The same in words, as on a cheque."""
    said = [amount_in_words(amount, currency, language) for currency, amount in sums.items()]
    return words["and"].join(each for each in said if each)


def account_text(facts: ClaimFacts, words: Mapping[str, str]) -> str:
    """Where to pay to; empty where the letterhead names no account."""
    if not facts.account_number:
        return ""
    name = facts.account_name
    return words["account"].format(name=name, bank=facts.account_bank, number=facts.account_number)


def state_words(line: ClaimLine, day: date, words: Mapping[str, str]) -> str:
    """How late a line is."""
    days = line.overdue_days(day)
    return words["late"].format(days=days) if days else words["not_late"]


def _item_lines(facts: ClaimFacts, language: str, words: Mapping[str, str]) -> str:
    return "\n".join(
        words["item_line"].format(
            number=" ".join(each.number.split()),
            due=day_words(each.due_on, words) or words["no_due"],
            open=money_words(each.open_amount, each.currency, words),
            state=state_words(each, facts.day, words),
        )
        for each in facts.lines
    )


def item_table(facts: ClaimFacts, language: str, words: Mapping[str, str]) -> str:
    """The lines as an HTML table that mail programs show; everything in it is escaped."""
    cell = "padding:6px 12px;border-bottom:1px solid #d8dde3;text-align:{}"
    heads: Sequence[tuple[str, str]] = (
        (words["item"], "left"),
        (words["due"], "left"),
        (words["overdue_days"], "right"),
        (words["open"], "right"),
    )
    rows: Iterable[tuple[str, ...]] = (
        (
            each.number,
            day_words(each.due_on, words) or words["no_due"],
            str(each.overdue_days(facts.day) or "—"),
            money_words(each.open_amount, each.currency, words),
        )
        for each in facts.lines
    )
    head = "".join(f'<th style="{cell.format(side)}">{escape(label)}</th>' for label, side in heads)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td style="{cell.format(side)}">{escape(value)}</td>'
            for value, (_label, side) in zip(row, heads, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return f'<table style="border-collapse:collapse;font-size:14px"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
