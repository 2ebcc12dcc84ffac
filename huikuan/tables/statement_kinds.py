"""A customer's list of what it owes us, as its own books have it: its headers are of accounts payable."""

from huikuan.tables import limits
from huikuan.tables.errors import gettext_noop
from huikuan.tables.fields import (
    AMOUNT,
    CURRENCY_FIELD,
    DATE,
    Kind,
    description,
    field_of,
    number,
    one_of,
)

CUSTOMER_LEDGER = Kind(
    "customer_ledger",
    (
        field_of(
            "on",
            DATE,
            gettext_noop("日期"),
            "documentdate invoicedate postingdate bookingdate transactiondate 日期 单据日期 发票日期 开票日期 记账日期"
            " 入账日期 业务日期 凭证日期 制单日期 到货日期 入库日期",
            "date day 时间",
        ),
        number(
            gettext_noop("单据号"),
            "number",
            "invoicenumber invoiceno documentnumber documentno docno invno billno 单据号 单据编号 单号 发票号 发票号码"
            " 发票编号 票据号 应收单号 应付单号 供应商单号 供应商发票号 对方单号 来票号 票号",
            "编号 no reference 业务编号 订单号 送货单号",
        ),
        number(
            gettext_noop("凭证号"),
            "voucher",
            "vouchernumber voucherno journalno 凭证号 凭证编号 凭证字号 记账凭证号",
            "凭证",
        ),
        description(
            "text",
            gettext_noop("摘要"),
            "description summary particulars narration 摘要 说明 业务摘要 备注 内容 品名 用途",
            "memo remark",
            limit=limits.MAX_TEXT,
        ),
        description(
            "category",
            gettext_noop("业务类型"),
            "documenttype transactiontype 业务类型 单据类型 类型 类别 业务类别",
            "type kind",
        ),
        field_of(
            "amount",
            AMOUNT,
            gettext_noop("金额"),
            "invoiceamount totalamount grossamount amountinclusive 金额 价税合计 含税金额 发票金额 应付金额 单据金额 原币金额"
            " 总金额 结算金额",
            "total 发生额 合计",
        ),
        field_of(
            "debit",
            AMOUNT,
            gettext_noop("借方"),
            "debitamount dr 借方 借方金额 借方发生额 本期借方 付款金额 本期付款 借",
            "payments payment 付款",
        ),
        field_of(
            "credit",
            AMOUNT,
            gettext_noop("贷方"),
            "creditamount cr 贷方 贷方金额 贷方发生额 本期贷方 采购金额 入库金额 本期应付 贷",
            "purchases purchase 应付",
        ),
        field_of(
            "paid",
            AMOUNT,
            gettext_noop("已付金额"),
            "paidamount amountpaid settledamount 已付金额 已付款金额 已付款 已付 已核销金额 已结算金额 已核销",
            "settled",
        ),
        field_of(
            "open",
            AMOUNT,
            gettext_noop("未付金额"),
            "openamount outstanding outstandingamount unpaid unpaidamount amountdue 未付金额 未付款金额 未付余额 未付款"
            " 未付 欠款余额 未核销金额 未核销余额 未结金额 尚欠金额 应付余额",
            "欠款",
        ),
        field_of(
            "balance",
            AMOUNT,
            gettext_noop("余额"),
            "runningbalance closingbalance 余额 结余 期末余额 累计余额 账面余额",
        ),
        CURRENCY_FIELD,
    ),
    (one_of("amount", "debit", "credit", "open"),),
)
