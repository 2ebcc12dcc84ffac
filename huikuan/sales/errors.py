"""What sales refuses, in the reader's words."""

from __future__ import annotations

from django.db import IntegrityError
from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError
from huikuan.sales.rules import UnusableLine


class SalesRefused(HuikuanError):
    """The act cannot be done as asked; nothing of its set was."""

    code = "sales_refused"


def line_refusal(place: str, error: UnusableLine) -> SalesRefused:
    """The sentence about a line that cannot stand; `place` says which, as "第 2 行"."""
    return SalesRefused(f"{place}：{line_words(error)}", code=f"line_{error.field}_{error.code}")


def line_words(error: UnusableLine) -> str:
    """What is wrong with a line."""
    words = {
        ("quantity", "not_positive"): _("数量必须大于零"),
        ("quantity", "beyond_original"): _("数量超过原发票行还可红冲的数量"),
        ("quantity", "nothing_left"): _("原发票行已全部红冲"),
        ("quantity", "not_a_number"): _("请填写数量或金额其中一项"),
        ("unit_price", "negative"): _("单价不能为负"),
        ("discount_percent", "out_of_range"): _("折扣率应在 0 到 100 之间"),
        ("discount_amount", "two_discounts"): _("折扣率和折扣额只能填一项"),
        ("discount_amount", "beyond_price"): _("折扣超过了价款"),
        ("discount_amount", "negative"): _("折扣不能为负"),
        ("amount", "not_positive"): _("金额必须大于零"),
        ("amount", "beyond_original"): _("金额超过原发票行还可红冲的金额"),
        ("instalments", "out_of_range"): _("各期比例应大于零，合计为 100%"),
        ("instalments", "not_a_number"): _("各期要有比例和到期日"),
        ("principal", "not_positive"): _("计息的本金必须大于零"),
        ("daily_rate", "out_of_range"): _("日利率应大于零且不超过 100%"),
        ("days", "not_positive"): _("逾期天数必须大于零"),
    }
    return str(words.get((error.field, error.code), _("数字无法使用：%s") % error.field))


def constraint_refusal(error: IntegrityError) -> SalesRefused:
    """The sentence for a constraint that the database kept."""
    diagnosis = getattr(error.__cause__, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or ""
    words = {
        "credited_never_above_the_original": _("红字超过了原发票行的余额，请按最新余额重新填写。"),
        "delivered_never_above_ordered": _("发货数量超过订单未发数量。"),
        "billed_never_above_ordered": _("开票数量超过订单数量。"),
        "order_number_is_unique": _("订单号已存在。"),
        "delivery_number_is_unique": _("发货单号已存在。"),
        "product_code_is_unique": _("产品编码已存在。"),
        "tax_rate_code_is_unique": _("税率代码已存在。"),
        "order_line_once_per_delivery": _("一张发货单里同一订单行只能出现一次。"),
        "posted_invoice_is_unchanged": _("已过账或已作废的发票不能修改。"),
        "posted_invoice_keeps_its_lines": _("已过账或已作废的发票不能修改。"),
        "contract_number_is_unique": _("合同号已存在。"),
        "milestone_happens_once": _("这个里程碑已经确认过，没有重复确认。"),
        "tax_invoice_number_is_unique": _("这个号码的数电发票已经上传过。"),
        "linked_never_above_tax_invoice": _("关联金额超过了数电发票的金额。"),
        "lines_make_the_invoice": _("发票的金额与各行之和不一致，没有过账。"),
        "voided_delivery_is_not_billed": _("发货单已作废，不能开票。"),
    }
    return SalesRefused(
        words.get(name) or _("单据不符合约束：%s") % (name or error), code=name or "sales_refused"
    )
