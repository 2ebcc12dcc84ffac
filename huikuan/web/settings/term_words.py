"""Payment terms and their due dates in words."""

from __future__ import annotations

from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from huikuan.core.sentences import in_succession
from huikuan.customers.models import PaymentTerm
from huikuan.customers.rules import (
    BaseEvent,
    HolidayRule,
    TermKind,
    TermRule,
    UnusableTerm,
    due_date,
    instalments_from_data,
)

KINDS: dict[str, str | Promise] = {
    TermKind.NET_DAYS.value: gettext_lazy("若干天后"),
    TermKind.MONTHS.value: gettext_lazy("若干个月后的同日或指定日"),
    TermKind.PERIOD_DAYS.value: gettext_lazy("月结，账期结束后若干天"),
    TermKind.PERIOD_MONTHS.value: gettext_lazy("月结，账期结束后若干个月"),
    TermKind.ON_DELIVERY.value: gettext_lazy("货到付款"),
    TermKind.PREPAID.value: gettext_lazy("款到发货"),
    TermKind.MILESTONE.value: gettext_lazy("约定事件后若干天"),
    TermKind.RETENTION.value: gettext_lazy("质保金，若干个月后"),
    TermKind.FIXED.value: gettext_lazy("固定日期"),
}
EVENTS: dict[str, str | Promise] = {
    BaseEvent.INVOICE.value: gettext_lazy("开票"),
    BaseEvent.DELIVERY.value: gettext_lazy("签收"),
    BaseEvent.ACCEPTANCE.value: gettext_lazy("验收"),
    BaseEvent.STATEMENT.value: gettext_lazy("对账"),
    BaseEvent.INVOICE_RECEIVED.value: gettext_lazy("收到发票"),
    BaseEvent.ORDER.value: gettext_lazy("下单"),
}
HOLIDAYS: dict[str, str | Promise] = {
    "": gettext_lazy("按组织的规定（不顺延）"),
    HolidayRule.NONE.value: gettext_lazy("不顺延"),
    HolidayRule.NEXT.value: gettext_lazy("顺延到下一个工作日"),
    HolidayRule.PREV.value: gettext_lazy("提前到上一个工作日"),
}
_WRONG: dict[str, str | Promise] = {
    "missing": gettext_lazy("请填写。"),
    "not_used": gettext_lazy("这种付款条件不用这一项。"),
    "out_of_range": gettext_lazy("超出允许的范围。"),
    "unreadable": gettext_lazy("看不懂这个值。"),
    "unknown": gettext_lazy("不认识的项目。"),
    "wrong_sum": gettext_lazy("各期比例之和必须是 100%。"),
}
_WEEKDAYS: tuple[str | Promise, ...] = (
    gettext_lazy("周一"),
    gettext_lazy("周二"),
    gettext_lazy("周三"),
    gettext_lazy("周四"),
    gettext_lazy("周五"),
    gettext_lazy("周六"),
    gettext_lazy("周日"),
)


def wrong_words(error: UnusableTerm) -> str:
    """What is wrong with a field."""
    return str(_WRONG[error.code])


def event_words(rule: TermRule) -> str:
    """The event a term counts from."""
    return rule.milestone or str(EVENTS.get(rule.base_event.value, rule.base_event.value))


def term_words(term: PaymentTerm) -> str:
    """What was agreed, in one line; instalments one after the other."""
    try:
        if term.instalments:
            parts = instalments_from_data(term.instalments)
            return in_succession(f"{part.percent.normalize():f}% {rule_words(part.rule)}" for part in parts)
        return rule_words(TermRule.from_data(term.rule))
    except UnusableTerm:
        return _("无法读取")


def rule_words(rule: TermRule) -> str:
    """One rule in one line."""
    values = {
        "event": event_words(rule),
        "days": _days(rule.days or 0),
        "months": _months(rule.months or 0),
        "day": rule.day or 0,
        "cutoff": rule.cutoff or 0,
    }
    match rule.kind:
        case TermKind.NET_DAYS | TermKind.MILESTONE:
            return _("%(event)s后 %(days)s") % values
        case TermKind.MONTHS if rule.day:
            return _("%(event)s后 %(months)s的 %(day)d 日") % values
        case TermKind.MONTHS | TermKind.RETENTION:
            return _("%(event)s后 %(months)s") % values
        case TermKind.PERIOD_DAYS if rule.cutoff:
            return _("月结，每月 %(cutoff)d 日截止，之后 %(days)s") % values
        case TermKind.PERIOD_DAYS:
            return _("月结，月末后 %(days)s") % values
        case TermKind.PERIOD_MONTHS:
            return _period_months(rule, values)
        case TermKind.FIXED:
            return _("固定日期 %s") % rule.on
        case _:
            return str(KINDS[rule.kind.value])


def _period_months(rule: TermRule, values: dict[str, object]) -> str:
    head = _("月结，每月 %(cutoff)d 日截止") % values if rule.cutoff else _("月结")
    tail = _("之后 %(months)s的 %(day)d 日") if rule.day else _("之后 %(months)s的月末")
    return _("%(head)s，%(tail)s") % {"head": head, "tail": tail % values}


def _days(number: int) -> str:
    return ngettext("%d 天", "%d 天", number) % number


def _months(number: int) -> str:
    return ngettext("%d 个月", "%d 个月", number) % number


def preview(rule: TermRule, base_on: date) -> dict[str, object]:
    """What a term means for something that happened on `base_on`: the sentence and the days."""
    due = due_date(rule, base_on)
    assert due is not None
    moved = due.effective_due_on != due.due_on
    return {
        "event": event_words(rule),
        "fixed": rule.kind is TermKind.FIXED,
        "base_on": base_on,
        "due_on": due.due_on,
        "weekday": _WEEKDAYS[due.due_on.weekday()],
        "days": (due.due_on - base_on).days,
        "moved_on": due.effective_due_on if moved else None,
        "moved_weekday": _WEEKDAYS[due.effective_due_on.weekday()],
        "provisional": due.provisional,
    }
