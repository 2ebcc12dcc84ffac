"""What accounts of the chart are called in the reader's language.

Names are data and Chinese, as the standards give them; one that is still the standard's own is shown translated, one
that the organization chose is shown as it is. Files for other systems carry the names as they stand.
"""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

STANDARD_NAMES = frozenset(
    (
        gettext_noop("银行存款"),
        gettext_noop("应收票据"),
        gettext_noop("应收账款"),
        gettext_noop("预付账款"),
        gettext_noop("应收款项融资"),
        gettext_noop("合同资产"),
        gettext_noop("其他应收款"),
        gettext_noop("坏账准备"),
        gettext_noop("库存商品"),
        gettext_noop("固定资产"),
        gettext_noop("累计折旧"),
        gettext_noop("短期借款"),
        gettext_noop("短期借款—利息调整"),
        gettext_noop("应付账款"),
        gettext_noop("预收账款"),
        gettext_noop("合同负债"),
        gettext_noop("应交税费—应交增值税(进项税额)"),
        gettext_noop("应交税费—应交增值税(已交税金)"),
        gettext_noop("应交税费—应交增值税(销项税额)"),
        gettext_noop("应交税费—简易计税"),
        gettext_noop("应交税费—待转销项税额"),
        gettext_noop("其他应付款"),
        gettext_noop("其他应付款—背书未终止确认"),
        gettext_noop("债权转移过渡"),
        gettext_noop("实收资本"),
        gettext_noop("本年利润"),
        gettext_noop("利润分配—未分配利润"),
        gettext_noop("期初余额"),
        gettext_noop("主营业务收入"),
        gettext_noop("主营业务成本"),
        gettext_noop("投资收益"),
        gettext_noop("营业外收入"),
        gettext_noop("营业外支出"),
        gettext_noop("销售费用"),
        gettext_noop("管理费用"),
        gettext_noop("财务费用"),
        gettext_noop("信用减值损失"),
        gettext_noop("所得税费用"),
    )
)


def account_name(name: str) -> str:
    """What an account of that name is called in the reader's language."""
    return gettext(name) if name in STANDARD_NAMES else name
