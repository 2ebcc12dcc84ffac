"""What stands on a printed letter and on a statement of account: the data of `letters.typ`, in the letter's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from huikuan.collection.claim_facts import ZERO, ClaimFacts, ClaimLine, interest_of, totals
from huikuan.collection.models import Letterhead, MailingAddress
from huikuan.collection.statement import EARLIER, PARTS, Statement
from huikuan.collection.templates import (
    Template,
    claims_money,
    day_words,
    figure,
    money_words,
    paragraphs,
    rendered,
    sums_in_words,
    sums_words,
    words_of,
)

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Addressee:
    """To whom a letter goes; empty where no mailing address is known."""

    recipient: str = ""
    address: str = ""
    postcode: str = ""


def addressee_of(row: MailingAddress | None) -> Addressee:
    """The addressee of a stored address."""
    return Addressee(row.recipient, row.address, row.postcode) if row else Addressee()


def letter_content(
    template: Template,
    facts: ClaimFacts,
    *,
    language: str,
    head: Letterhead | None = None,
    to: Addressee | None = None,
    statements: Sequence[Statement] = (),
) -> Content:
    """A letter with everything it says; `facts.number` is its number and `facts.lines` what it claims."""
    words, letter = words_of(language), words_of(language, "letter")
    to = to or Addressee()
    if statements:
        facts = replace(facts, period=(statements[0].starts_on, statements[0].ends_on))
    demands = claims_money(template)
    content: Content = {
        "language": language,
        "head": letter_head(facts, head, language),
        "number": [letter["number"], facts.number],
        "date": day_words(facts.day, words),
        "to": letter_to(facts, to, language),
        "dear": letter["dear"].format(customer=facts.customer),
        "subject": rendered(template, facts, language=language).subject or template.name,
        "paragraphs": paragraphs(template, facts, language=language),
        "table": None,
        "sums": [],
        "account": [],
        "closing": letter["closing"],
        "sign": [_company(facts, language), facts.sender, letter["seal"], day_words(facts.day, words)],
        "slip": None,
        "page": letter["page"],
        "enclosed": letter["statement_enclosed"] if statements else "",
        "statements": [
            statement_content(each, facts, language=language, slip=not demands) for each in statements
        ],
    }
    if demands:
        content["table"] = _table(facts, letter, words)
        content["sums"] = _sums(facts, language, letter, words)
        content["account"] = _account(facts, letter, words)
        content["slip"] = _slip(
            letter, letter["slip_to"].format(company=_company(facts, language), number=facts.number),
            ("slip_agree", "slip_plan", "slip_differ"),
        )  # fmt: skip
    return content


def _company(facts: ClaimFacts, language: str) -> str:
    return (facts.english_company if language == "en" else "") or facts.company


def letter_head(facts: ClaimFacts, head: Letterhead | None, language: str) -> Content:
    """Who writes: the company, and how it is reached."""
    letter, lines = words_of(language, "letter"), []
    if head is not None:
        address = (head.english_address if language == "en" else "") or head.address
        lines = [
            " ".join(each for each in (address, head.postcode) if each),
            f"{letter['phone']} {head.phone}" if head.phone else "",
            head.email,
        ]
    return {"name": _company(facts, language), "lines": [each for each in lines if each]}


def letter_to(facts: ClaimFacts, to: Addressee, language: str) -> Content:
    """To whom a letter goes."""
    letter = words_of(language, "letter")
    person = facts.person or to.recipient
    lines = [
        to.address,
        f"{letter['postcode']} {to.postcode}" if to.postcode else "",
        letter["attention"].format(person=person) if person else "",
    ]
    return {"label": letter["to"], "name": facts.customer, "lines": [each for each in lines if each]}


def _table(facts: ClaimFacts, letter: Mapping[str, str], words: Mapping[str, str]) -> Content:
    daily = facts.interest_daily
    several = len(totals(facts.lines)) > 1
    columns = [["position", "right"], ["item", "left"]]
    columns += [["dated", "left"], ["due", "left"], ["overdue_days", "right"]]
    columns += [["amount", "right"], ["open", "right"]]
    columns += [["interest", "right"]] if daily else []

    def money(amount: Decimal, currency: str) -> str:
        text = figure(amount, currency)
        return f"{currency} {text}" if several or currency != facts.currency else text

    def cells(number: int, each: ClaimLine) -> dict[str, Any]:
        late = interest_of(each, daily, facts.day) if daily else ZERO
        return {
            "position": str(number),
            "item": {"text": each.number, "below": f"{letter['contract']} {each.contract}"}
            if each.contract
            else each.number,
            "dated": each.document_on.isoformat(),
            "due": each.due_on.isoformat() if each.due_on else words["no_due"],
            "overdue_days": str(each.overdue_days(facts.day) or "—"),
            "amount": money(each.amount, each.currency),
            "open": money(each.open_amount, each.currency),
            "interest": money(late, each.currency) if late else "—",
        }

    rows = [cells(number, each) for number, each in enumerate(facts.lines, 1)]
    late = facts.interest()
    sums = [
        {
            "open": money(amount, currency),
            "interest": money(late[currency], currency) if currency in late else "—",
        }
        for currency, amount in totals(facts.lines).items()
    ]
    return {
        "columns": [[letter[name], side] for name, side in columns],
        "keys": [name for name, _side in columns],
        "rows": [[row[name] for name, _side in columns] for row in rows],
        "sums": [[letter["total"], *(each.get(name, "") for name, _side in columns[2:])] for each in sums],
    }


def _sums(
    facts: ClaimFacts, language: str, letter: Mapping[str, str], words: Mapping[str, str]
) -> list[list[str]]:
    whole, late, interest = totals(facts.lines), totals(facts.overdue), facts.interest()
    rows = [[letter["total"], sums_words(whole, facts.currency, words)]]
    said = sums_in_words(whole, language, words)
    if said:
        rows.append([letter["in_words"], said])
    if late != whole:
        rows.append([letter["overdue_total"], sums_words(late, facts.currency, words)])
    if interest and facts.interest_daily:
        rate = f"{(facts.interest_daily * 100).normalize():f}%"
        basis = letter["interest_basis"].format(rate=rate, today=day_words(facts.day, words))
        rows.append([letter["interest_total"], sums_words(interest, facts.currency, words), basis])
        both = {currency: amount + interest.get(currency, ZERO) for currency, amount in whole.items()}
        rows.append([letter["all_total"], sums_words(both, facts.currency, words)])
    if any(each.paid for each in facts.lines):
        rows[0].append(letter["paid"])
    return rows


def _account(facts: ClaimFacts, letter: Mapping[str, str], words: Mapping[str, str]) -> list[list[str]]:
    rows = [[letter["deadline"], day_words(facts.deadline, words)]] if facts.deadline else []
    if facts.account_number:
        rows += [
            [letter["account_name"], facts.account_name],
            [letter["account_bank"], facts.account_bank],
            [letter["account_number"], facts.account_number],
        ]
    return rows


def _slip(letter: Mapping[str, str], said: str, options: Sequence[str]) -> Content:
    return {
        "title": letter["slip"],
        "said": said,
        "options": [letter[each] for each in options],
        "fields": [letter["slip_sign"], letter["slip_person"], letter["slip_date"]],
    }


def statement_content(
    found: Statement, facts: ClaimFacts, *, language: str, slip: bool = True, number: str = ""
) -> Content:
    """A statement of account in figures and words, with its details and a reply slip. `number`: its own, if any."""
    words, letter, said = words_of(language), words_of(language, "letter"), words_of(language, "statement")
    company, currency = _company(facts, language), found.currency
    balance = found.opening
    rows = []
    for each in (*found.earlier, *found.movements):
        balance += each.amount
        kind = said.get(each.kind, each.kind)
        rows.append(
            [
                each.on.isoformat(),
                each.number,
                kind
                if each.part != EARLIER
                else f"{said['earlier']} · {kind}"
                if each.number
                else said["earlier"],
                figure(each.amount, currency) if each.amount > 0 else "",
                figure(-each.amount, currency) if each.amount < 0 else "",
                figure(balance, currency),
            ]
        )
    summary = [[said["opening"], figure(found.opening, currency)]]
    if found.earlier:
        summary.append([said["earlier"], figure(found.adjustment, currency)])
    summary += [[said[part], figure(found.sums[part], currency)] for part in PARTS if found.sums.get(part)]
    summary.append([said["closing"], figure(found.closing, currency)])
    return {
        "title": said["title"],
        "of": said["of"].format(company=company, customer=facts.customer),
        "facts": [
            *([[letter["number"], number]] if number else []),
            [said["period"], _period(found, said, words)],
            [said["currency"], currency],
        ],
        "summary": summary,
        "closing_words": [said["closing_words"], _in_words(found, language, said, words)],
        "notes": _notes(found, said, words),
        "details": said["details"],
        "columns": [said[name] for name in ("dated", "number", "kind", "debit", "credit", "balance")],
        "opening_row": ["", "", said["opening"], "", "", figure(found.opening, currency)],
        "rows": rows,
        "nothing": said["nothing"],
        "open_title": said["open_items"],
        "open_columns": [said[name] for name in ("number", "dated", "due", "open")],
        "open_rows": [
            [
                each.number,
                each.document_on.isoformat(),
                each.due_on.isoformat() if each.due_on else words["no_due"],
                figure(each.amount, currency),
            ]
            for each in found.open_lines
        ],
        "note": said["note"],
        "slip": {
            "title": said["slip"],
            "said": said["slip_to"].format(company=company, until=day_words(found.ends_on, words)),
            "options": [said["slip_agree"], said["slip_differ"]],
            "fields": [letter["slip_sign"], letter["slip_person"], letter["slip_date"]],
        }
        if slip
        else None,
    }


def _period(found: Statement, said: Mapping[str, str], words: Mapping[str, str]) -> str:
    first, last = day_words(found.starts_on, words), day_words(found.ends_on, words)
    return said["period_text"].format(**{"from": first, "until": last})


def _in_words(found: Statement, language: str, said: Mapping[str, str], words: Mapping[str, str]) -> str:
    text = sums_in_words({found.currency: found.closing}, language, words)
    return f"{text} {said['in_favour']}" if found.closing < 0 else text


def _notes(found: Statement, said: Mapping[str, str], words: Mapping[str, str]) -> list[list[str]]:
    notes = []
    if found.overdue:
        notes.append([said["overdue"], money_words(found.overdue, found.currency, words)])
    if found.unallocated:
        notes.append([said["unallocated"], money_words(found.unallocated, found.currency, words)])
    return notes


def standalone_statement(
    statements: Sequence[Statement], facts: ClaimFacts, *, language: str, head: Letterhead | None = None
) -> Content:
    """A statement of account without a letter."""
    letter = words_of(language, "letter")
    return {
        "language": language,
        "head": letter_head(facts, head, language),
        "number": [letter["number"], facts.number],
        "subject": words_of(language, "statement")["title"],
        "to": {"label": "", "name": facts.customer, "lines": []},
        "only_statements": True,
        "page": letter["page"],
        "statements": [
            statement_content(each, facts, language=language, number=facts.number) for each in statements
        ],
    }


def month_before(day: date) -> tuple[date, date]:
    """The first and last day of the month before a day's: the usual period of a statement."""
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last
