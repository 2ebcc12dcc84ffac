"""The reasons of a prediction in words that a salesperson understands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

Facts = dict[str, Any]


def sentence(reason: Facts) -> str:
    """One reason, with which way it moved the prediction."""
    said = _fact(str(reason["about"]), reason)
    return (_("%s（偏早）") if reason["sooner"] else _("%s（偏晚）")) % said


def sentences(reasons: Sequence[Facts]) -> str:
    """All reasons in one line."""
    return _("；").join(sentence(each) for each in reasons)


def _fact(about: str, reason: Facts) -> str:
    words: dict[str, Callable[[Facts], str]] = {
        "habit": _habit,
        "lately": _lately,
        "alike": _alike,
        "overdue": _overdue,
        "balance": lambda facts: _("现有 %(opened)s 笔未清") % facts,
        "amount": _amount,
        "calendar": _calendar,
        "waiting": _waiting,
        "term": lambda facts: _("账期 %(days)s 天") % facts,
        "relation": _relation,
        "promise": _promise,
        "disputed": lambda facts: _("有争议") if facts["value"] > 0 else _("没有争议"),
        "contacts": lambda facts: _("为它联系过 %(value)d 次") % facts,
        "broken_promises": lambda facts: _("失约 %(value)d 次") % facts,
        "credit_points": lambda facts: (
            _("信用评分 %(value)s") % facts if facts["value"] > 0 else _("没有信用评分")
        ),
    }
    return words[about](reason) if about in words else about


def _habit(facts: Facts) -> str:
    if not facts["debts"]:
        return _("还没有付款记录")
    if facts["days"] >= 0.5:
        return _("过去 %(debts)s 笔中 %(late)s 笔晚 5 天以上，平均晚 %(days)s 天") % facts
    if facts["days"] <= -0.5:
        return _("过去 %(debts)s 笔中 %(late)s 笔晚 5 天以上，平均早 %(early)s 天") % {
            **facts,
            "early": -facts["days"],
        }
    return _("过去 %(debts)s 笔中 %(late)s 笔晚 5 天以上，平均按期") % facts


def _lately(facts: Facts) -> str:
    if facts["days"] >= 0.5:
        return _("最近平均晚 %(days)s 天") % facts
    if facts["days"] <= -0.5:
        return _("最近平均早 %s 天") % str(-facts["days"])
    return _("最近按期付款")


def _alike(facts: Facts) -> str:
    if not facts["debts"]:
        return _("没有金额相近的旧单据")
    return _("金额相近的 %(debts)s 笔中 %(late)s 笔晚 5 天以上") % facts


def _overdue(facts: Facts) -> str:
    if facts["overdue"] <= 0:
        return _("没有逾期款")
    return _("现有 %(overdue)s 笔逾期，平均 %(age)s 天") % facts


def _amount(facts: Facts) -> str:
    if facts["part"] > 0:
        return _("已付 %(part)s%%") % facts
    if facts["times"] >= 1.5 or facts["times"] <= 0.67:
        return _("金额是平常的 %(times)s 倍") % facts
    return _("金额与平常相近")


def _calendar(facts: Facts) -> str:
    weekdays = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
    day = {"weekday": weekdays[int(facts["weekday"]) % 7], "month_day": facts["month_day"]}
    if facts["worked"]:
        return _("%(month_day)s 日到期（%(weekday)s）") % day
    return _("%(month_day)s 日到期（%(weekday)s，休息日）") % day


def _waiting(facts: Facts) -> str:
    if facts["days"] >= 0:
        return _("离到期 %(days)s 天") % facts
    return _("已逾期 %s 天") % str(-facts["days"])


def _relation(facts: Facts) -> str:
    if not facts["debts"]:
        return _("第一笔业务")
    return _("往来 %(days)s 天，%(debts)s 笔业务") % facts


def _promise(facts: Facts) -> str:
    if facts["days"] >= 999:
        return _("没有付款承诺")
    if facts["days"] >= 0:
        return _("承诺 %(days)s 天内付款") % facts
    return _("承诺的日子已过 %s 天") % str(-facts["days"])
