"""Our accounts at banks and wallets, each with the account of the chart that carries its money."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.cash.errors import BankAccountRefused
from huikuan.cash.models import BankAccount, BankKind, Statement
from huikuan.cash.numbers import plain_number
from huikuan.core.encryption import mask_account
from huikuan.core.money import is_currency
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import Account
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

# Parents in the chart of the Ministry of Finance (企业会计准则—应用指南): 库存现金 and 其他货币资金.
_PARENTS = {
    BankKind.CASH.value: ("1001", "库存现金"),
    BankKind.ALIPAY.value: ("1012", "其他货币资金"),
    BankKind.WECHAT.value: ("1012", "其他货币资金"),
}
MOST_SUB_ACCOUNTS = 99


@dataclass(frozen=True, slots=True)
class NewBankAccount:
    """`opening_balance`: what lies on it before its first line; the first statement with a balance overrules it."""

    code: str
    name: str
    currency: str
    kind: str = BankKind.BANK.value
    bank: str = ""
    number: str = ""
    opening_balance: Decimal = Decimal(0)


def add_bank_account(*, new: NewBankAccount, actor: Actor) -> BankAccount:
    """开立账户. The first one in base currency takes 银行存款 itself, further ones a sub-account of their own."""
    actor.require("bank.write")
    _check(new)
    number = plain_number(new.number)
    with act("add_bank_account", actor=actor):
        row = BankAccount(
            organization_id=current_organization_id(),
            code=new.code.strip(),
            name=new.name.strip(),
            kind=new.kind,
            bank=new.bank.strip(),
            currency=new.currency,
            account=_carrying_account(new),
            opening_balance=new.opening_balance,
        )
        row.number = number
        _save(row, adding=True)
        record_event(
            action="recorded",
            record_kind="bank_account",
            record_id=row.pk,
            number=row.code,
            content=content(row),
        )
    return row


def change_bank_account(
    *,
    bank_account_id: UUID,
    code: str,
    name: str,
    bank: str,
    number: str,
    opening_balance: Decimal | None = None,
    actor: Actor,
) -> BankAccount:
    """Change what an account is called and its number. `opening_balance` may change while it has no statement."""
    actor.require("bank.write")
    with act("change_bank_account", actor=actor):
        row = locked_account(bank_account_id)
        before = content(row)
        if not code.strip() or not name.strip():
            raise BankAccountRefused(_("请填写账户的代码和名称。"), code="bank_account_name")
        row.code, row.name, row.bank = code.strip(), name.strip(), bank.strip()
        if plain_number(number) != row.number:
            row.number = plain_number(number)
        if opening_balance is not None and opening_balance != row.opening_balance:
            if Statement.objects.filter(bank_account_id=row.pk).exists():
                raise BankAccountRefused(
                    _("账户已有对账单，期初余额以对账单为准，不能再改。"), code="bank_account_in_use"
                )
            row.opening_balance = opening_balance
        after = content(row)
        if changed := {key: value for key, value in before.items() if after[key] != value}:
            _save(row, adding=False)
            record_event(
                action="changed",
                record_kind="bank_account",
                record_id=row.pk,
                number=row.code,
                content={**after, "before": changed},
            )
    return row


def close_bank_account(*, bank_account_id: UUID, on: date | None, actor: Actor, today: date) -> BankAccount:
    """销户 on a day: no statement later than it is taken. `on` None opens it again."""
    actor.require("bank.write")
    if on is not None and on > today:
        raise BankAccountRefused(_("销户日期 %s 在将来。") % on, code="future_date")
    with act("close_bank_account", actor=actor):
        row = locked_account(bank_account_id)
        last = Statement.objects.filter(bank_account_id=row.pk).order_by("-ends_on").first()
        if on is not None and last is not None and last.ends_on > on:
            raise BankAccountRefused(
                _("账户在 %s 还有对账单，不能在此之前销户。") % last.ends_on, code="bank_account_in_use"
            )
        row.closed_on = on
        _save(row, adding=False)
        record_event(
            action="closed" if on else "reopened",
            record_kind="bank_account",
            record_id=row.pk,
            number=row.code,
            content=content(row),
        )
    return row


def locked_account(bank_account_id: UUID) -> BankAccount:
    """The account, locked: what is done to it and its statements comes one after the other."""
    row = BankAccount.objects.select_for_update(no_key=True).filter(pk=bank_account_id).first()
    if row is None:
        raise BankAccountRefused(_("银行账户不存在，或不属于本组织。"), code="unknown_bank_account")
    return row


def content(row: BankAccount) -> dict[str, Any]:
    """What the trail keeps of an account; its number masked."""
    return {
        "code": row.code,
        "name": row.name,
        "kind": row.kind,
        "bank": row.bank,
        "number": mask_account(row.number),
        "currency": row.currency,
        "account": str(row.account_id),
        "opening_balance": f"{row.opening_balance:.4f}",
        "closed_on": row.closed_on.isoformat() if row.closed_on else None,
    }


def _check(new: NewBankAccount) -> None:
    if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z._\-]{0,19}", new.code.strip()):
        raise BankAccountRefused(
            _("账户代码只能用数字、字母、. _ 和 -，最多 20 位：%s") % new.code, code="bank_account_code"
        )
    if not new.name.strip():
        raise BankAccountRefused(_("请填写账户的代码和名称。"), code="bank_account_name")
    if new.kind not in BankKind.values:
        raise BankAccountRefused(_("不认识的账户种类：%s") % new.kind, code="bank_account_kind")
    if not is_currency(new.currency):
        raise BankAccountRefused(_("不认识币种 %s。") % new.currency, code="currency_unknown")


def _carrying_account(new: NewBankAccount) -> Account:
    """The account of the chart for the money: 银行存款 for the first in base currency, else a new sub-account.

    The row of 银行存款 is locked meanwhile, so that no two take the same sub-account.
    """
    bank = Account.objects.select_for_update(no_key=True).filter(purpose="bank").first()
    if bank is None:
        raise BankAccountRefused(_("科目表中没有用途为 %s 的科目。") % "bank", code="account_missing")
    base = Organization.objects.values_list("currency", flat=True).get(pk=current_organization_id())
    taken = BankAccount.objects.filter(account_id=bank.pk).exists()
    if new.kind == BankKind.BANK and new.currency == base and not taken:
        return bank
    code, name = _PARENTS.get(new.kind, (bank.code, bank.name))
    account = Account(
        organization_id=current_organization_id(),
        code=_free_code(code),
        name=f"{name}—{new.name.strip()}"[:100],
        purpose=f"bank.{new.code.strip()}",
    )
    account.save(force_insert=True)
    record_event(
        action="recorded",
        record_kind="account",
        record_id=account.pk,
        number=account.code,
        content={"name": account.name, "purpose": account.purpose, "control": account.control},
    )
    return account


def _free_code(parent: str) -> str:
    """The next sub-account: 100202, 100203, …; 01 stays with the parent's own money."""
    used = set(Account.objects.filter(code__startswith=parent).values_list("code", flat=True))
    for number in range(2, MOST_SUB_ACCOUNTS + 1):
        if (code := f"{parent}{number:02}") not in used:
            return code
    raise BankAccountRefused(_("科目 %s 的下级科目已经用完。") % parent, code="account_exists")


def _save(row: BankAccount, *, adding: bool) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=adding)
    except IntegrityError as error:
        if "bank_account_number_is_unique" in str(error):
            raise BankAccountRefused(
                _("这个账号（同一币种）已经登记过。"), code="bank_account_number_exists"
            ) from error
        raise BankAccountRefused(
            _("账户代码 %s 已经存在。") % row.code, code="bank_account_exists"
        ) from error
