"""The first steps of an organization: what is done is read from its data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from huikuan.audit.models import Act
from huikuan.customers.models import Customer
from huikuan.ledger.models import Document
from huikuan.organizations.models import Membership, Organization
from huikuan.web.pages import Work


@dataclass(frozen=True)
class Step:
    """One of the first steps; `permission` lets one take it."""

    code: str
    title: str | Promise
    text: str | Promise
    action: str | Promise
    url_name: str
    permission: str
    query: str = ""
    files: str = ""


STEPS = (
    Step(
        "organization",
        _("核对组织"),
        _("名称、时区和上线日期。上线日期最好在导入历史之前定下。"),
        _("去核对"),
        "settings-organization",
        "organization.write",
    ),
    Step(
        "customers",
        _("导入客户"),
        _("从 Excel 或 CSV 导入客户名单：编码、名称、账期、业务员。"),
        _("导入客户"),
        "import-home",
        "import.run",
        "?kind=customers",
        "customers",
    ),
    Step(
        "opening",
        _("导入期初应收"),
        _("导入还没有收回的应收单；在“更多选项”里勾选期初余额，就不计入收入。"),
        _("导入应收单"),
        "import-home",
        "import.run",
        "?kind=invoices",
        "invoices",
    ),
    Step(
        "users",
        _("邀请同事"),
        _("应收会计、出纳、业务员各用自己的账户，只看到该看的客户。"),
        _("邀请用户"),
        "settings-user-invite",
        "organization.write",
    ),
)
CODES = frozenset(step.code for step in STEPS)


def skipped_of(organization: Organization) -> set[str]:
    """The steps that were left out."""
    return set(organization.onboarding.get("skipped", ())) & CODES


def first_steps(work: Work) -> list[dict[str, Any]]:
    """The steps with their state: done, skipped, now (the first that is neither) or later."""
    done, skipped = _done(work.organization), skipped_of(work.organization)
    rows: list[dict[str, Any]] = []
    now = next((step.code for step in STEPS if not done[step.code] and step.code not in skipped), "")
    for step in STEPS:
        may = work.actor.may(step.permission)
        rows.append(
            {
                "code": step.code,
                "title": step.title,
                "text": step.text,
                "action": step.action,
                "url": reverse(step.url_name, args=[work.organization.code]) + step.query if may else "",
                "files": step.files,
                "done": done[step.code],
                "skipped": step.code in skipped and not done[step.code],
                "now": step.code == now,
            }
        )
    return rows


def _done(organization: Organization) -> dict[str, bool]:
    return {
        "organization": organization.live_on is not None
        or Act.objects.filter(kind="change_organization").exists(),
        "customers": Customer.objects.exists(),
        "opening": Document.objects.exists(),
        "users": Membership.objects.filter(active=True).count() > 1,
    }


def is_waiting(work: Work) -> bool:
    """Whether a person who comes in should see the first steps: nothing is booked, nobody put them away."""
    return (
        work.actor.may("organization.write")
        and not work.organization.onboarding.get("put_away")
        and not Document.objects.exists()
    )
