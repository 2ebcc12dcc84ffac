"""Reasons and decisions in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from huikuan.core.sentences import enumerated
from huikuan.credit.rules import Action, Check, Gate, Reason, Rule


def sentence(reason: Reason, currency: str) -> str:
    """Why, for the reader: what is the case, with its figures."""
    figures: dict[str, str] = {name: _figure(name, text) for name, text in reason.figures.items()}
    figures["currency"] = currency
    words = {
        Check.LIMIT.value: _(
            "超出信用额度 %(over)s：额度 %(limit)s，已占用 %(used)s，本单 %(amount)s（%(currency)s）。"
        ),
        Check.GROUP_LIMIT.value: _(
            "超出集团额度 %(over)s：集团额度 %(limit)s，集团已占用 %(used)s，本单 %(amount)s（%(currency)s）。"
        ),
        Check.LIMIT_SHARE.value: _("加上本单将用到信用额度 %(limit)s 的 %(percent)s%%。"),
        Check.NO_LIMIT.value: _("客户还没有信用额度。"),
        Check.OVERDUE.value: _(
            "逾期超过 %(beyond)s 天的欠款共 %(amount)s（%(currency)s），最长逾期 %(days)s 天。"
        )
        if figures.get("beyond") != "0"
        else _("逾期欠款共 %(amount)s（%(currency)s），最长逾期 %(days)s 天。"),
        Check.OLDEST.value: _("最长的一笔已逾期 %(days)s 天，超过 %(threshold)s 天。"),
        Check.MANUAL_HOLD.value: _("客户已被冻结：%(why)s"),
        Check.SECURITY_EXPIRED.value: _("担保已到期或不足，额度因此减少 %(amount)s（%(currency)s）。"),
        Check.REVIEW.value: _("信用评审已过期 %(days)s 天，请重新评审。"),
        Check.GRADE.value: _("客户的信用等级是 %(grade)s。"),
        Check.TERM.value: _("本单账期 %(term)s 天，等级允许的最长账期是 %(longest)s 天。"),
        Check.PROMISE.value: _("近 %(days)s 天内有 %(count)s 次付款承诺没有兑现。"),
        Check.CONTRACT_LIMIT.value: _(
            "超出合同 %(contract)s 的额度 %(over)s：合同额度 %(limit)s，该合同已占用 %(used)s，本单 %(amount)s（%(currency)s）。"
        ),
        Check.DUNNING.value: _("欠款已催收到第 %(level)s 级，未结清。"),
    }
    return words.get(reason.code, reason.code) % figures


def sentences(reasons: Iterable[Reason], currency: str) -> list[str]:
    """All reasons, the most severe first."""
    return [sentence(reason, currency) for reason in reasons]


def action_word(action: Action) -> str:
    """What is decided, in a word or two."""
    return {
        Action.PASS: pgettext("credit", "通过"),
        Action.WARN: pgettext("credit", "通过，有提醒"),
        Action.APPROVE: pgettext("credit", "需要放行"),
        Action.BLOCK: pgettext("credit", "不放行"),
    }[action]


def _figure(name: str, text: str) -> str:
    """Amounts with separators; days, percentages and words as they are."""
    return f"{Decimal(text):,.2f}" if name in {"over", "limit", "used", "amount"} else text


def reason_from(data: Mapping[str, object]) -> Reason:
    """A reason as it was stored."""
    figures = data.get("figures")
    return Reason(
        str(data["code"]), Action(str(data["action"])), dict(figures) if isinstance(figures, Mapping) else {}
    )


def reason_data(reason: Reason) -> dict[str, object]:
    """A reason as it is stored."""
    return {"code": reason.code, "action": reason.action.value, "figures": dict(reason.figures)}


def gate_word(gate: Gate) -> str:
    """Where it is looked at."""
    return {
        Gate.QUOTATION: pgettext("gate", "报价"),
        Gate.ORDER: pgettext("gate", "下单"),
        Gate.DELIVERY: pgettext("gate", "发货"),
        Gate.INVOICE: pgettext("gate", "开票（未发货的）"),
    }[gate]


def check_word(check: Check) -> str:
    """What a rule looks at."""
    return {
        Check.LIMIT: _("超出信用额度"),
        Check.GROUP_LIMIT: _("超出集团额度"),
        Check.LIMIT_SHARE: _("接近信用额度"),
        Check.NO_LIMIT: _("没有信用额度"),
        Check.OVERDUE: _("逾期金额"),
        Check.OLDEST: _("最长逾期天数"),
        Check.MANUAL_HOLD: _("客户被冻结"),
        Check.SECURITY_EXPIRED: _("担保到期或不足"),
        Check.REVIEW: _("信用评审过期"),
        Check.GRADE: _("信用等级"),
        Check.TERM: _("账期长于等级允许"),
        Check.PROMISE: _("付款承诺没有兑现"),
        Check.CONTRACT_LIMIT: _("超出合同额度"),
        Check.DUNNING: _("催收级别"),
    }[check]


def rule_sentence(rule: Rule, currency: str) -> str:
    """When a rule speaks."""
    figures = {
        "amount": f"{rule.amount:,.2f} {currency}",
        "days": rule.days,
        "level": max(rule.days, 1),
        "percent": f"{(rule.share * 100).normalize():f}",
        "grades": enumerated(rule.grades),
    }
    words = {
        Check.LIMIT_SHARE: _("加上本单用到信用额度的 %(percent)s%% 以上"),
        Check.OVERDUE: _overdue_words(rule),
        Check.GRADE: _("信用等级是 %(grades)s"),
        Check.DUNNING: _("欠款已催收到第 %(level)s 级或以上"),
    }
    if rule.days:
        words |= {
            Check.OLDEST: _("最长的一笔逾期超过 %(days)s 天"),
            Check.REVIEW: _("信用评审过期超过 %(days)s 天"),
            Check.PROMISE: _("近 %(days)s 天内有付款承诺没有兑现"),
            Check.TERM: _("本单账期比等级允许的长 %(days)s 天以上"),
        }
    text = words[rule.check] % figures if rule.check in words else check_word(rule.check)
    return _("%s（先扣除未核销的收款）") % text if rule.less_unmatched else text


def _overdue_words(rule: Rule) -> str:
    if rule.amount:
        return _("逾期超过 %(days)s 天的欠款多于 %(amount)s") if rule.days else _("逾期的欠款多于 %(amount)s")
    return _("有逾期超过 %(days)s 天的欠款") if rule.days else _("有逾期的欠款")
