"""Taking statements into the books: each line once, whatever files bring it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import Min
from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, Told, act, record_event, record_events
from huikuan.cash.bank_digests import digests_of_statements
from huikuan.cash.errors import StatementRefused
from huikuan.cash.formats.statements import ParsedLine, ParsedStatement
from huikuan.cash.identity import Mark, equals_key, family_of, fingerprint, is_whole, recognise, words_of
from huikuan.cash.models import BankAccount, Statement, StatementLine
from huikuan.cash.operations.bank_accounts import content
from huikuan.cash.operations.statement_rows import add_lines, line_row
from huikuan.cash.statement_accounts import account_of, other_currency
from huikuan.core.encryption import blind_index, encrypt
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import payer_account_context
from huikuan.organizations.actors import Actor

ROWS_AT_ONCE = 2_000
ZERO = Decimal(0)


@dataclass(frozen=True)
class ImportedStatement:
    """What became of one statement: lines that are new and known, what the new ones are, and what to look at.

    `again`: this very file had been imported before, and nothing was written. `doubtful`: rows of new lines that
    may be in the books already, and could not be proven either way.
    """

    bank_account: BankAccount
    statement_id: UUID
    parsed: ParsedStatement
    new: int
    known: int
    kinds: dict[str, int]
    came: Decimal
    went: Decimal
    again: bool = False
    doubtful: tuple[int, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass
class _Known:
    """The lines of an account that stand in the books, and how many equals each kind has."""

    marks: list[Mark] = field(default_factory=list)
    equals: Counter[Any] = field(default_factory=Counter)

    def add(self, mark: Mark) -> int:
        """Take in a line; returns which of its equals it is."""
        self.marks.append(mark)
        key = equals_key(mark)
        self.equals[key] += 1
        return self.equals[key]


def import_statement(
    parsed: ParsedStatement,
    *,
    file_name: str,
    file_sha256: str,
    bank_account_id: UUID | None = None,
    actor: Actor,
    today: date,
) -> ImportedStatement:
    """导入对账单: as `import_statements`, for a file with one statement."""
    [imported] = import_statements(
        [parsed],
        file_name=file_name,
        file_sha256=file_sha256,
        bank_account_id=bank_account_id,
        actor=actor,
        today=today,
    )
    return imported


def import_statements(
    parsed: Sequence[ParsedStatement],
    *,
    file_name: str,
    file_sha256: str,
    bank_account_id: UUID | None = None,
    actor: Actor,
    today: date,
) -> list[ImportedStatement]:
    """导入对账单: the statements of one file, all or none. Which lines are known already: see `cash.identity`.

    The account is recognised by its number, or is the given one (the file may not contradict). Refused: unknown
    account, other currency, closed account, lines in the future, balances that do not come out.
    """
    actor.require("statement.write")
    with act("import_statements", actor=actor) as opened:
        accounts = [account_of(each, bank_account_id) for each in parsed]
        locked = {
            row.pk: row
            for row in BankAccount.objects.select_for_update(no_key=True)
            .filter(pk__in={account.pk for account in accounts})
            .order_by("pk")
        }
        known: dict[UUID, _Known] = {}
        results = []
        for statement, account in zip(parsed, accounts, strict=True):
            row = locked[account.pk]
            ready = _ready(statement, row, today)
            if row.pk not in known:
                same = [each for each, other in zip(parsed, accounts, strict=True) if other.pk == row.pk]
                known[row.pk] = _known_lines(row, same)
            results.append(_take(ready, row, known[row.pk], file_name, file_sha256, opened))
        _tell(results, file_name, file_sha256, opened)
    return results


def _ready(parsed: ParsedStatement, row: BankAccount, today: date) -> ParsedStatement:
    """The statement with its days and balances filled in, or the refusal."""
    if parsed.currency and parsed.currency != row.currency:
        raise other_currency(parsed, row)
    late = next((line for line in parsed.lines if line.booked_on > today), None)
    if late is not None:
        raise StatementRefused(
            _("第 %(row)d 行的日期 %(on)s 在将来。") % {"row": late.row, "on": late.booked_on},
            code="future_date",
        )
    days = [line.booked_on for line in parsed.lines]
    starts = parsed.starts_on or min(days, default=None)
    ends = parsed.ends_on or max(days, default=None)
    if starts is None or ends is None:
        raise StatementRefused(_("对账单没有流水，也没有日期。"), code="no_dates")
    ends = max([min(ends, today), *days])
    starts = min([starts, ends, *days])
    if row.closed_on is not None and ends > row.closed_on:
        raise StatementRefused(
            _("账户 %(name)s 已于 %(on)s 销户。") % {"name": row.name, "on": row.closed_on},
            code="account_closed",
        )
    net = sum((line.amount for line in parsed.lines), ZERO)
    if parsed.opening is not None and parsed.closing is not None and parsed.opening + net != parsed.closing:
        raise StatementRefused(
            _("对账单不平：期初 %(opening)s 加发生额 %(net)s 不等于期末 %(closing)s。")
            % {"opening": parsed.opening, "net": net, "closing": parsed.closing},
            code="does_not_add_up",
        )
    return replace(parsed, starts_on=starts, ends_on=ends, lines=_with_balances(parsed))


def _with_balances(parsed: ParsedStatement) -> tuple[ParsedLine, ...]:
    """Balances behind the lines, where the opening balance and the order of the lines give them."""
    lines = parsed.lines
    ascending = all(one.booked_on <= other.booked_on for one, other in pairwise(lines))
    ordered = parsed.format.startswith(("mt94", "camt")) or ascending
    if parsed.opening is None or not ordered or any(line.balance is not None for line in lines):
        return lines
    balance, found = parsed.opening, []
    for line in lines:
        balance += line.amount
        found.append(replace(line, balance=balance))
    return tuple(found)


def _known_lines(row: BankAccount, parsed: Sequence[ParsedStatement]) -> _Known:
    """The lines of the account on the days that the file speaks of."""
    days = [line.booked_on for each in parsed for line in each.lines]
    known = _Known()
    if not days:
        return known
    stored = (
        StatementLine.objects.filter(
            bank_account_id=row.pk, booked_on__gte=min(days), booked_on__lte=max(days)
        )
        .select_related("statement")
        .order_by("booked_on", "id")
    )
    for line in stored.iterator(chunk_size=ROWS_AT_ONCE):
        of = line.statement
        account = bytes(line.counterparty_account_index).hex() if line.counterparty_account_index else ""
        known.add(
            Mark(
                day=line.booked_on,
                amount=line.amount,
                reference=line.reference,
                balance=line.balance,
                account=account,
                says=words_of(line.reference, line.counterparty, account, line.text),
                family=family_of(of.format),
                whole=is_whole(of.format, of.opening, of.closing, day=line.booked_on, ends_on=of.ends_on),
            )
        )
    return known


def _marks(parsed: ParsedStatement, indexes: dict[str, bytes]) -> list[Mark]:
    assert parsed.ends_on is not None
    family = family_of(parsed.format)
    found = []
    for line in parsed.lines:
        account = indexes[line.counterparty_account].hex() if line.counterparty_account else ""
        found.append(
            Mark(
                day=line.booked_on,
                amount=line.amount,
                reference=line.reference,
                balance=line.balance,
                account=account,
                says=words_of(line.reference, line.counterparty, account, line.text),
                family=family,
                whole=is_whole(
                    parsed.format, parsed.opening, parsed.closing, day=line.booked_on, ends_on=parsed.ends_on
                ),
            )
        )
    return found


def _take(
    parsed: ParsedStatement,
    row: BankAccount,
    known: _Known,
    file_name: str,
    file_sha256: str,
    opened: OpenAct,
) -> ImportedStatement:
    """One statement into the books; a file that was there before writes nothing."""
    context = payer_account_context(current_organization_id())
    numbers = {line.counterparty_account for line in parsed.lines} - {""}
    indexes = {number: blind_index(number, context=context) for number in sorted(numbers)}
    marks = _marks(parsed, indexes)
    recognised = recognise(marks, known.marks)
    new = [place for place, found in enumerate(recognised.known) if found is None]
    assert parsed.starts_on is not None
    assert parsed.ends_on is not None
    earlier = Statement.objects.filter(
        bank_account_id=row.pk,
        file_sha256=file_sha256,
        starts_on=parsed.starts_on,
        ends_on=parsed.ends_on,
        number=parsed.number,
        count=len(parsed.lines),
    ).first()
    lines = [parsed.lines[place] for place in new]
    result = ImportedStatement(
        bank_account=row,
        statement_id=earlier.pk if earlier and not new else UUID(int=0),
        parsed=parsed,
        new=len(new),
        known=len(marks) - len(new),
        kinds=dict(Counter(line.kind for line in lines)),
        came=sum((line.amount for line in lines if line.amount > 0), ZERO),
        went=sum((-line.amount for line in lines if line.amount < 0), ZERO),
        again=earlier is not None and not new,
        doubtful=tuple(parsed.lines[place].row for place in recognised.doubtful),
        notices=parsed.notices,
    )
    if result.again:
        return result
    _open_with(parsed, row)
    statement = _statement(parsed, row, file_name, file_sha256, opened)
    sealed = {
        number: encrypt(number, context=context)
        for number in sorted({line.counterparty_account for line in lines} - {""})
    }
    add_lines(
        statement,
        (
            line_row(parsed.lines[place], place, fingerprint(mark, known.add(mark)), sealed, indexes)
            for place in new
            for mark in [marks[place]]
        ),
    )
    return replace(result, statement_id=statement.pk)


def _statement(
    parsed: ParsedStatement, row: BankAccount, file_name: str, file_sha256: str, opened: OpenAct
) -> Statement:
    assert parsed.starts_on is not None
    assert parsed.ends_on is not None
    return Statement.objects.create(
        organization_id=opened.organization_id,
        act_id=opened.id,
        bank_account=row,
        format=parsed.format,
        file_name=file_name[-255:],
        file_sha256=file_sha256,
        number=parsed.number,
        starts_on=parsed.starts_on,
        ends_on=parsed.ends_on,
        opening=parsed.opening,
        closing=parsed.closing,
        net=sum((line.amount for line in parsed.lines), ZERO),
        count=len(parsed.lines),
    )


def _open_with(parsed: ParsedStatement, row: BankAccount) -> None:
    """The account opens with what its earliest statement opens with."""
    if parsed.opening is None or parsed.opening == row.opening_balance:
        return
    assert parsed.starts_on is not None
    first = Statement.objects.filter(bank_account_id=row.pk).aggregate(first=Min("starts_on"))["first"]
    joins = parsed.closing is not None and parsed.closing == row.opening_balance
    if first is None or parsed.starts_on < first or (parsed.starts_on == first and joins):
        row.opening_balance = parsed.opening
        row.save(update_fields=["opening_balance"])
        record_event(
            action="changed",
            record_kind="bank_account",
            record_id=row.pk,
            number=row.code,
            content=content(row),
        )


def _tell(results: Sequence[ImportedStatement], file_name: str, file_sha256: str, opened: OpenAct) -> None:
    """What the act did, with a digest of the lines it added."""
    written = [result for result in results if not result.again]
    digests = digests_of_statements([result.statement_id for result in written])
    record_events(
        (
            Told(
                "imported",
                "bank_statement",
                result.statement_id,
                result.parsed.number or result.bank_account.code,
                {
                    "bank_account": str(result.bank_account.pk),
                    "format": result.parsed.format,
                    "file": file_name[-255:],
                    "sha256": file_sha256,
                    "from": str(result.parsed.starts_on),
                    "to": str(result.parsed.ends_on),
                    "opening": None if result.parsed.opening is None else f"{result.parsed.opening:.4f}",
                    "closing": None if result.parsed.closing is None else f"{result.parsed.closing:.4f}",
                    "net": f"{sum((line.amount for line in result.parsed.lines), ZERO):.4f}",
                    "count": len(result.parsed.lines),
                    "new": result.new,
                    "opening_balance": f"{result.bank_account.opening_balance:.4f}",
                    "lines": digests.get(result.statement_id, ""),
                },
            )
            for result in written
        ),
        opened=opened,
    )
