"""Assessments in words: what every item says, why this grade, how the limit came about."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from huikuan.credit.assessing import ItemLine
from huikuan.credit.card_data import Card
from huikuan.credit.card_words import dimension_word, fact_word
from huikuan.credit.fact_kinds import KINDS, Measure

TENTH = Decimal("0.1")
CENT = Decimal("0.01")


def value_words(code: str, value: Decimal | None) -> str:
    """A value as people read it: 92.5%, 12.5 days, yes."""
    if value is None:
        return _("未知")
    measure = KINDS[code].measure if code in KINDS else Measure.NUMBER
    if measure == Measure.SHARE:
        return f"{_plain(value * 100)}%"
    if measure == Measure.DAYS:
        return _("%s 天") % _plain(value)
    if measure == Measure.YEARS:
        return _("%s 年") % _plain(value)
    if measure == Measure.MONEY:
        return f"{value:,.2f}"
    if measure == Measure.YES_NO:
        return _("是") if value else _("否")
    if measure == Measure.CHOICE:
        return str(KINDS[code].choices.get(int(value), _plain(value)))
    return _plain(value)


def item_sentence(line: ItemLine) -> str:
    """What one item says for the score, in a sentence."""
    words = {"item": fact_word(line.code), "value": value_words(line.code, line.value)}
    if line.points is None:
        return _("%(item)s未知，不计入，由其他指标分摊权重。") % words
    figures = {
        **words,
        "points": _plain(line.points),
        "weight": _plain(line.weight.quantize(CENT, ROUND_HALF_UP)),
        "added": f"{line.added.quantize(CENT, ROUND_HALF_UP)}",
    }
    return _("%(item)s %(value)s，得 %(points)s 分，权重 %(weight)s%%，贡献 %(added)s 分。") % figures


def grade_reasons(card: Card, assessment: Mapping[str, Any]) -> list[str]:
    """Why this grade: the score and its grade, what capped it, what vetoed it.

    `assessment`: `points`, `grade`, `capped_from` and the frozen `inputs`.
    """
    inputs, grade = assessment["inputs"], str(assessment["grade"])
    words = {"points": f"{Decimal(assessment['points']):.2f}", "grade": grade}
    reasons = []
    vetoes = [str(code) for code in inputs.get("vetoes", [])]
    if vetoes:
        facts = _("、").join(_veto_words(card, code, inputs) for code in vetoes)
        reasons.append(
            _("总分 %(points)s，因一票否决项定为 %(grade)s：%(facts)s。") % {**words, "facts": facts}
        )
    else:
        reasons.append(_("总分 %(points)s，等级 %(grade)s。") % words)
    missing = [dimension_word(str(code)) for code in inputs.get("missing", [])]
    if missing:
        reasons.append(_("没有“%s”的资料，其余维度分摊其权重。") % _("”“").join(missing))
    if assessment["capped_from"]:
        reasons.append(
            _("资料不全，等级由 %(former)s 封顶为 %(grade)s。")
            % {**words, "former": assessment["capped_from"]}
        )
    return reasons


def _veto_words(card: Card, code: str, inputs: Mapping[str, Any]) -> str:
    text = inputs["facts"].get(code)
    veto = next((each for each in card.vetoes if each.fact == code), None)
    if veto is None or veto.above is None or text is None:
        return fact_word(code)
    words = {
        "fact": fact_word(code),
        "value": value_words(code, Decimal(text)),
        "above": value_words(code, veto.above),
    }
    return _("%(fact)s %(value)s，超过 %(above)s") % words


def limit_reasons(card: Card, assessment: Mapping[str, Any], *, currency: str) -> list[str]:
    """How the recommended limit and term came about.

    `assessment`: `grade`, `term_days`, `limit_amount` and the frozen `inputs`.
    """
    inputs = assessment["inputs"]
    grade = next((each for each in card.grades if each.code == assessment["grade"]), None)
    limit = {name: Decimal(text) for name, text in inputs["limit"].items() if text is not None}
    factor = _plain(grade.factor) if grade else "0"
    reasons = []
    if assessment["term_days"]:
        reasons.append(
            _("等级 %(grade)s 的账期最长 %(days)s 天。")
            % {"grade": assessment["grade"], "days": assessment["term_days"]}
        )
        monthly = inputs["facts"].get("monthly_sales")
        if "by_sales" in limit and monthly is not None:
            reasons.append(
                _("按销售：月均销售额 %(monthly)s × 账期 %(days)s 天 ÷ 30 × 系数 %(factor)s = %(amount)s。")
                % {
                    "monthly": f"{Decimal(monthly):,.2f}",
                    "days": assessment["term_days"],
                    "factor": factor,
                    "amount": f"{limit['by_sales']:,.2f}",
                }
            )
        assets = inputs["facts"].get("net_assets")
        if "by_net_assets" in limit and assets is not None:
            reasons.append(
                _("按净资产：%(assets)s × 10%% × 系数 %(factor)s = %(amount)s。")
                % {
                    "assets": f"{Decimal(assets):,.2f}",
                    "factor": factor,
                    "amount": f"{limit['by_net_assets']:,.2f}",
                }
            )
    elif grade is not None and grade.secured_only:
        reasons.append(_("等级 %s 只按有效担保授信，没有担保的部分不赊销。") % assessment["grade"])
    else:
        reasons.append(_("等级 %s 不赊销，请预收货款。") % assessment["grade"])
    if limit.get("secured"):
        reasons.append(_("另加有效担保 %s。") % f"{limit['secured']:,.2f}")
    reasons.append(
        _("取较小者，向下取整到一万：建议额度 %(limit)s %(currency)s。")
        % {"limit": f"{Decimal(assessment['limit_amount']):,.2f}", "currency": currency}
    )
    return reasons


def _plain(value: Decimal) -> str:
    """Digits with separators, without zeros at the end."""
    text = f"{value:,.4f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text.replace("-", "−")
