"""Adding and changing accounts of the chart."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import Account, Control, JournalLine, PostingRule
from huikuan.organizations.actors import Actor


class AccountRefused(HuikuanError):
    """The account cannot be added or changed as asked."""

    code = "account_refused"


def add_account(*, code: str, name: str, control: str = "", actor: Actor) -> Account:
    """Add an account to the chart. Posting rules name accounts by purpose; a new one has none."""
    actor.require("organization.write")
    code, name = _checked(code, name, control)
    with act("add_account", actor=actor):
        account = Account(
            organization_id=current_organization_id(), code=code, name=name, purpose="", control=control
        )
        _save(account, adding=True)
        record_event(
            action="recorded",
            record_kind="account",
            record_id=account.pk,
            number=code,
            content=_content(account),
        )
    return account


def change_account(*, account_id: UUID, code: str, name: str, control: str, actor: Actor) -> Account:
    """Change what an account is called, and what it is while nothing rests on it.

    With postings the code and the relation to the sub-ledger stay: entries and reports of the past name them.
    """
    actor.require("organization.write")
    code, name = _checked(code, name, control)
    with act("change_account", actor=actor):
        account = Account.objects.select_for_update().get(pk=account_id)
        before = {"code": account.code, **_content(account)}
        if control != account.control and is_bound(account):
            raise AccountRefused(
                _("科目 %s 已有记账或被记账规则使用，不能改变它与应收的关系。") % account.code,
                code="account_in_use",
            )
        if code != account.code and has_postings(account):
            raise AccountRefused(
                _("科目 %s 已有记账，科目代码不能再改；名称可以改。") % account.code, code="account_in_use"
            )
        account.code, account.name, account.control = code, name, control
        after = {"code": code, **_content(account)}
        changed = {key: value for key, value in before.items() if after[key] != value}
        if changed:
            _save(account, adding=False)
            record_event(
                action="changed",
                record_kind="account",
                record_id=account.pk,
                number=code,
                content={**_content(account), "before": changed},
            )
    return account


def has_postings(account: Account) -> bool:
    """Whether an entry was ever made on the account."""
    return JournalLine.objects.filter(account_id=account.pk).exists()


def is_bound(account: Account) -> bool:
    """Whether entries or posting rules rest on what the account is."""
    return PostingRule.objects.filter(account_id=account.pk).exists() or has_postings(account)


def _content(account: Account) -> dict[str, Any]:
    return {"name": account.name, "purpose": account.purpose, "control": account.control}


def _checked(code: str, name: str, control: str) -> tuple[str, str]:
    code, name = code.strip(), name.strip()
    if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z.\-]{0,19}", code):
        raise AccountRefused(
            _("科目代码只能用数字、字母、. 和 -，最多 20 位：%s") % code, code="account_code"
        )
    if not name:
        raise AccountRefused(_("请填写科目名称。"), code="account_name")
    if control not in Control.values:
        raise AccountRefused(_("不认识的科目性质：%s") % control, code="account_control")
    return code, name


def _save(account: Account, *, adding: bool) -> None:
    try:
        with transaction.atomic():
            account.save(force_insert=adding)
    except IntegrityError as error:
        raise AccountRefused(_("科目代码 %s 已经存在。") % account.code, code="account_exists") from error
