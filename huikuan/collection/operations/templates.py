"""Writing message templates, taking them back, and deciding what stands on letters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.cash.models import BankAccount
from huikuan.collection.claim_facts import letterhead_in_force
from huikuan.collection.errors import TemplateRefused, TextTooLong
from huikuan.collection.models import Letterhead, MessageTemplate
from huikuan.collection.operations.trail import LETTERHEAD, TEMPLATE
from huikuan.collection.template_fields import LANGUAGES, TemplateChannel
from huikuan.collection.templates import SHIPPED, check_template, templates_in_force
from huikuan.core.lengths import first_too_long, lengths_of
from huikuan.organizations.actors import Actor

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTemplate:
    """A template as it is written. `code`: small letters, digits and underscores."""

    code: str
    channel: TemplateChannel
    language: str
    name: str
    text: str
    subject: str = ""


def save_template(new: NewTemplate, *, actor: Actor) -> MessageTemplate | None:
    """写模板: from now on this text is used; the former one stays as history. None: nothing is new.

    Raises TemplateRefused, TemplateFieldUnknown, SmsWordForbidden, TextTooLong.
    """
    actor.require("collection.manage")
    code, name = new.code.strip(), " ".join(new.name.replace("\x00", "").split())
    text, subject = _lines(new.text), " ".join(_lines(new.subject).split())
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", code):
        raise TemplateRefused(
            _("模板代码用小写字母、数字和下划线，以字母开头，最多 40 个字符。"), code="template_code_form"
        )
    if new.language not in LANGUAGES:
        raise TemplateRefused(_("没有这种语言。"), code="unknown_language")
    if not name or len(name) > LONGEST_NAME:
        raise TemplateRefused(_("请填写模板名称，最多 %d 个字。") % LONGEST_NAME, code="template_name")
    check_template(new.channel.value, subject, text)
    with act("save_template", actor=actor) as opened:
        former = templates_in_force().get((code, new.channel.value, new.language))
        if former is not None and (former.name, former.subject, former.text) == (name, subject, text):
            return None
        row = MessageTemplate.objects.create(
            organization_id=opened.organization_id,
            act_id=opened.id,
            code=code,
            channel=new.channel.value,
            language=new.language,
            name=name,
            subject=subject,
            text=text,
            written_by=actor.name,
        )
        content = {
            "channel": row.channel,
            "language": row.language,
            "name": name,
            "subject": subject,
            "text": text,
        }
        record_event(action="changed", record_kind=TEMPLATE, record_id=row.pk, number=code, content=content)
    return row


def retire_template(*, code: str, channel: TemplateChannel, language: str, actor: Actor) -> None:
    """停用模板: what was written here is no longer used; a shipped one is again as it was shipped.

    Raises TemplateRefused where nothing was written here.
    """
    actor.require("collection.manage")
    with act("retire_template", actor=actor) as opened:
        found = templates_in_force().get((code, channel.value, language))
        if found is None or found.version_id is None:
            raise TemplateRefused(_("这个模板没有改动过，不能停用。"), code="template_not_written")
        row = MessageTemplate.objects.create(
            organization_id=opened.organization_id,
            act_id=opened.id,
            code=code,
            channel=channel.value,
            language=language,
            name=found.name,
            retired=True,
            written_by=actor.name,
        )
        content = {"channel": channel.value, "language": language, "shipped": found.key in SHIPPED}
        record_event(action="retired", record_kind=TEMPLATE, record_id=row.pk, number=code, content=content)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLetterhead:
    """What stands on letters as it is decided."""

    english_name: str = ""
    address: str = ""
    english_address: str = ""
    postcode: str = ""
    phone: str = ""
    email: str = ""
    sender: str = ""
    account_id: UUID | None = None
    deadline_days: int = 7
    interest_daily: Decimal | None = None


TEXTS = ("english_name", "address", "english_address", "postcode", "phone", "email", "sender")


def save_letterhead(new: NewLetterhead, *, actor: Actor) -> bool:
    """设定信头: this stands on letters from now on; whether that is something new. Raises TemplateRefused."""
    actor.require("collection.manage")
    texts = {name: " ".join(getattr(new, name).replace("\x00", "").split()) for name in TEXTS}
    if first_too_long(texts, lengths_of(Letterhead, *TEXTS)):
        raise TextTooLong(_("信头的文字太长。"))
    if not 1 <= new.deadline_days <= 90:
        raise TemplateRefused(_("付款期限应在 1 到 90 天之间。"), code="deadline_out_of_range")
    if new.interest_daily is not None and not 0 < new.interest_daily < Decimal("0.01"):
        raise TemplateRefused(_("日利率应大于 0、小于 1%。"), code="interest_out_of_range")
    if (
        new.account_id is not None
        and not BankAccount.objects.filter(pk=new.account_id, closed_on=None).exists()
    ):
        raise TemplateRefused(_("没有这个收款账户，或已销户。"), code="unknown_account")
    values: dict[str, Any] = {
        **texts,
        "account_id": new.account_id,
        "deadline_days": new.deadline_days,
        "interest_daily": new.interest_daily,
    }
    with act("change_letterhead", actor=actor) as opened:
        former = letterhead_in_force()
        if former is not None and all(getattr(former, name) == value for name, value in values.items()):
            return False
        row = Letterhead.objects.create(organization_id=opened.organization_id, act_id=opened.id, **values)
        content = {**texts, "deadline_days": new.deadline_days, "account": str(new.account_id or "")}
        content["interest_daily"] = str(new.interest_daily or "")
        record_event(action="changed", record_kind=LETTERHEAD, record_id=row.pk, content=content)
    return True


def _lines(text: str) -> str:
    return text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n").strip()
