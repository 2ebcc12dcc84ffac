"""What columns are called in the exports of banks and wallets; data, so that a new bank is a line here.

Headers are compared in their compact form (`huikuan.tables.headers.compact`): without width, spaces, brackets' marks
and punctuation. Within a field the earlier word wins where a file has several.
"""

from __future__ import annotations

from typing import Final

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "day": (
        *("记账日期", "入账日期", "记账日", "交易日期", "交易日", "日期", "交易时间", "发生时间", "入账时间"),
        *(
            "记账时间",
            "交易日期时间",
            "业务日期",
            "bookingdate",
            "posteddate",
            "postingdate",
            "transactiondate",
        ),
        *("trxdate", "txndate", "date", "交易付款时间", "付款时间"),
    ),
    "value_day": ("起息日期", "起息日", "valuedate"),
    "out": (
        *("记账金额支出", "借方发生额支取", "借方发生额", "借方金额", "支出金额", "借方", "支出", "付款金额"),
        *(
            "转出金额",
            "支取金额",
            "取款金额",
            "支出金额元",
            "付出金额",
            "付方发生额",
            "交易金额支出",
            "debit",
        ),
        *("debitamount", "withdrawal", "withdrawals", "paidout", "moneyout", "提出", "支出元"),
    ),
    "in": (
        *("记账金额收入", "贷方发生额收入", "贷方发生额", "贷方金额", "收入金额", "贷方", "收入", "收款金额"),
        *("转入金额", "存入金额", "存款金额", "收入金额元", "收方发生额", "交易金额收入", "credit"),
        *("creditamount", "deposit", "deposits", "paidin", "moneyin", "存入", "收入元"),
    ),
    "amount": (
        *("交易金额", "发生额", "金额", "收支金额", "收支金额元", "金额元", "交易金额元", "发生金额"),
        *("transactionamount", "tradeamount", "amount"),
    ),
    "side": (
        "借贷标志",
        "借贷",
        "收支",
        "借贷方向",
        "收支类型",
        "收付标志",
        "资金流向",
        "收支标志",
        "交易方向",
        "交易类型",
    ),
    "balance": (
        *("余额", "账户余额", "交易后余额", "联机余额", "本次余额", "当前余额", "账户结余", "账户结余元"),
        *("账户余额元", "余额元", "可用余额", "balance", "aftertransactionbalance", "runningbalance"),
    ),
    "counterparty": (
        *("对方户名", "对方账户名称", "对方账户名", "对方单位名称", "对方单位", "对方名称", "收付方名称"),
        *("对手户名", "对手名称", "对方户名称", "对方帐户名称", "交易对手名称", "交易对方", "交易对手"),
        *("对手信息", "对方", "客户名称", "counterparty", "counterpartyname", "payeepayer", "name", "payee"),
    ),
    "counterparty_account": (
        *("对方账号", "对方帐号", "对方账户", "对方卡号账号", "收付方帐号", "收付方账号", "对手账号"),
        *("对手帐号", "对方账户账号", "交易对手账号", "counterpartyaccount", "accountnumbercounterparty"),
    ),
    "counterparty_bank": (
        *("对方开户行", "对方开户机构", "对方开户行名", "对方行名", "对方银行", "收付方开户行名", "对手行名"),
        *("交易行名", "对方开户行名称", "counterpartybank"),
    ),
    "payer": ("付款人名称", "付款人户名", "付款方名称", "付款方户名"),
    "payer_account": ("付款人账号", "付款人帐号", "付款方账号"),
    "payer_bank": ("付款人开户行名", "付款人开户行", "付款方开户行"),
    "payee": ("收款人名称", "收款人户名", "收款方名称", "收款方户名"),
    "payee_account": ("收款人账号", "收款人帐号", "收款方账号"),
    "payee_bank": ("收款人开户行名", "收款人开户行", "收款方开户行"),
    "reference": (
        *(
            "账户明细编号交易流水号",
            "交易流水号",
            "银行流水号",
            "资金流水号",
            "账务流水号",
            "流水号",
            "核心流水号",
        ),
        *(
            "主机流水号",
            "主机日志号",
            "日志号",
            "交易单号",
            "交易订单号",
            "交易号",
            "会计流水号",
            "业务流水号",
        ),
        *("transactionid", "transactionreference", "bankreference", "reference", "fitid"),
    ),
    "own_account": ("本方账号", "账号", "帐号", "查询账号", "卡号", "借记卡号", "账户号", "accountnumber"),
    "currency": ("记账币种", "币种", "币别", "货币", "交易货币", "货币种类", "交易币种", "currency", "ccy"),
    "status": ("交易状态", "当前状态", "状态", "status"),
    "reversal": ("冲账标志", "冲正标志", "冲销标志", "红蓝字标志", "抹账标志"),
    "text": (),
}

TEXTS: Final = frozenset(
    {
        *(
            "摘要",
            "用途",
            "附言",
            "交易附言",
            "备注",
            "交易名称",
            "业务摘要",
            "其它摘要",
            "其他摘要",
            "扩展摘要",
        ),
        *(
            "客户摘要",
            "交易摘要",
            "交易用途",
            "商品说明",
            "商品",
            "商品名称",
            "业务类型",
            "业务名称",
            "交易类型",
        ),
        *(
            "交易分类",
            "票据号",
            "业务参考号",
            "商户单号",
            "商户订单号",
            "个性化信息",
            "交易场所",
            "凭证号",
            "凭证号码",
        ),
        *(
            "客户业务编号",
            "交易渠道",
            "说明",
            "description",
            "narrative",
            "memo",
            "details",
            "remittance",
            "remark",
        ),
        *(
            "remarks",
            "particulars",
            "paymentdetails",
            "用途摘要",
            "摘要用途",
            "交易说明",
            "备注1",
            "备注2",
            "订单号",
        ),
    }
)
"""Columns whose words are kept as the text of a line, in the order of the file."""

BANKS: Final[tuple[tuple[str, tuple[str, ...], tuple[frozenset[str], ...]], ...]] = (
    (
        "alipay",
        ("支付宝",),
        (frozenset({"交易对方", "收付款方式", "交易状态"}), frozenset({"账务流水号", "业务流水号"})),
    ),
    (
        "wechat",
        ("微信支付",),
        (
            frozenset({"交易单号", "商户单号", "当前状态"}),
            frozenset({"微信支付业务单号", "资金流水单号"}),
            frozenset({"微信订单号", "商户订单号"}),
        ),
    ),
    (
        "icbc",
        ("中国工商银行", "工商银行"),
        (
            frozenset({"记账金额收入", "记账金额支出"}),
            frozenset({"对方单位名称", "借方发生额", "贷方发生额"}),
        ),
    ),
    ("ccb", ("中国建设银行", "建设银行"), (frozenset({"账户明细编号交易流水号"}),)),
    ("abc", ("中国农业银行", "农业银行"), (frozenset({"收入金额", "支出金额", "交易行名"}),)),
    (
        "boc",
        ("中国银行",),
        (frozenset({"付款人名称", "收款人名称", "交易后余额"}), frozenset({"币别", "对方卡号账号"})),
    ),
    ("bocom", ("交通银行",), (frozenset({"借贷标志", "发生额", "对方户名"}),)),
    ("cmb", ("招商银行",), (frozenset({"收付方名称"}), frozenset({"联机余额"}))),
    ("citic", ("中信银行",), (frozenset({"对方账户名称", "借方发生额", "账户余额"}),)),
    ("spdb", ("上海浦东发展银行", "浦发银行", "浦东发展银行"), (frozenset({"对手户名", "对手账号"}),)),
)
"""Name of the format, how the bank names itself above the table, and headers that only it uses."""

OUT_WORDS: Final = frozenset(
    {"借", "借方", "d", "dr", "debit", "支", "支出", "付", "付款", "往账", "出账", "转出", "out", "-"}
)
IN_WORDS: Final = frozenset(
    {"贷", "贷方", "c", "cr", "credit", "收", "收入", "收款", "来账", "进账", "入账", "转入", "in", "+"}
)
NEUTRAL_WORDS: Final = frozenset({"不计收支", "/", "其他", "中性交易", ""})
TOTALS: Final = "合计|总计|小计|累计|本页|承前页|过次页|总笔数|总金额|共计|制表|打印|注[：:]|说明|温馨提示|备注[：:]|---|===|total"
OPENING_WORDS: Final = "期初余额|上期余额|上期结转|上日余额|承前余额|起始余额"
CLOSING_WORDS: Final = "期末余额|本期余额|结束余额|终止余额"
