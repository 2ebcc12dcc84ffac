"""Duties that may not meet in one person on one document (separation of duties, 企业内部控制应用指引第9号).

An organization decides which of them it insists on: none in a new one, where a single bookkeeper can work.
Operations of any package call `refuse_duty` with who did the earlier act.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.approvals.models import Setting
from huikuan.core.errors import HuikuanError
from huikuan.organizations.actors import Actor


class DutyRefused(HuikuanError):
    """The same person did something before that may not meet with this act; nothing was changed."""

    code = "duty_refused"


@dataclass(frozen=True)
class Duty:
    """Two acts on one document that two people must do, as sentences after a name: "登记单据", "批准处理它"."""

    earlier: str | Promise
    later: str | Promise
    why: str | Promise


RECORD_APPROVE = "record_approve"
RECORD_ALLOCATE = "record_allocate"
WRITE_OFF = "write_off"
REFUND = "refund"
VOID = "void"
REOPEN = "reopen"
INTERRUPTION = "interruption"

DUTIES: dict[str, Duty] = {
    RECORD_APPROVE: Duty(
        gettext_lazy("登记单据"),
        gettext_lazy("批准对它的处理"),
        gettext_lazy("登记单据的人不能批准这张单据的核销坏账、退款或冲销。"),
    ),
    RECORD_ALLOCATE: Duty(
        gettext_lazy("登记收款或导入对账单"),
        gettext_lazy("核销它"),
        gettext_lazy("登记收款、导入对账单的人不能用这笔款项核销应收。"),
    ),
    WRITE_OFF: Duty(
        gettext_lazy("提出坏账核销"),
        gettext_lazy("批准坏账核销"),
        gettext_lazy("没有配置审批时，任何人都不能独自核销坏账。"),
    ),
    REFUND: Duty(
        gettext_lazy("提出退款"),
        gettext_lazy("批准退款"),
        gettext_lazy("没有配置审批时，任何人都不能独自退款。"),
    ),
    VOID: Duty(
        gettext_lazy("提出冲销"),
        gettext_lazy("批准冲销"),
        gettext_lazy("没有配置审批时，任何人都不能独自冲销单据。"),
    ),
    REOPEN: Duty(
        gettext_lazy("提出重开期间"),
        gettext_lazy("批准重开期间"),
        gettext_lazy("没有配置审批时，任何人都不能独自重开期间。"),
    ),
    INTERRUPTION: Duty(
        gettext_lazy("登记催收联系"),
        gettext_lazy("认定它中断诉讼时效"),
        gettext_lazy("登记联系的人不能自己认定这次联系中断诉讼时效。"),
    ),
}


def duty_words(code: str) -> str:
    """The two acts of a duty, with what keeps them apart between them."""
    words = f"{DUTIES[code].earlier} ≠ {DUTIES[code].later}"
    return words[:1].upper() + words[1:]


def enforced_duties() -> frozenset[str]:
    """The duties that the current organization insists on."""
    setting = Setting.objects.first()
    return frozenset(setting.duties) if setting else frozenset()


def refuse_duty(
    duty: str, *, actor: Actor, earlier_user: UUID | None, enforced: frozenset[str] | None = None
) -> None:
    """Raise DutyRefused where the organization insists on `duty` and `actor` did the earlier act too.

    `earlier_user` is the user of the earlier act (`Act.actor_id`). The local operator is nobody in particular, and
    does not meet with itself. `enforced`: read once by who asks often.
    """
    if earlier_user is None or actor.user_id != earlier_user:
        return
    if duty in (enforced_duties() if enforced is None else enforced):
        words = DUTIES[duty]
        raise DutyRefused(
            _("职责分离：%(name)s已经%(earlier)s，不能再由同一人%(later)s。请由其他人来做。")
            % {"name": actor.name, "earlier": words.earlier, "later": words.later}
        )


def refuse_alone(duty: str, *, enforced: frozenset[str] | None = None) -> None:
    """Raise DutyRefused where the organization insists on `duty` and one person would do both acts."""
    if duty and duty in (enforced_duties() if enforced is None else enforced):
        words = DUTIES[duty]
        raise DutyRefused(
            _(
                "职责分离：%(earlier)s和%(later)s必须是两个人，但还没有为它配置审批。请管理员在“设置 › 审批”中配置。"
            )
            % {"earlier": words.earlier, "later": words.later},
            code="nobody_else_agrees",
        )
