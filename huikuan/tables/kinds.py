"""The kinds of file, their fields, and the headers by which a field is known."""

from huikuan.tables import limits
from huikuan.tables.credit_kinds import CUSTOMER_FACTS
from huikuan.tables.errors import gettext_noop
from huikuan.tables.fields import (
    AMOUNT,
    CODE,
    CURRENCY_FIELD,
    CURRENCY_HEADERS,
    DATE,
    MEMO,
    SALESPERSON_FIELD,
    TEXT,
    customer,
    description,
    field_of,
    number,
    one_of,
)
from huikuan.tables.fields import Field as Field
from huikuan.tables.fields import Kind as Kind
from huikuan.tables.fields import Role as Role
from huikuan.tables.sales_kinds import DELIVERIES, ORDERS, PRODUCTS
from huikuan.tables.statement_kinds import CUSTOMER_LEDGER

CUSTOMERS = Kind(
    "customers",
    (
        *customer(
            "编码 编号 代码 code id account accountno", "客户 名称 customer client buyer name company 公司"
        ),
        description(
            "former_names",
            gettext_noop("曾用名"),
            "formername previousname previousnames oldname 曾用名称 曾用名 原名 原名称 旧名称 更名前名称",
            limit=limits.MAX_TEXT,
        ),
        number(
            gettext_noop("统一社会信用代码"),
            "uscc",
            "统一社会信用代码 社会信用代码 社会统一信用代码 统一信用代码 信用代码 税号 购方税号 纳税人识别号"
            " 纳税人识别码 税务登记号 营业执照号 taxid taxno taxnumber taxpayerid vatnumber vatid creditcode",
        ),
        description(
            "region", gettext_noop("地区"), "area territory 地区 区域 大区 所在地区", "省份 省 province"
        ),
        description("sector", gettext_noop("行业"), "industry 行业 所属行业 行业分类 行业类别"),
        description("size", gettext_noop("规模"), "companysize 规模 企业规模 公司规模 客户规模"),
        description(
            "segment",
            gettext_noop("客户分类"),
            "customertype customerclass customercategory customersegment 客户分类 客户类型 客户类别 客户等级"
            " 客户级别 客户分组",
            "分类 类型 category class tier grade",
        ),
        SALESPERSON_FIELD,
        description(
            "terms",
            gettext_noop("付款条件"),
            "paymentterms paymentterm creditterms custpaymentterms paymentdays 付款条件 付款条款 收款条件 收款条款"
            " 账期 账期天数 信用期 信用期限 信用天数 信用账期",
            "结算方式 付款方式",
        ),
        number(
            gettext_noop("上级客户编码"),
            "parent_code",
            "parentid parentno parentcustomer parentcustomercode parentcustomerid groupcode headofficecode"
            " 上级客户编码 上级客户编号 上级客户 上级编码 母公司编码 集团编码 集团代码 总公司编码 所属集团编码",
            "parent group 集团 母公司 所属集团",
        ),
        description(
            "contact_name",
            gettext_noop("联系人"),
            "contact contactperson attn 联系人 联系人姓名 财务联系人 对账联系人",
        ),
        number(
            gettext_noop("联系电话"),
            "contact_phone",
            "phone phonenumber mobile mobilenumber telephone tel 联系电话 联系人电话 联系手机 手机 手机号 手机号码",
            "电话 电话号码 联系方式",
        ),
        description(
            "contact_email",
            gettext_noop("电子邮箱"),
            "email emailaddress mail 邮箱 电子邮箱 电子邮件 邮箱地址 联系人邮箱 联系邮箱",
        ),
    ),
    (one_of("customer_code", "customer_name"),),
)

INVOICES = Kind(
    "invoices",
    (
        *customer("", "客户 customer client buyer debtor company 公司"),
        number(
            gettext_noop("单据编号"),
            "number",
            "invoicenumber invoiceno invoiceid invno invnumber billno billnumber documentnumber documentno docno"
            " docid docnumber docnum 发票号 发票号码 发票编号 单据编号 单据号 单据号码 单据no 数电票号码"
            " 数电发票号码 全电发票号码 应收单号 应收单编号 账单号 账单编号 销售单号 结算单号 开票单号",
            "invoice bill no 编号 号码 单号 发票 documentid",
        ),
        field_of(
            "document_on",
            DATE,
            gettext_noop("开票日期"),
            "invoicedate invoicedon documentdate docdate billdate billingdate issuedate issuedon dateofissue"
            " invoiceissuedate 开票日期 发票日期 单据日期 开具日期 账单日期 立账日期 开票时间",
            "date postingdate 日期 业务日期 发生日期 记账日期 入账日期 销售日期 制单日期",
        ),
        field_of(
            "due_on",
            DATE,
            gettext_noop("到期日"),
            "duedate dueindate paymentduedate netduedate maturitydate 到期日 到期日期 应付日期 应付款日"
            " 应付款日期 应收日期 应收到期日 应收款日 应收款日期 付款到期日 付款到期日期 收款到期日 账期到期日"
            " 最迟付款日 最迟付款日期 约定付款日 约定付款日期 约定收款日期 约定回款日期",
            "due maturity 付款期限 付款截止日 预计收款日期 预计回款日期 应回款日期",
        ),
        field_of(
            "amount",
            AMOUNT,
            gettext_noop("含税金额"),
            "invoiceamount totalamount grossamount amountgross amountincltax amountinclvat amountincludingtax"
            " amountwithtax invoicetotal billamount grosstotal 含税金额 金额含税 含税总额 含税销售额 含税合计"
            " 价税合计 价税合计金额 价税总额 发票金额 发票金额含税 开票金额 开票金额含税 含税开票金额 应收金额"
            " 应收总额 单据金额 票面金额 账单金额 总金额 合计金额 发票总额 发票总金额",
            "total gross 金额 总额 合计 totalopenamount convertedusd 原币金额 本币金额",
        ),
        field_of(
            "net",
            AMOUNT,
            gettext_noop("不含税金额"),
            "netamount amountnet amountexcltax amountexclvat amountexcludingtax amountwithouttax nettotal subtotal"
            " 不含税金额 金额不含税 不含税总额 不含税销售额 不含税合计 不含税开票金额 开票金额不含税"
            " 发票金额不含税 未税金额 金额未税 无税金额 税前金额 去税金额",
        ),
        field_of(
            "tax",
            AMOUNT,
            gettext_noop("税额"),
            "taxamount vat vatamount gst gstamount salestax 税额 合计税额 税额合计 税金 增值税 增值税额 销项税额",
        ),
        CURRENCY_FIELD,
        field_of(
            "paid_on",
            DATE,
            gettext_noop("回款日期"),
            "paiddate datepaid paymentdate settleddate settlementdate cleardate clearingdate 回款日期 回款日"
            " 收款日期 收款日 付款日期 到账日期 到账日 到款日期 实收日期 实际收款日期 实际回款日期 实际付款日期"
            " 结清日期 清账日期 核销日期 支付日期 回款时间",
        ),
        field_of(
            "paid_amount",
            AMOUNT,
            gettext_noop("回款金额"),
            "amountpaid paymentamount settledamount receivedamount amountreceived 回款金额 已回款金额 收款金额"
            " 已收金额 已收款金额 实收金额 到账金额 付款金额 已付金额 核销金额 已核销金额 累计回款 累计回款金额",
            "paid 已收 已回款",
        ),
        SALESPERSON_FIELD,
        description(
            "product",
            gettext_noop("产品"),
            "productname item itemname sku goods 产品 产品名称 商品 商品名称 货物名称 货物或应税劳务名称"
            " 货物或应税劳务服务名称 品名 物料名称",
            "项目名称 项目",
        ),
        MEMO,
    ),
    (one_of("customer_code", "customer_name"), one_of("document_on"), one_of("amount", "net+tax")),
)

RECEIPTS = Kind(
    "receipts",
    (
        *customer("", "客户 customer client buyer company 公司"),
        number(
            gettext_noop("收款单号"),
            "number",
            "receiptnumber receiptno receiptid paymentnumber paymentno paymentid 收款单号 收款单编号 收款编号"
            " 收款单据号 回款单号 回款编号 单据编号 单据号 收据号 流水号 交易流水号 银行流水号",
            "no 编号 号码 单号 transactionid 交易号 凭证号",
        ),
        field_of(
            "received_on",
            DATE,
            gettext_noop("收款日期"),
            "receiveddate datereceived receiptdate paymentdate paiddate transactiondate 收款日期 收款日 回款日期"
            " 回款日 到账日期 到账日 到款日期 入账日期 交易日期 实收日期 收款时间 到账时间 交易时间",
            "date valuedate settleddate postingdate 日期 单据日期 业务日期 记账日期 付款日期",
        ),
        field_of(
            "amount",
            AMOUNT,
            gettext_noop("收款金额"),
            "receivedamount amountreceived receiptamount paymentamount creditamount 收款金额 回款金额 到账金额"
            " 到款金额 实收金额 入账金额 收入金额 贷方金额 贷方发生额",
            "total paid credit 金额 合计 交易金额 收入 贷方 付款金额",
        ),
        CURRENCY_FIELD,
        field_of(
            "payer_name",
            TEXT,
            gettext_noop("付款人"),
            "payer remitter remittername paidby counterparty counterpartyname 付款人 付款人名称 付款人户名 付款方"
            " 付款方名称 付款方户名 付款单位 付款单位名称 付款户名 对方户名 对方单位 对方单位名称 对方名称"
            " 对方账户名称 汇款人 汇款人名称 打款人 来款单位 交款单位",
        ),
        number(
            gettext_noop("付款账号"),
            "payer_account",
            "payeraccountno payeraccountnumber payeriban counterpartyaccount iban 付款账号 付款账户 付款人账号"
            " 付款方账号 付款卡号 付款银行账号 对方账号 对方账户 汇款账号",
        ),
        field_of(
            "reference",
            CODE,
            gettext_noop("附言"),
            "ref referenceno referencenumber paymentreference 附言 交易附言 付款附言 转账附言 客户附言 参考号",
            "用途",
        ),
        MEMO,
    ),
    (
        one_of("customer_code", "customer_name", "payer_name"),
        one_of("received_on"),
        one_of("amount"),
    ),
)

ALLOCATIONS = Kind(
    "allocations",
    (
        number(
            gettext_noop("发票号"),
            "invoice",
            "invoicenumber invoiceno invoiceid invno 发票号 发票号码 发票编号 应收单号 应收单编号 核销发票号",
            "发票 应收单 documentnumber docno docid",
        ),
        number(
            gettext_noop("收款单号"),
            "receipt",
            "receiptnumber receiptno receiptid paymentnumber paymentno paymentid 收款单号 收款单编号 收款编号"
            " 回款单号 回款编号 收据号 银行流水号 流水号",
            "收款单 回款单 payment",
        ),
        field_of(
            "amount",
            AMOUNT,
            gettext_noop("核销金额"),
            "allocatedamount allocationamount amountapplied appliedamount 核销金额 本次核销金额 分配金额 冲销金额",
            "金额 allocated applied",
        ),
        field_of(
            "on",
            DATE,
            gettext_noop("核销日期"),
            "allocationdate allocatedon allocateddate applieddate appliedon effectivedate effectiveon 核销日期"
            " 核销时间 分配日期 冲销日期",
            "date 日期 业务日期",
        ),
    ),
    (one_of("invoice"), one_of("receipt"), one_of("amount"), one_of("on")),
)

# A rate has more decimals than an amount, so it is read as text and understood by its importer.
RATES = Kind(
    "rates",
    (
        field_of(
            "currency",
            Role.CURRENCY,
            gettext_noop("币种"),
            CURRENCY_HEADERS + " foreigncurrency 外币 外币币种",
        ),
        field_of(
            "rated_on",
            DATE,
            gettext_noop("汇率日期"),
            "ratedate ratedon dateofrate validfrom effectivefrom 汇率日期 生效日期 公布日期 牌价日期",
            "date day 日期",
        ),
        field_of(
            "rate",
            TEXT,
            gettext_noop("汇率"),
            "exchangerate fxrate midrate middlerate closingrate 汇率 中间价 汇率中间价 期末汇率 收盘汇率 折算汇率 记账汇率",
            "mid price 牌价",
        ),
        description("source", gettext_noop("来源"), "ratesource publisher 来源 汇率来源 公布机构"),
    ),
    (one_of("currency"), one_of("rated_on"), one_of("rate")),
)

KINDS = {
    kind.name: kind
    for kind in (
        CUSTOMERS,
        INVOICES,
        RECEIPTS,
        ALLOCATIONS,
        PRODUCTS,
        ORDERS,
        DELIVERIES,
        RATES,
        CUSTOMER_FACTS,
        CUSTOMER_LEDGER,
    )
}
