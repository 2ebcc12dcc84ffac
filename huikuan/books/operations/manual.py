"""Vouchers entered by hand: what other systems hold, opening balances, and red ink over posted ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from huikuan.audit.operations import OpenAct, act
from huikuan.books.models import Source, State, Voucher, VoucherLine
from huikuan.books.operations.making import VOUCHER_CONTENT
from huikuan.books.operations.refusals import VoucherRefused, hold_months_open, refusal
from huikuan.books.queries.policy import policy
from huikuan.books.rules.words import RED, WORD, voucher_name
from huikuan.core.money import currency_exponent
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import Customer
from huikuan.ledger.models import Account, Control
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

ZERO = Decimal(0)
LONGEST_SUMMARY = 200


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line as it is written: an amount on one side, in base currency; red ink is negative."""

    account_id: UUID
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    summary: str = ""
    customer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewVoucher:
    """A voucher as it is written. Without `word` the organization's word for what is neither money in nor out."""

    voucher_on: date
    lines: tuple[NewLine, ...]
    summary: str = ""
    word: str = ""
    attachments: int = 0


def enter_vouchers(vouchers: Sequence[NewVoucher], *, actor: Actor, today: date) -> list[UUID]:
    """手工凭证: write vouchers by hand; they count in the books once they are reviewed and posted.

    Refused, all of them, where one does not balance, or names an account whose balance is made of customers'
    items: those are changed by documents only. Returns their ids in order.
    """
    actor.require("voucher.prepare")
    with act("enter_vouchers", actor=actor) as opened:
        return _enter(vouchers, source=Source.MANUAL, opened=opened, actor=actor, today=today)


def enter_opening_balances(*, on: date, balances: Mapping[UUID, Decimal], actor: Actor, today: date) -> UUID:
    """期初余额: the balances of the accounts that items do not make up, as one voucher dated `on`.

    `balances`: account → balance, debit positive. What is missing to balance goes to the opening-balance account,
    where the openings of the sub-ledger stand as well: it is zero when both are complete.
    """
    actor.require("voucher.prepare")
    lines = [
        NewLine(account, max(balance, ZERO), max(-balance, ZERO), "期初余额")
        for account, balance in balances.items()
        if balance
    ]
    rest = sum((balance for balance in balances.values()), ZERO)
    if rest:
        opening = Account.objects.filter(purpose="opening").values_list("pk", flat=True).first()
        if opening is None:
            raise VoucherRefused(_("科目表中没有期初余额科目。"), code="unknown_account")
        lines.append(NewLine(opening, max(-rest, ZERO), max(rest, ZERO), "期初余额"))
    new = NewVoucher(voucher_on=on, lines=tuple(lines), summary="期初余额")
    with act("enter_opening_balances", actor=actor) as opened:
        return _enter([new], source=Source.OPENING, opened=opened, actor=actor, today=today)[0]


def reverse_voucher(*, voucher_id: UUID, on: date, reason: str, actor: Actor, today: date) -> UUID:
    """红字冲销: take a posted voucher back by one with the same lines in red ink, to be reviewed and posted.

    Only a voucher entered by hand: what a document made is taken back by reversing the document, which makes a
    red entry of its own.
    """
    actor.require("voucher.prepare")
    if not reason.strip():
        raise VoucherRefused(_("冲销凭证必须写明原因。"), code="reason_missing")
    with act("reverse_voucher", actor=actor, reason=reason) as opened:
        voucher = Voucher.objects.select_for_update(no_key=True).get(pk=voucher_id)
        name = voucher_name(voucher.word, voucher.number)
        if voucher.state != State.POSTED:
            raise VoucherRefused(_("凭证还没有记账，作废重做即可，不必冲销。"), code="not_posted")
        if voucher.source not in (Source.MANUAL, Source.OPENING):
            raise VoucherRefused(
                _("凭证 %s 来自单据：请冲销那张单据，红字分录会随之产生，再编制凭证。") % name,
                code="made_by_documents",
            )
        if on < voucher.voucher_on:
            raise VoucherRefused(_("红字凭证的日期不能早于原凭证。"), code="before_original")
        summary = f"{RED} {voucher.month:%Y-%m} {name}"
        lines = VoucherLine.objects.filter(voucher=voucher).order_by("position")
        red = NewVoucher(
            voucher_on=on,
            summary=summary,
            word=voucher.word,
            lines=tuple(
                NewLine(line.account_id, -line.debit, -line.credit, summary, line.customer_id)
                for line in lines
            ),
        )
        return _enter(
            [red], source=Source.REVERSAL, opened=opened, actor=actor, today=today, reverses=voucher_id
        )[0]


def _enter(
    vouchers: Sequence[NewVoucher],
    *,
    source: Source,
    opened: OpenAct,
    actor: Actor,
    today: date,
    reverses: UUID | None = None,
) -> list[UUID]:
    if not vouchers:
        return []
    organization = Organization.objects.get(pk=current_organization_id())
    unit = Decimal(1).scaleb(-currency_exponent(organization.currency))
    other = policy().words["other"]
    _require_accounts(vouchers)
    for voucher in vouchers:
        _require_sound(voucher, unit, today)
    hold_months_open(sorted({voucher.voucher_on.replace(day=1) for voucher in vouchers}))
    ids = [uuid7() for _voucher in vouchers]
    heads = [
        Voucher(
            id=key,
            organization_id=organization.pk,
            act_id=opened.id,
            word=voucher.word or other,
            month=voucher.voucher_on.replace(day=1),
            voucher_on=voucher.voucher_on,
            attachments=voucher.attachments,
            summary=_summary(voucher),
            source=source,
            amount=sum((line.debit for line in voucher.lines), ZERO),
            reverses_id=reverses,
            prepared_by=actor.user_id,
            prepared_by_name=actor.name,
        )
        for key, voucher in zip(ids, vouchers, strict=True)
    ]
    lines = [
        VoucherLine(
            organization_id=organization.pk,
            voucher_id=key,
            position=position,
            summary=(line.summary or _summary(voucher))[:LONGEST_SUMMARY],
            account_id=line.account_id,
            customer_id=line.customer_id,
            debit=line.debit,
            credit=line.credit,
        )
        for key, voucher in zip(ids, vouchers, strict=True)
        for position, line in enumerate(voucher.lines, start=1)
    ]
    try:
        Voucher.objects.bulk_create(heads)
        VoucherLine.objects.bulk_create(lines)
        _record(ids, opened)
    except IntegrityError as error:
        raise refusal(error) from error
    return ids


def _summary(voucher: NewVoucher) -> str:
    written = (line.summary for line in voucher.lines if line.summary)
    return (voucher.summary or next(written, ""))[:LONGEST_SUMMARY]


def _require_sound(voucher: NewVoucher, unit: Decimal, today: date) -> None:
    if voucher.voucher_on > today:
        raise VoucherRefused(_("凭证日期 %s 还没有到。") % voucher.voucher_on, code="future")
    if not _summary(voucher).strip():
        raise VoucherRefused(_("凭证要有摘要。"), code="summary_missing")
    if voucher.word and not WORD.fullmatch(voucher.word):
        raise VoucherRefused(_("凭证字是一到四个汉字或字母：%s") % voucher.word, code="word_form")
    if len(voucher.lines) < 2:
        raise VoucherRefused(_("凭证至少要有两行。"), code="too_few_lines")
    for place, line in enumerate(voucher.lines, start=1):
        if not all(
            value.is_finite() and value == value.quantize(unit) for value in (line.debit, line.credit)
        ):
            raise VoucherRefused(_("第 %d 行的金额超出本位币的小数位数。") % place, code="amount_precision")
        if bool(line.debit) == bool(line.credit):
            raise VoucherRefused(_("第 %d 行要有借方或贷方金额，且只有其一。") % place, code="one_side")
    debit = sum((line.debit for line in voucher.lines), ZERO)
    credit = sum((line.credit for line in voucher.lines), ZERO)
    if debit != credit:
        raise VoucherRefused(
            _("借贷不平：借方 %(debit)s，贷方 %(credit)s，相差 %(rest)s。")
            % {"debit": debit, "credit": credit, "rest": debit - credit},
            code="unbalanced",
        )


def _require_accounts(vouchers: Sequence[NewVoucher]) -> None:
    lines = [line for voucher in vouchers for line in voucher.lines]
    wanted = {line.account_id for line in lines}
    accounts = {account.pk: account for account in Account.objects.filter(pk__in=wanted)}
    if len(accounts) != len(wanted):
        raise VoucherRefused(_("科目不存在，或不属于本组织。"), code="unknown_account")
    for account in accounts.values():
        if account.control in (Control.RECEIVABLE, Control.CREDIT):
            raise VoucherRefused(
                _("科目 %s 的余额由客户的应收项目构成，不能手工记账；请登记单据。") % account,
                code="control_account",
            )
    customers = {line.customer_id for line in lines if line.customer_id}
    if Customer.objects.filter(pk__in=customers).count() != len(customers):
        raise VoucherRefused(_("客户不存在，或不属于本组织。"), code="unknown_customer")


def _record(ids: Sequence[UUID], opened: OpenAct) -> None:
    parameters: dict[str, Any] = {
        "organization": opened.organization_id,
        "act": opened.id,
        "ids": json.dumps([str(key) for key in ids]),
    }
    with connection.cursor() as cursor:
        cursor.execute(RECORD_ENTERED, parameters)


LINES_CONTENT = """(
        SELECT jsonb_agg(jsonb_build_array(l.summary, l.account_id, l.debit, l.credit, l.customer_id)
                         ORDER BY l.position)
        FROM books_voucher_line l WHERE l.organization_id = v.organization_id AND l.voucher_id = v.id)"""

RECORD_ENTERED = f"""
    INSERT INTO audit_event (organization_id, id, act_id, action, record_kind, record_id, number, content)
    SELECT %(organization)s, uuidv7(), %(act)s, 'recorded', 'voucher', v.id, v.word,
        {VOUCHER_CONTENT} || jsonb_build_object('lines', {LINES_CONTENT})
    FROM jsonb_array_elements_text(%(ids)s::jsonb) wanted
    JOIN books_voucher v ON v.organization_id = %(organization)s AND v.id = wanted::uuid
"""
