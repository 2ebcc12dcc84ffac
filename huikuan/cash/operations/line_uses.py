"""What becomes of lines of a statement: lines are locked in key order, and every use of them is written once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct, act
from huikuan.cash.banking import LineKind, LineUse, StatementLine, UseKind
from huikuan.cash.errors import LineRefused
from huikuan.cash.models import UnidentifiedReceipt
from huikuan.cash.operations.offsets import require_day
from huikuan.cash.operations.spreading import base_currency
from huikuan.cash.operations.unidentified import NewUnidentified, receive_unidentified
from huikuan.core.lengths import lengths_of
from huikuan.core.money import convert
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import Account, Control
from huikuan.ledger.operations import EntryLine, NewEntry, accounts_by_purpose, post_entries
from huikuan.ledger.operations.rates import rates_on
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import User

ZERO = Decimal(0)
ONE = Decimal(1)
LINE = "statement_line"
MEMO = lengths_of(LineUse, "memo")["memo"]

# What the trail says of a use `u`: written when it is made, compared by the check.
USE_CONTENT = """jsonb_build_object('use', u.id, 'kind', u.kind, 'amount', u.amount, 'undoes', u.undoes_id,
        'document', u.document_id, 'unidentified', u.unidentified_id, 'entry', u.entry_id, 'tier', u.tier,
        'automatic', u.automatic, 'memo', u.memo)"""


def locked_lines(line_ids: Iterable[UUID]) -> dict[UUID, StatementLine]:
    """The lines by key, locked in key order: the first locks of an act, before numbers and items."""
    ids = set(line_ids)
    found = {
        line.pk: line
        for line in StatementLine.objects.filter(pk__in=ids)
        .select_related("bank_account")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    }
    if len(found) != len(ids):
        raise LineRefused(_("银行流水不存在，或不属于本组织。"), code="unknown_line")
    return found


def left_of(line: StatementLine) -> Decimal:
    """How much of a line is not explained yet, whichever way its money went."""
    left: Decimal = abs(line.amount) - line.used
    return left


def require_unused(line: StatementLine, today: date) -> None:
    """Refuse a line that somebody else has used up, or that is of a day to come."""
    if left_of(line) <= 0:
        raise LineRefused(
            _("%(on)s 的这笔流水（%(amount)s）已经处理过，请刷新。")
            % {"on": line.booked_on.isoformat(), "amount": f"{line.amount:.2f}"},
            code="line_is_used",
        )
    require_day(line.booked_on, today)


def new_use(
    line: StatementLine, kind: UseKind, amount: Decimal, opened: OpenAct, **values: object
) -> LineUse:
    """A use to be written by `write_uses`."""
    return LineUse(
        organization_id=current_organization_id(),
        act_id=opened.id,
        line_id=line.pk,
        kind=kind.value,
        amount=amount,
        **values,
    )


def undoing(use: LineUse, opened: OpenAct, memo: str = "") -> LineUse:
    """The row that takes a use back."""
    return LineUse(
        organization_id=current_organization_id(),
        act_id=opened.id,
        line_id=use.line_id,
        kind=use.kind,
        amount=-use.amount,
        undoes_id=use.pk,
        tier=use.tier,
        automatic=use.automatic,
        memo=memo[:MEMO],
    )


def write_uses(uses: Sequence[LineUse]) -> None:
    """Add uses, and to the trail what they say; the database keeps how much of each line is used."""
    if not uses:
        return
    try:
        LineUse.objects.bulk_create(uses)
    except IntegrityError as error:
        raise line_refusal(error) from error
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
            SELECT %(organization)s, uuidv7(), u.act_id,
                   CASE WHEN u.undoes_id IS NULL THEN 'line_used' ELSE 'line_freed' END,
                   '{LINE}', u.line_id, left(l.reference, 64), {USE_CONTENT}
            FROM cash_line_use u
            JOIN cash_statement_line l ON l.organization_id = u.organization_id AND l.id = u.line_id
            WHERE u.organization_id = %(organization)s AND u.id = ANY(%(ids)s)
            ORDER BY u.id
            """,
            {"organization": current_organization_id(), "ids": [use.pk for use in uses]},
        )


def line_refusal(error: IntegrityError) -> LineRefused:
    """The sentence a person reads for a constraint that lines kept."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
    if name in ("line_is_used_once", "use_is_undone_once", "use_is_positive_or_undoes"):
        return LineRefused(_("这笔流水刚刚被别人处理过，请刷新。"), code="line_is_used")
    return LineRefused(_("银行流水不符合账簿的约束：%s") % (name or error))


def leave_out(line_ids: Sequence[UUID], *, memo: str = "", actor: Actor, today: date) -> list[LineUse]:
    """与应收无关: what is left of these lines is none of the receivables' business; no entry is made."""
    actor.require("receipt.record")
    with act("leave_out", actor=actor) as opened:
        lines = locked_lines(line_ids)
        uses = []
        for line in lines.values():
            require_unused(line, today)
            uses.append(new_use(line, UseKind.LEFT_OUT, left_of(line), opened, memo=memo.strip()[:MEMO]))
        write_uses(uses)
    return uses


def book_directly(
    line_ids: Sequence[UUID],
    *,
    account_id: UUID | None = None,
    memo: str = "",
    actor: Actor,
    today: date,
) -> list[LineUse]:
    """直接入账: bank fees, interest and the like, by an entry between the bank account and another account.

    `account_id`: the other account, 财务费用 where nothing is said; not one that belongs to customers.
    """
    actor.require("receipt.record")
    with act("book_directly", actor=actor) as opened:
        lines = locked_lines(line_ids)
        other = account_id or accounts_by_purpose({"financial_expense"})["financial_expense"]
        _require_plain(other)
        entries = []
        in_base = base_amounts(lines.values())
        for line in lines.values():
            require_unused(line, today)
            left = in_base[line.pk]
            bank, counter = line.bank_account.account_id, other
            debit, credit = (bank, counter) if line.amount > 0 else (counter, bank)
            entries.append(
                NewEntry(
                    "bank_line",
                    line.booked_on,
                    (EntryLine(debit, debit=left), EntryLine(credit, credit=left)),
                    (memo.strip() or line.text or line.get_kind_display())[:200],
                )
            )
        keys = post_entries(entries, opened=opened)
        uses = [
            new_use(
                line,
                UseKind.ENTRY,
                left_of(line),
                opened,
                entry_id=key,
                settled_with=in_base_words(line, in_base[line.pk]),
                memo=memo.strip()[:MEMO],
            )
            for line, key in zip(lines.values(), keys, strict=True)
        ]
        write_uses(uses)
    return uses


def pool_lines(
    line_ids: Sequence[UUID],
    *,
    automatic: bool = False,
    memo: str = "",
    skip: bool = False,
    actor: Actor,
    today: date,
) -> list[LineUse]:
    """转入待认领: money of nobody known waits to be claimed. D 银行存款 of the account | C 其他应付款.

    `skip`: lines that cannot wait there are left alone instead of refusing all.
    """
    actor.require("receipt.record")
    with act("pool_lines", actor=actor) as opened:
        lines = list(locked_lines(line_ids).values())
        known = _registered(lines)
        if skip:
            base = base_currency()
            lines = [
                line
                for line in lines
                if may_wait(line, base, today) and (line.reference, line.amount) not in known
            ]
        in_base = base_amounts(lines)
        for line in lines:
            require_unused(line, today)
            if line.amount < 0:
                raise LineRefused(_("付出的款项不能转入待认领。"), code="money_went_out")
            if (line.reference, line.amount) in known:
                raise LineRefused(
                    _("流水号 %s 已经登记过待认领款，不能再登记一次。") % line.reference,
                    code="bank_reference_exists",
                )
        rates = _rates(lines)
        rows = receive_unidentified(
            [_waiting(line, rates) for line in lines],
            actor=actor,
            today=today,
        )
        uses = [
            new_use(
                line,
                UseKind.POOL,
                left_of(line),
                opened,
                unidentified_id=row.pk,
                entry_id=row.entry_id,
                settled_with=in_base_words(line, in_base[line.pk]),
                automatic=automatic,
                tier="none" if automatic else "",
                memo=memo.strip()[:MEMO],
            )
            for line, row in zip(lines, rows, strict=True)
        ]
        write_uses(uses)
    return uses


def may_wait(line: StatementLine, base: str, today: date) -> bool:
    """Whether a line is money of somebody that could wait in the pool."""
    return (
        line.amount > 0
        and left_of(line) > 0
        and line.bank_account.currency == base
        and line.kind in (LineKind.TRANSFER, LineKind.OTHER)
        and line.booked_on <= today
    )


def ask_about(line_id: UUID, *, user_id: UUID | None, actor: Actor) -> None:
    """Note which colleague was asked about a line (None: nobody any more); the question itself is a note."""
    actor.require("receipt.record")
    with act("ask_about_line", actor=actor):
        line = locked_lines([line_id])[line_id]
        if user_id is not None and not User.objects.filter(pk=user_id).exists():
            raise LineRefused(_("没有这位同事。"), code="unknown_user")
        line.waits_for_id = user_id
        line.save(update_fields=["waits_for"])


def base_amounts(lines: Collection[StatementLine]) -> dict[UUID, Decimal]:
    """What is left of lines in the organization's own currency, at the rates of their days. Raises LineRefused."""
    base, rates = base_currency(), _rates(lines)
    return {
        line.pk: convert(left_of(line), rates[line.bank_account.currency, line.booked_on], base)
        for line in lines
    }


def _rates(lines: Collection[StatementLine]) -> dict[tuple[str, date], Decimal]:
    """What one of a line's currency was worth, by currency and day."""
    base = base_currency()
    wanted = {(line.bank_account.currency, line.booked_on) for line in lines}
    foreign = {key for key in wanted if key[0] != base}
    rates = rates_on(foreign)
    for currency, on in sorted(foreign - rates.keys()):
        raise LineRefused(
            _("没有 %(currency)s 在 %(on)s 的汇率，请先维护汇率。")
            % {"currency": currency, "on": on.isoformat()},
            code="rate_missing",
        )
    return {key: rates.get(key, ONE) for key in wanted}


def in_base_words(line: StatementLine, amount: Decimal) -> dict[str, str]:
    """What a use in foreign currency keeps of its amount in the books."""
    return {"base": f"{amount:.4f}"} if line.bank_account.currency != base_currency() else {}


def _require_plain(account_id: UUID) -> None:
    account = Account.objects.filter(pk=account_id).first()
    if account is None or account.control != Control.NONE.value:
        raise LineRefused(_("请选择一个不属于客户往来的科目。"), code="account_not_plain")


def _waiting(line: StatementLine, rates: Mapping[tuple[str, date], Decimal]) -> NewUnidentified:
    """Without the bank's reference as its key: the line is that already, and it may wait, be freed and wait again."""
    words = (line.reference, line.text)
    return NewUnidentified(
        left_of(line),
        line.booked_on,
        payer=line.counterparty,
        memo=" ".join(word for word in words if word)[:MEMO],
        account_id=line.bank_account.account_id,
        currency=line.bank_account.currency,
        rate=rates[line.bank_account.currency, line.booked_on],
    )


def _registered(lines: Sequence[StatementLine]) -> set[tuple[str, Decimal]]:
    """What was put into the pool by hand under the references of lines, so that money does not come in twice."""
    references = {line.reference for line in lines if line.reference}
    rows = UnidentifiedReceipt.objects.filter(bank_reference__in=references)
    return set(rows.values_list("bank_reference", "amount")) if references else set()
