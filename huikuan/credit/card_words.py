"""Scorecards in words: what is wrong with one, and what its parts are called."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from huikuan.credit.errors import CreditRefused
from huikuan.credit.fact_kinds import KINDS
from huikuan.credit.scoring import UnusableCard

DIMENSIONS: dict[str, str] = {
    "payment": gettext_noop("付款行为"),
    "financials": gettext_noop("财务状况"),
    "company": gettext_noop("企业基本面"),
    "relationship": gettext_noop("合作关系"),
    "external": gettext_noop("外部记录"),
}


def dimension_word(code: str) -> str:
    """What a dimension is called; one that an organization named itself as it is."""
    return _(DIMENSIONS[code]) if code in DIMENSIONS else code


def fact_word(code: str) -> str:
    """What a fact is called."""
    return str(KINDS[code].title) if code in KINDS else code


def refusal_of(error: UnusableCard) -> CreditRefused:
    """Why a card cannot be used, for people: what is wrong, and where."""
    dimension, _dot, item = error.place.partition(".")
    where = {
        "dimension": dimension_word(dimension),
        "item": fact_word(item) if item else fact_word(dimension),
        "grade": error.place,
    }
    words = {
        "no_dimensions": _("评分卡没有维度。"),
        "weights_do_not_sum": _("各维度的权重合计不是 100。"),
        "no_items": _("维度“%(dimension)s”没有指标。"),
        "item_weights_do_not_sum": _("维度“%(dimension)s”内各指标的权重合计不是 100。"),
        "no_bands": _("指标“%(item)s”没有分档。"),
        "two_bands_from_one_floor": _("指标“%(item)s”有两个分档从同一个数开始。"),
        "points_out_of_range": _("指标“%(item)s”的得分应在 0 和 100 之间。"),
        "same_code_twice": _("同一个维度或指标出现了两次。"),
        "weight_not_positive": _("权重必须大于零。"),
        "not_a_card": _("评分卡缺少必要的内容，或其中的数字无法识别。"),
        "not_a_number": _("评分卡中有无法识别的数字。"),
        "unknown_fact": _("没有名为“%(item)s”的指标。"),
        "item_twice": _("指标“%(item)s”出现了两次。"),
        "veto_without_threshold": _("否决项“%(item)s”没有写明超过多少。"),
        "no_grades": _("评分卡没有等级。"),
        "grade_code": _("等级代码不能为空、重复或超过 10 个字符。"),
        "grade_floors": _("等级的起始分不能相同，最低一级必须从 0 开始，最高不超过 100。"),
        "grade_out_of_range": _("等级 %(grade)s 的系数或账期超出范围。"),
        "review_months": _("等级 %(grade)s 的复审间隔应为 1 至 120 个月。"),
        "unknown_cap": _("封顶等级 %(grade)s 不在等级之中。"),
    }
    return CreditRefused(words.get(error.code, error.code) % where, code=error.code)
