"""Warnings in words: what kinds are called, and what was found, with its figures."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from huikuan.credit.card_words import fact_word
from huikuan.credit.fact_kinds import KINDS as KNOWN_FACTS
from huikuan.credit.fact_kinds import Measure
from huikuan.warnings.rules import Kind, Outcome, Owner, Unit

Words = str | Promise

KINDS: dict[str, Words] = {
    Kind.SCORE_DROP: gettext_lazy("评分下降"),
    Kind.LATE_TREND: gettext_lazy("付款越来越迟"),
    Kind.FIRST_LATE: gettext_lazy("首次逾期"),
    Kind.ORDER_SPIKE: gettext_lazy("订货激增"),
    Kind.LIMIT_USE: gettext_lazy("额度快用完"),
    Kind.CONCENTRATION: gettext_lazy("应收过于集中"),
    Kind.PARTIAL_PAYMENTS: gettext_lazy("部分付款增多"),
    Kind.PROMISE_BROKEN: gettext_lazy("付款承诺未兑现"),
    Kind.DISHONOURED: gettext_lazy("票据拒付或付款退回"),
    Kind.DORMANT: gettext_lazy("久未往来后大额订货"),
    Kind.REGISTRY: gettext_lazy("工商或司法信息变化"),
    Kind.EXPECTED_LATE: gettext_lazy("预计大额迟付"),
}
OWNERS: dict[str, Words] = {
    Owner.SALESPERSON: pgettext_lazy("warning", "客户的业务员"),
    Owner.CREDIT: pgettext_lazy("warning", "信用管理员"),
}
OUTCOMES: dict[str, Words] = {
    Outcome.FALSE_ALARM: pgettext_lazy("warning", "误报"),
    Outcome.EXPLAINED: pgettext_lazy("warning", "客户有合理解释"),
    Outcome.SETTLED: pgettext_lazy("warning", "款项已收回"),
    Outcome.TERMS_CHANGED: pgettext_lazy("warning", "已调整额度或账期"),
    Outcome.STOPPED: pgettext_lazy("warning", "已停止赊销"),
    Outcome.LOSS: pgettext_lazy("warning", "成为损失"),
}
UNITS: dict[str, Words] = {
    Unit.DAYS: pgettext_lazy("unit", "天"),
    Unit.AMOUNT: "",
    Unit.PERCENT: "%",
    Unit.TIMES: pgettext_lazy("unit", "倍"),
    Unit.COUNT: pgettext_lazy("unit", "笔"),
    Unit.POINTS: pgettext_lazy("unit", "分"),
}
_QUIET = gettext_lazy("关闭后多少天内不重复提醒")
THRESHOLDS: dict[str, dict[str, Words]] = {
    Kind.SCORE_DROP: {"points": gettext_lazy("评分下降至少"), "days": gettext_lazy("与多少天前相比")},
    Kind.LATE_TREND: {
        "rise": gettext_lazy("平均迟付天数增加至少"),
        "late": gettext_lazy("最近平均迟付至少"),
        "days": gettext_lazy("最近指多少天"),
        "debts": gettext_lazy("最近到期的款项至少"),
    },
    Kind.FIRST_LATE: {
        "grace": gettext_lazy("逾期超过"),
        "debts": gettext_lazy("此前按时付清至少"),
        "amount": gettext_lazy("逾期金额至少"),
        "days": gettext_lazy("最近指多少天"),
    },
    Kind.ORDER_SPIKE: {
        "times": gettext_lazy("是平时的至少"),
        "amount": gettext_lazy("最近订货金额至少"),
        "days": gettext_lazy("最近指多少天"),
        "debts": gettext_lazy("此前一年的订货至少"),
    },
    Kind.LIMIT_USE: {"percent": gettext_lazy("已用额度达到")},
    Kind.CONCENTRATION: {
        "percent": gettext_lazy("占全部应收达到"),
        "amount": gettext_lazy("应收余额至少"),
    },
    Kind.PARTIAL_PAYMENTS: {
        "rise": gettext_lazy("部分付款的占比增加至少"),
        "debts": gettext_lazy("最近付过款的款项至少"),
        "days": gettext_lazy("最近指多少天"),
    },
    Kind.PROMISE_BROKEN: {
        "amount": gettext_lazy("承诺金额至少"),
        "days": gettext_lazy("最近指多少天"),
    },
    Kind.DISHONOURED: {"days": gettext_lazy("最近指多少天")},
    Kind.DORMANT: {
        "silent": gettext_lazy("至少多少天没有往来"),
        "amount": gettext_lazy("最近订货金额至少"),
        "days": gettext_lazy("最近指多少天"),
    },
    Kind.REGISTRY: {"days": gettext_lazy("最近指多少天")},
    Kind.EXPECTED_LATE: {
        "percent": gettext_lazy("预计迟付的比例至少"),
        "amount": gettext_lazy("预计迟付的金额至少"),
    },
}
EXPLAINED: dict[str, Words] = {
    Kind.SCORE_DROP: gettext_lazy("信用评分比以前明显降低，或评级降级。"),
    Kind.LATE_TREND: gettext_lazy("按金额加权的迟付天数比此前九个月明显增加，没有付的也算到当天。"),
    Kind.FIRST_LATE: gettext_lazy("一向按时付款的客户第一次逾期。"),
    Kind.ORDER_SPIKE: gettext_lazy("最近的订货远多于前一年的平均水平。"),
    Kind.LIMIT_USE: gettext_lazy("信用占用接近或超过额度。"),
    Kind.CONCENTRATION: gettext_lazy("一个客户（连同其集团）占全部应收的比例过高。"),
    Kind.PARTIAL_PAYMENTS: gettext_lazy("以前付清的客户，现在越来越多地只付一部分。"),
    Kind.PROMISE_BROKEN: gettext_lazy("答应付款的日子过了，款项没有到。"),
    Kind.DISHONOURED: gettext_lazy("承兑汇票被拒付，或付款被银行退回。"),
    Kind.DORMANT: gettext_lazy("很久没有往来的客户突然大额订货。"),
    Kind.REGISTRY: gettext_lazy("登记的工商、司法或税务信息变差。"),
    Kind.EXPECTED_LATE: gettext_lazy("付款模型预计，还没有久拖的款项中有很大一部分会迟付 30 天以上。"),
}
_SENTENCES: dict[str, Words] = {
    Kind.SCORE_DROP: gettext_lazy(
        "评分从 %(before)s（%(grade_before)s）降到 %(after)s（%(grade)s），相隔 %(days)s 天。"
    ),
    Kind.LATE_TREND: gettext_lazy(
        "最近 %(days)s 天到期的 %(debts)s 笔平均迟付 %(late)s 天，此前平均 %(before)s 天。"
    ),
    Kind.FIRST_LATE: gettext_lazy(
        "此前 %(paid)s 笔都按时付清；现在有 %(debts)s 笔共 %(amount)s 逾期，最长 %(late)s 天。"
    ),
    Kind.ORDER_SPIKE: gettext_lazy("最近 %(days)s 天订货 %(amount)s，是平时 %(usual)s 的 %(times)s 倍。"),
    Kind.LIMIT_USE: gettext_lazy("信用占用 %(used)s，是额度 %(limit)s 的 %(percent)s%%。"),
    Kind.CONCENTRATION: gettext_lazy("应收余额 %(amount)s，占全部应收 %(total)s 的 %(percent)s%%。"),
    Kind.PARTIAL_PAYMENTS: gettext_lazy(
        "最近 %(days)s 天付款的 %(debts)s 笔中有 %(partial)s 笔只付了一部分（%(percent)s%%），此前是 %(before)s%%。"
    ),
    Kind.PROMISE_BROKEN: gettext_lazy("承诺 %(due)s 付 %(amount)s，到期只付了 %(paid)s。"),
    Kind.DISHONOURED: gettext_lazy(
        "最近 %(days)s 天有 %(count)s 笔拒付或退回，共 %(amount)s，最近一笔在 %(last)s。"
    ),
    Kind.DORMANT: gettext_lazy("上次往来是 %(last)s；停了 %(silent)s 天之后，最近订货 %(amount)s。"),
    Kind.REGISTRY: gettext_lazy("%(fact)s：%(before)s → %(after)s（%(on)s）。"),
    Kind.EXPECTED_LATE: gettext_lazy("预计 %(amount)s 会迟付 30 天以上，占还没有久拖款项的 %(percent)s%%。"),
}
_AMOUNTS = {"amount", "usual", "used", "limit", "total", "paid_amount"}


class _Known(dict[str, str]):
    """Figures of a sentence; one that an old warning lacks shows as a dash."""

    def __missing__(self, key: str) -> str:
        return "—"


def kind_word(kind: str) -> str:
    """What a kind of warning is called."""
    return str(KINDS.get(kind, kind))


def sentence(kind: str, figures: Mapping[str, object]) -> str:
    """What was found, for the reader, with its figures."""
    said = _Known({name: _figure(kind, name, str(value)) for name, value in figures.items()})
    if kind == Kind.REGISTRY:
        code = str(figures.get("fact", ""))
        said |= {name: _entered(code, str(figures.get(name, ""))) for name in ("before", "after")}
    template = _SENTENCES.get(kind)
    return str(template) % said if template is not None else kind


def threshold_word(kind: str, name: str) -> str:
    """What a threshold asks for."""
    return str(_QUIET if name == "quiet" else THRESHOLDS.get(kind, {}).get(name, name))


def _entered(code: str, value: str) -> str:
    """A fact that was entered, as people read it; not known: a dash."""
    kind = KNOWN_FACTS.get(code)
    if kind is None or not value:
        return value or "—"
    if kind.measure == Measure.YES_NO:
        return _("是") if value != "0" else _("否")
    if kind.measure == Measure.CHOICE:
        return str(kind.choices.get(int(value), value))
    return f"{Decimal(value):,.0f}"


def _figure(kind: str, name: str, value: str) -> str:
    """Amounts with separators of thousands; days, percentages and words as they are."""
    if kind == Kind.REGISTRY and name == "fact":
        return fact_word(value)
    if name not in _AMOUNTS and not (kind == Kind.PROMISE_BROKEN and name == "paid"):
        return value or _("无")
    try:
        return f"{Decimal(value):,.2f}"
    except InvalidOperation:
        return value
