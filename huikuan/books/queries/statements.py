"""The balance sheet and the income statement, each line with the balances it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from huikuan.books.queries.balances import AccountBalance, TrialBalance, customer_balances, trial_balance
from huikuan.books.queries.profit import closed_turnover
from huikuan.books.rules.presentation import (
    ASSETS,
    BY_CUSTOMER,
    CREDIT_LINE,
    CREDIT_PARTS,
    DEBIT_LINE,
    PROFIT_STEPS,
    Line,
    Part,
    Standard,
    balance_lines,
    income_lines,
    is_profit,
    line_of,
    standard_of,
)
from huikuan.core.dates import month_end
from huikuan.ledger.models import Account

ZERO = Decimal(0)
UNCLOSED = Line("unclosed_profit", "本年利润（未结转）", Part.EQUITY, (), -1)


@dataclass(frozen=True, slots=True)
class Detail:
    """A balance behind a line, with the sign it has there: an account, or a customer on one."""

    line: str
    account_id: UUID
    code: str
    name: str
    amount: Decimal
    customer_id: UUID | None = None
    customer_code: str = ""
    customer_name: str = ""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A line: `amount` at the end of the month (or of the month itself), `before` what it is compared with: the
    beginning of the year in the balance sheet, the year to date in the income statement. `is_total`: summed
    from the lines above."""

    name: str
    title: str
    part: str
    amount: Decimal
    before: Decimal
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of one month."""

    month: date
    standard: Standard
    lines: tuple[StatementLine, ...]

    def amount(self, name: str) -> Decimal:
        """What a line shows; zero for one that is not there."""
        return next((line.amount for line in self.lines if line.name == name), ZERO)

    def as_json(self) -> dict[str, Any]:
        return {
            "month": f"{self.month:%Y-%m}",
            "standard": self.standard.value,
            "lines": [
                {
                    "name": line.name,
                    "title": line.title,
                    "part": line.part,
                    "amount": f"{line.amount:.2f}",
                    "before": f"{line.before:.2f}",
                    "total": line.is_total,
                }
                for line in self.lines
            ],
        }


def accounting_standard() -> Standard:
    """The standard that the current organization's chart follows."""
    code = Account.objects.filter(purpose="revenue").values_list("code", flat=True).first()
    return standard_of(code or "")


def balance_sheet(*, month: date) -> Statement:
    """资产负债表 at the end of the month, beside the beginning of its year.

    Receivables and advances are divided by customer: debit balances less the allowance are 应收账款, credit
    balances 预收款项. Profit and loss that was not closed to equity yet has a line of its own there, so that the
    sheet balances.
    """
    standard = accounting_standard()
    first = month.replace(day=1)
    now = _summed(balance_details(month=first))
    year_end = date(first.year - 1, 12, 1)
    before = _summed(balance_details(month=year_end))
    lines: list[StatementLine] = []
    shown = (*balance_lines(standard), UNCLOSED)
    for part in (*ASSETS, *CREDIT_PARTS):
        of_part = [line for line in shown if line.part is part]
        lines += [
            StatementLine(
                line.name, line.title, part.value, now.get(line.name, ZERO), before.get(line.name, ZERO)
            )
            for line in of_part
        ]
        if part is Part.OTHER_ASSETS:
            lines.append(_total("total_assets", "资产总计", lines, (Part.CURRENT_ASSETS, Part.OTHER_ASSETS)))
        if part is Part.OTHER_LIABILITIES:
            liabilities = (Part.CURRENT_LIABILITIES, Part.OTHER_LIABILITIES)
            lines.append(_total("total_liabilities", "负债合计", lines, liabilities))
        if part is Part.EQUITY:
            lines.append(_total("total_equity", "所有者权益合计", lines, (Part.EQUITY,)))
            lines.append(_total("total_claims", "负债和所有者权益总计", lines, CREDIT_PARTS))
    return Statement(month=first, standard=standard, lines=tuple(lines))


def income_statement(*, month: date) -> Statement:
    """利润表: the month beside the year to date. Losses on receivables are shown negative."""
    standard = accounting_standard()
    first = month.replace(day=1)
    balances = trial_balance(since=first, until=first)
    in_month = _summed(_income_details(balances, standard, first, year=False))
    in_year = _summed(_income_details(balances, standard, first, year=True))
    steps = {after: (name, title) for after, name, title in PROFIT_STEPS}
    lines: list[StatementLine] = []
    reached = reached_in_year = ZERO
    known = income_lines(standard)
    last_names = {_last_before(after, known): step for after, step in steps.items()}
    for line in known:
        amount, year = in_month.get(line.name, ZERO), in_year.get(line.name, ZERO)
        lines.append(StatementLine(line.name, line.title, line.part.value, amount, year))
        reached -= line.sign * amount
        reached_in_year -= line.sign * year
        if line.name in last_names:
            name, title = last_names[line.name]
            lines.append(StatementLine(name, title, line.part.value, reached, reached_in_year, is_total=True))
    return Statement(month=first, standard=standard, lines=tuple(lines))


def _last_before(name: str, known: tuple[Line, ...]) -> str:
    """The last line of a standard that does not come after `name` in the longer format."""
    order = [line.name for line in income_lines(Standard.ENTERPRISE)]
    until = order.index(name)
    return next(line.name for line in reversed(known) if order.index(line.name) <= until)


def balance_details(*, month: date) -> list[Detail]:
    """The balances behind every line of the balance sheet at the end of the month."""
    standard = accounting_standard()
    lines = balance_lines(standard)
    signs = {line.name: line.sign for line in (*lines, UNCLOSED)}
    balances = trial_balance(since=month, until=month)
    divided = list(_divided(balances, month))
    found = list(divided)
    rest = {row.account_id: row.closing for row in balances.rows}
    for detail in divided:
        rest[detail.account_id] -= signs[detail.line] * detail.amount
    for row in balances.rows:
        name = UNCLOSED.name if is_profit(row.code, standard) else line_of(row.code, lines)
        if rest[row.account_id]:
            found.append(_of_account(row, name, signs[name] * rest[row.account_id]))
    return found


def income_details(*, month: date, year: bool) -> list[Detail]:
    """The turnover behind every line of the income statement, of the month or of the year to date."""
    balances = trial_balance(since=month, until=month)
    return list(_income_details(balances, accounting_standard(), month, year=year))


def _income_details(
    balances: TrialBalance, standard: Standard, month: date, *, year: bool
) -> Iterator[Detail]:
    """Turnover without that of 结转损益, which takes out at the end what the statement is to show."""
    closed = closed_turnover(since=month.replace(month=1) if year else month, until=month)
    lines = income_lines(standard)
    signs = {line.name: line.sign for line in lines}
    for row in balances.rows:
        if not is_profit(row.code, standard):
            continue
        name = line_of(row.code, lines)
        debit, credit = (row.year_debit, row.year_credit) if year else (row.debit, row.credit)
        moved = closed.get(row.account_id, (ZERO, ZERO))
        net = debit - moved[0] - (credit - moved[1])
        if net:
            yield _of_account(row, name, signs[name] * net)


def _divided(balances: TrialBalance, month: date) -> Iterator[Detail]:
    """Receivables and advances, each customer on the line of the side it stands on."""
    for each in customer_balances(on=month_end(month), purposes=BY_CUSTOMER):
        line = DEBIT_LINE if each.balance > 0 else CREDIT_LINE
        yield Detail(
            line=line,
            account_id=each.account_id,
            code=each.code,
            name=each.name,
            amount=abs(each.balance),
            customer_id=each.customer_id,
            customer_code=each.customer_code,
            customer_name=each.customer_name,
        )


def _of_account(row: AccountBalance, line: str, amount: Decimal) -> Detail:
    return Detail(line=line, account_id=row.account_id, code=row.code, name=row.name, amount=amount)


def _summed(details: Iterable[Detail]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for detail in details:
        found[detail.line] = found.get(detail.line, ZERO) + detail.amount
    return found


def _total(name: str, title: str, lines: list[StatementLine], parts: tuple[Part, ...]) -> StatementLine:
    of_parts = [line for line in lines if line.part in parts and not line.is_total]
    return StatementLine(
        name,
        title,
        "",
        sum((line.amount for line in of_parts), ZERO),
        sum((line.before for line in of_parts), ZERO),
        is_total=True,
    )
