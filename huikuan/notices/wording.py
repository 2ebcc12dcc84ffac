"""What a notice says, in the language of whoever reads it.

A kind of notice is added here: its title with named parameters, and its icon. Parameters are the data of people
(names, numbers) and are never translated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class Wording:
    """`translated`: parameters that are message ids themselves, such as the name of a kind of act."""

    title: str | Promise
    icon: str
    translated: tuple[str, ...] = ()


MENTIONED = "mentioned"
APPROVAL_WAITING = "approval_waiting"
APPROVAL_REMINDER = "approval_reminder"
APPROVAL_DONE = "approval_done"
APPROVAL_RETURNED = "approval_returned"
APPROVAL_STUCK = "approval_stuck"
DELEGATED = "delegated"
CLAIM_ASKED = "claim_asked"
CLAIM_CONFIRMED = "claim_confirmed"
CLAIM_REFUSED = "claim_refused"
WARNING_FOUND = "warning_found"
WARNINGS_FOUND = "warnings_found"
PROMISE_BROKEN = "promise_broken"
PROMISES_BROKEN = "promises_broken"
PLAN_BROKEN = "plan_broken"
PLAN_KEPT = "plan_kept"
CASE_DATE = "case_date"
LIMITATION_NEAR = "limitation_near"
STEP_TAKEN = "step_taken"
STEPS_TAKEN = "steps_taken"
CHARGES_PROPOSED = "charges_proposed"
MAIL_ANSWERED = "mail_answered"
MAIL_BOUNCED = "mail_bounced"
HANDED_OVER = "handed_over"
ASKED = "asked"
ANSWERED = "answered"
FEEDBACK = "feedback"
WEEKLY_DIGEST = "weekly_digest"
DISPUTE_OPENED = "dispute_opened"
DISPUTE_LATE = "dispute_late"
ORDER_HELD = "order_held"
ORDERS_HELD = "orders_held"
RELEASE_ASKED = "release_asked"
ORDER_RELEASED = "order_released"
MODEL_WORSE = "model_worse"
MODEL_WEAKER = "model_weaker"
PIVOT_READY = "pivot_ready"
PIVOT_FAILED = "pivot_failed"
_ACT = ("act",)
WORDINGS: dict[str, Wording] = {
    MENTIONED: Wording(gettext_lazy("%(author)s 在 %(record)s 的备注中提到了您"), "message"),
    APPROVAL_WAITING: Wording(
        gettext_lazy("%(author)s 申请%(act)s，等待您审批：%(record)s"), "clipboard-check", _ACT
    ),
    APPROVAL_REMINDER: Wording(
        gettext_lazy("提醒：%(author)s 申请的%(act)s还在等您审批：%(record)s"), "clipboard-check", _ACT
    ),
    APPROVAL_DONE: Wording(
        gettext_lazy("%(author)s 批准了您申请的%(act)s，已执行：%(record)s"), "circle-check", _ACT
    ),
    APPROVAL_RETURNED: Wording(
        gettext_lazy("%(author)s 退回了您申请的%(act)s：%(record)s"), "arrow-back-up", _ACT
    ),
    APPROVAL_STUCK: Wording(
        gettext_lazy("您申请的%(act)s已批准，但未能执行：%(record)s"), "alert-triangle", _ACT
    ),
    CLAIM_ASKED: Wording(gettext_lazy("%(author)s 为 %(customer)s 申请认领 %(record)s"), "inbox"),
    CLAIM_CONFIRMED: Wording(
        gettext_lazy("%(author)s 确认了您的认领：%(record)s 归 %(customer)s"), "circle-check"
    ),
    CLAIM_REFUSED: Wording(gettext_lazy("%(author)s 退回了您的认领：%(record)s"), "arrow-back-up"),
    WARNING_FOUND: Wording(
        gettext_lazy("信用预警：%(customer)s %(what)s，请您处理"), "alert-triangle", ("what",)
    ),
    WARNINGS_FOUND: Wording(gettext_lazy("有 %(count)s 条新的信用预警由您处理"), "alert-triangle"),
    DISPUTE_OPENED: Wording(gettext_lazy("%(author)s 提出争议，请处理：%(record)s"), "flag"),
    DISPUTE_LATE: Wording(
        gettext_lazy("%(customer)s 的争议 %(record)s 过了期限 %(day)s，还没有处理"), "flag"
    ),
    ORDER_HELD: Wording(gettext_lazy("订单 %(record)s 因信用被暂缓：%(customer)s"), "lock"),
    ORDERS_HELD: Wording(gettext_lazy("有 %(count)s 张订单因信用被暂缓"), "lock"),
    RELEASE_ASKED: Wording(gettext_lazy("%(author)s 申请放行订单 %(record)s：%(customer)s"), "message"),
    ORDER_RELEASED: Wording(
        gettext_lazy("%(author)s 放行了订单 %(record)s，可以继续：%(customer)s"), "circle-check"
    ),
    MODEL_WORSE: Wording(
        gettext_lazy(
            "付款模型第 %(number)s 版近来没有比简单估计好：日期平均差 %(days)s 天，简单估计差 %(expected)s 天"
        ),
        "alert-triangle",
    ),
    MODEL_WEAKER: Wording(
        gettext_lazy(
            "付款模型第 %(number)s 版近来不如试用时：日期平均差 %(days)s 天，试用时差 %(expected)s 天"
        ),
        "alert-triangle",
    ),
    PROMISE_BROKEN: Wording(
        gettext_lazy("%(customer)s 承诺 %(day)s 付款 %(amount)s，到期只付了 %(paid)s"), "alert-triangle"
    ),
    PROMISES_BROKEN: Wording(gettext_lazy("有 %(count)s 项付款承诺没有兑现"), "alert-triangle"),
    STEP_TAKEN: Wording(
        gettext_lazy("催收策略对 %(customer)s 做了“%(step)s”，欠款 %(amount)s"), "clipboard-check"
    ),
    STEPS_TAKEN: Wording(
        gettext_lazy("催收策略今天对您的 %(count)s 位客户执行了催收步骤"), "clipboard-check"
    ),
    MAIL_ANSWERED: Wording(gettext_lazy("%(customer)s 回复了“%(step)s”：%(text)s"), "mail"),
    MAIL_BOUNCED: Wording(
        gettext_lazy("给 %(customer)s 的“%(step)s”被退信（%(address)s），请换一种方式联系"), "alert-triangle"
    ),
    CHARGES_PROPOSED: Wording(
        gettext_lazy("催收策略提出 %(count)s 项违约金或费用，共 %(amount)s，请您决定"), "coins"
    ),
    CASE_DATE: Wording(gettext_lazy("案件提醒：%(customer)s %(day)s %(what)s"), "gavel"),
    LIMITATION_NEAR: Wording(
        gettext_lazy("%(count)s 笔应收的诉讼时效在 %(days)s 天内届满，共 %(amount)s，最早 %(day)s"), "gavel"
    ),
    HANDED_OVER: Wording(gettext_lazy("%(author)s 把 %(customer)s 的催收移交给您：%(reason)s"), "users"),
    ASKED: Wording(gettext_lazy("%(author)s 就 %(customer)s 问您，请在 %(day)s 前答复：%(text)s"), "message"),
    ANSWERED: Wording(gettext_lazy("%(author)s 答复了您关于 %(customer)s 的问题：%(text)s"), "message"),
    FEEDBACK: Wording(gettext_lazy("%(author)s 反馈 %(customer)s 的情况：%(text)s"), "message"),
    WEEKLY_DIGEST: Wording(
        gettext_lazy(
            "本周回款 %(collected)s，逾期 %(overdue)s，因晚到少得提成 %(lost)s，待答复 %(questions)s 项"
        ),
        "report-money",
    ),
    PLAN_BROKEN: Wording(
        gettext_lazy("%(customer)s 没有履行还款计划，还有 %(amount)s 恢复催收"), "alert-triangle"
    ),
    PLAN_KEPT: Wording(
        gettext_lazy("%(customer)s 已按还款计划付清，可以办理约定的减免 %(amount)s"), "circle-check"
    ),
    PIVOT_READY: Wording(gettext_lazy("透视表算好了：%(name)s"), "table"),
    PIVOT_FAILED: Wording(gettext_lazy("透视表没有算完：%(name)s。%(why)s"), "alert-triangle"),
    DELEGATED: Wording(gettext_lazy("%(author)s 请您从 %(starts)s 到 %(ends)s 代为审批"), "users"),
}


class _Said(dict[str, object]):
    """Parameters of a title; one that an old notice lacks stays empty."""

    def __missing__(self, key: str) -> str:
        return ""


def title_of(kind: str, parameters: Mapping[str, object]) -> str:
    """The title of a notice; one of a kind that is no longer known is called so."""
    wording = WORDINGS.get(kind)
    if wording is None:
        return _("通知")
    said = _Said(parameters)
    for name in wording.translated:
        said[name] = _(str(said[name])) if said[name] else ""
    return str(wording.title) % said


def icon_of(kind: str) -> str:
    wording = WORDINGS.get(kind)
    return wording.icon if wording else "bell"
