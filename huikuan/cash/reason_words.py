"""The reasons of the matching in words: one short sentence for each code, with its values filled in."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from huikuan.cash.matching.options import Reason
from huikuan.cash.proposals import MatchOrder

PAYER_WORDS: dict[str, str | Promise] = {
    "account_seen": _l("付款账号以前用过：%(name)s"),
    "name_exact": _l("户名与客户名称一致"),
    "name_former": _l("户名是客户的曾用名 %(name)s"),
    "name_variant": _l("户名是客户的另一种写法 %(name)s"),
    "name_normalised": _l("户名与客户名称只差写法：%(name)s"),
    "alias": _l("户名是已知的代付人 %(name)s"),
    "name_of_person": _l("户名与已知的代付人同名，但账号没有见过：%(name)s"),
    "name_form_differs": _l("户名只有公司类型不同：%(name)s"),
    "name_truncated": _l("户名像是 %(name)s 的前半截"),
    "name_in_text": _l("摘要里写着 %(name)s"),
    "name_similar": _l("户名与 %(name)s 相似 %(percent)s%%"),
    "payer_ambiguous": _l("有 %(count)s 个客户都符合"),
    "payer_conflict": _l("账号与户名指向不同的客户"),
    "payer_by_reference": _l("付款人由单号确定"),
    "group_payer": _l("集团内的其他公司代付"),
    "advice_from": _l("付款通知指明"),
    "receipt_payer": _l("原来的付款人 %(name)s"),
    "unknown_payer": _l("不认识付款人"),
}

AMOUNT_WORDS: dict[str, str | Promise] = {
    "amount_single": _l("金额等于 %(numbers)s"),
    "amount_all": _l("金额等于全部 %(count)s 笔未核销"),
    "amount_month": _l("金额等于一个月的 %(count)s 笔：%(numbers)s"),
    "amount_due_month": _l("金额等于同月到期的 %(count)s 笔：%(numbers)s"),
    "amount_oldest": _l("金额等于最早到期的 %(count)s 笔：%(numbers)s"),
    "amount_subset": _l("金额等于 %(count)s 笔之和：%(numbers)s"),
    "only_one": _l("没有其他组合能得到这个金额"),
    "several": _l("有 %(count)s 种组合都符合"),
    "not_proven": _l("未核销有 %(items)s 笔，没有查完所有组合"),
    "month_named": _l("摘要写明 %(month)s"),
    "some_of_named": _l("等于所写单据 %(of)s 笔中的 %(count)s 笔"),
    "named_and_others": _l("所写单据加上 %(numbers)s"),
    "bank_fee": _l("差额像是银行手续费"),
    "tolerance_short": _l("少付在允许的尾差之内"),
    "tolerance_over": _l("多付在允许的尾差之内"),
    "discount_agreed": _l("%(days)s 天内付款的约定折扣 %(percent)s%%"),
    "discount_usual": _l("差额正好是 %(percent)s%% 的折扣，但没有约定"),
    "discount_late": _l("差额是约定的 %(percent)s%% 折扣，但已过期限"),
    "retention_withheld": _l("差额正好是 %(percent)s%% 的质保金"),
    "credit_offset": _l("用红字或未用收款 %(numbers)s 抵减"),
    "pair_makes_one": _l("与另外的流水合计 %(count)s 笔，正好等于 %(number)s"),
    "together": _l("与另外的流水合计 %(count)s 笔付清"),
    "overpaid": _l("付得比所写单据多，余款留作未用"),
    "undisputed_part": _l("正好付清没有争议的部分，%(numbers)s 有争议"),
    "partly": _l("付得比所写单据少"),
    "partly_oldest": _l("不够付清所写单据，先付最早到期的"),
    "policy_order": _l("按约定的顺序冲抵：%(order)s"),
    "nothing_open": _l("客户没有未核销的应收"),
    "nothing_fits": _l("没有相符的金额，从最早到期的开始"),
    "more_than_all": _l("超过客户的全部未核销"),
    "on_account": _l("先记为客户的未用收款"),
    "advance_order": _l("摘要写明订单 %(number)s，尚未开票，登记为它的预收"),
    "advance_contract": _l("摘要写明合同 %(number)s，尚未开票，登记为它的预收"),
    "advice": _l("付款通知列明 %(count)s 笔"),
    "advice_in_part": _l("付款通知里有认不出或已核销的单据"),
}

AGAINST_WORDS: dict[str, str | Promise] = {
    "settled_already": _l("%(number)s 已经核销，可能是重复付款"),
    "other_customer": _l("摘要里的 %(number)s 是其他客户的单据"),
    "disputed": _l("%(numbers)s 有争议"),
    "beyond_agreement": _l("金额超过 %(number)s 的总额"),
    "names_agreement": _l("摘要写明 %(number)s，可能是它的预收"),
    "contested": _l("另一笔流水写明付 %(number)s"),
    "equal_line": _l("%(on)s 刚有一笔相同的付款"),
    "group_fits_too": _l("集团内其他公司也有相符的应收"),
    "issued_later": _l("单据在到账之后才开具"),
    "already_recorded": _l("%(on)s 的 %(number)s 已经登记过这笔钱"),
    "bounced": _l("退回 %(on)s 的收款 %(number)s"),
    "bounced_unknown": _l("退回的款项找不到原来的收款"),
    "unrelated": _l("与应收无关：%(what)s"),
}

NAMED_WORDS: dict[str, str | Promise] = {
    "invoice": _l("摘要写明单号 %(number)s"),
    "tax_invoice": _l("摘要写明发票号码 %(number)s"),
    "order": _l("摘要写明订单 %(number)s"),
    "contract": _l("摘要写明合同 %(number)s"),
    "reference": _l("摘要写明参考号 %(number)s"),
    "credit": _l("摘要写明红字单 %(number)s"),
}
QUALITY_WORDS: dict[str, str | Promise] = {
    "tail": _l("只写了尾号 %(text)s"),
    "range": _l("号码段 %(text)s"),
}

UNRELATED_WORDS: dict[str, str | Promise] = {
    "interest": _l("利息"),
    "bank_fee": _l("银行费用"),
    "tax": _l("税款或退税"),
    "payroll": _l("工资、社保或补贴"),
    "loan": _l("借款、理财或投资"),
    "supplier": _l("供应商退款"),
    "deposit": _l("保证金"),
    "own": _l("本单位内部划转"),
    "office": _l("政府机关或银行内部账户"),
}

WORDS = {**PAYER_WORDS, **AMOUNT_WORDS, **AGAINST_WORDS}


def words_of(reason: Reason) -> str:
    """The reason as a sentence without a full stop; a code that has no words stands for itself."""
    values = dict(reason.values)
    if reason.code.startswith("named_") and reason.code not in WORDS:
        return _named(reason)
    if reason.code == "unrelated":
        values["what"] = str(UNRELATED_WORDS.get(values.get("what", ""), values.get("what", "")))
    if reason.code == "policy_order" and values.get("order") in MatchOrder.values:
        values["order"] = str(MatchOrder(values["order"]).label)
    words = WORDS.get(reason.code)
    return _filled(str(words), values) if words is not None else reason.code


def sentence(reasons: Iterable[Reason]) -> str:
    """All reasons one after the other."""
    return _("；").join(words_of(reason) for reason in reasons)


def _named(reason: Reason) -> str:
    kind, _underscore, quality = reason.code.removeprefix("named_").rpartition("_")
    words = NAMED_WORDS.get(kind)
    if words is None:
        return reason.code
    said = _filled(str(words), reason.values)
    more = QUALITY_WORDS.get(quality)
    return (
        _("%(said)s（%(more)s）") % {"said": said, "more": _filled(str(more), reason.values)}
        if more
        else said
    )


def _filled(words: str, values: object) -> str:
    try:
        return words % values
    except (KeyError, TypeError):
        return words
