"""Which of our accounts a statement is of."""

from __future__ import annotations

import re
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.cash.errors import StatementRefused
from huikuan.cash.formats.statements import ParsedStatement
from huikuan.cash.models import BankAccount
from huikuan.cash.numbers import plain_number
from huikuan.core.encryption import blind_index, mask_account
from huikuan.core.postgres.tenancy import current_organization_id

_MASKED = re.compile(r"[*xX.…]{2,}")
_LAST_DIGITS = 4


def account_of(parsed: ParsedStatement, bank_account_id: UUID | None) -> BankAccount:
    """Our account that a statement is of; raises StatementRefused."""
    if bank_account_id is not None:
        row = BankAccount.objects.filter(pk=bank_account_id).first()
        if row is None:
            raise StatementRefused(_("银行账户不存在，或不属于本组织。"), code="unknown_bank_account")
        if parsed.account and row.number and not _is_its_number(row, parsed):
            raise StatementRefused(
                _("文件里的账号 %(number)s 不是账户 %(name)s 的账号。")
                % {"number": mask_account(parsed.account), "name": row.name},
                code="other_account",
            )
        return row
    if not parsed.account:
        raise StatementRefused(_("文件没有写明账号，请指定是哪个账户的。"), code="account_not_said")
    found = [row for row in _with_number(parsed) if parsed.currency in ("", row.currency)]
    if len(found) == 1:
        return found[0]
    if found:
        raise StatementRefused(
            _("有几个账户的账号都像 %s，请指定是哪一个。") % _shown(parsed.account), code="account_ambiguous"
        )
    if _with_number(parsed):
        raise other_currency(parsed, _with_number(parsed)[0])
    raise StatementRefused(
        _("没有账号为 %s 的银行账户；请先登记账户，或指定是哪个账户的。") % _shown(parsed.account),
        code="unknown_account",
    )


def _shown(number: str) -> str:
    return number if _MASKED.search(number) or len(number) < 8 else mask_account(number)


def _number_forms(parsed: ParsedStatement) -> set[str]:
    """How our number may stand in the file: whole, behind the bank's number, without the currency at its end."""
    whole = plain_number(parsed.account)
    forms = {whole, whole.rpartition("/")[2]}
    return forms | {form.removesuffix(parsed.currency) for form in forms if parsed.currency} - {""}


def _with_number(parsed: ParsedStatement) -> list[BankAccount]:
    if _is_partial(parsed.account):
        return [row for row in BankAccount.objects.order_by("pk") if _is_its_number(row, parsed)]
    context = f"{current_organization_id()}.bank_account.number"
    indexes = [blind_index(form, context=context) for form in sorted(_number_forms(parsed))]
    return list(BankAccount.objects.filter(number_index__in=indexes).order_by("pk"))


def _is_partial(number: str) -> bool:
    return bool(_MASKED.search(number)) or len(number) <= _LAST_DIGITS


def _is_its_number(row: BankAccount, parsed: ParsedStatement) -> bool:
    """Whether a number of the file, masked or only its last four digits, is the number of the account."""
    number = row.number
    if not number:
        return False
    if not _is_partial(parsed.account):
        return number in _number_forms(parsed)
    pieces = [re.escape(piece) for piece in _MASKED.split(plain_number(parsed.account))]
    if len(pieces) == 1:
        return len(parsed.account) == _LAST_DIGITS and number.endswith(plain_number(parsed.account))
    return re.fullmatch(".+".join(pieces), number) is not None


def other_currency(parsed: ParsedStatement, row: BankAccount) -> StatementRefused:
    return StatementRefused(
        _("对账单是 %(found)s，账户 %(name)s 是 %(currency)s。")
        % {"found": parsed.currency, "name": row.name, "currency": row.currency},
        code="other_currency",
    )
