"""Changing the organization itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from huikuan.audit.operations import act, record_event
from huikuan.core.errors import HuikuanError
from huikuan.core.money import is_currency
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.customers.models import CustomerChange
from huikuan.customers.rules.identity import explain_uscc, normalise_uscc
from huikuan.ledger.models import Document, JournalEntry
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

OLD_TAX_NUMBER = re.compile(r"[0-9]{15}")


class SettingRefused(HuikuanError):
    """The setting cannot have this value; `field` names it."""

    code = "setting_refused"

    def __init__(self, message: str, *, field: str = "", code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.field = field


def locked_organization() -> Organization:
    """The current organization, its row locked: settings of one organization change one after the other."""
    return Organization.objects.select_for_update(no_key=True).get(pk=current_organization_id())


def change_organization(
    *,
    name: str,
    time_zone: str,
    currency: str,
    live_on: date | None,
    actor: Actor,
    tax_number: str | None = None,
) -> Organization:
    """Change name, tax number, time zone, base currency and the day from which the organization works in Huikuan.

    `tax_number`: 统一社会信用代码 (GB 32100), or the fifteen digits of an older one; "" takes it away, None leaves it.

    The base currency stays once there are documents. The day does not move across recorded business: what is
    dated before it counts as known from its own date, so reports of earlier moments would say something else.
    """
    actor.require("organization.write")
    with act("change_organization", actor=actor):
        organization = locked_organization()
        before = _facts(organization)
        if not name.strip():
            raise SettingRefused(_("请填写组织名称。"), field="name")
        if time_zone not in available_timezones():
            raise SettingRefused(_("不认识的时区：%s") % time_zone, field="time_zone")
        if currency != organization.currency:
            _require_currency_free(currency)
        if live_on != organization.live_on:
            _require_nothing_between(organization.live_on, live_on)
        if tax_number is not None:
            organization.tax_number = _tax_number(tax_number)
        organization.name = name.strip()[:200]
        organization.time_zone, organization.currency, organization.live_on = time_zone, currency, live_on
        after = _facts(organization)
        changed = {key: value for key, value in before.items() if after[key] != value}
        if changed:
            organization.save(update_fields=["name", "tax_number", "time_zone", "currency", "live_on"])
            record_event(
                action="changed",
                record_kind="organization",
                record_id=organization.pk,
                number=organization.code,
                content={**{key: after[key] for key in changed}, "before": changed},
            )
    return organization


def _facts(organization: Organization) -> dict[str, Any]:
    live_on = organization.live_on
    return {
        "name": organization.name,
        "tax_number": organization.tax_number,
        "time_zone": organization.time_zone,
        "currency": organization.currency,
        "live_on": live_on.isoformat() if live_on else None,
    }


def _tax_number(text: str) -> str:
    number = normalise_uscc(text)
    if not number or OLD_TAX_NUMBER.fullmatch(number):
        return number
    wrong = explain_uscc(number)
    if wrong is not None:
        words = {
            "length": _("税号应是 18 位统一社会信用代码（旧税号 15 位）。"),
            "alphabet": _("统一社会信用代码只有数字和大写字母，没有 I、O、S、V、Z。"),
            "check_digit": _("统一社会信用代码的最后一位校验不对，请核对。"),
        }
        raise SettingRefused(words[wrong], field="tax_number", code="tax_number")
    return number


def _require_currency_free(currency: str) -> None:
    if not is_currency(currency):
        raise SettingRefused(_("不认识的币种：%s") % currency, field="currency")
    if Document.objects.exists():
        raise SettingRefused(_("已有单据，本位币不能再改。"), field="currency", code="currency_locked")


def _require_nothing_between(before: date | None, after: date | None) -> None:
    """Refuse to move the line across what is recorded; without a day nothing is history."""
    low, high = sorted((before or date.min, after or date.min))
    found = (
        Document.objects.filter(document_on__gte=low, document_on__lt=high).count()
        or JournalEntry.objects.filter(effective_on__gte=low, effective_on__lt=high).count()
        or CustomerChange.objects.filter(effective_on__gte=low, effective_on__lt=high).count()
    )
    if found:
        raise SettingRefused(
            _(
                "新旧上线日期之间已有 %(count)d 笔记录。移动上线日期会改变过去报表当时所知的内容，"
                "所以不能改；如果是误导入，请先核对导入记录。"
            )
            % {"count": found},
            field="live_on",
            code="live_on_locked",
        )


def note_first_steps(*, skipped: Iterable[str], put_away: bool, actor: Actor) -> None:
    """Remember which of the first steps were left out, and whether the list was put away."""
    actor.require("organization.write")
    organization = locked_organization()
    organization.onboarding = {"skipped": sorted(set(skipped)), "put_away": put_away}
    organization.save(update_fields=["onboarding"])
