"""The kinds of file, their fields, and the headers by which a field is known.

Headers are compared in a compact form (see `headers.compact`): lower case, simplified characters, without
spaces and punctuation. `strong` headers mean the field by themselves; `weak` ones are words so general that
they count only where nothing better is there.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from huikuan.integrations.tables import limits
from huikuan.integrations.tables.errors import _, gettext_noop


class Role(StrEnum):
    """How the cells of a field are read."""

    CODE = "code"
    TEXT = "text"
    DATE = "date"
    AMOUNT = "amount"
    CURRENCY = "currency"


@dataclass(frozen=True)
class Field:
    """One field of a kind; `descriptive` fields never stop an import when two columns could be meant."""

    name: str
    role: Role
    label: str
    limit: int = limits.MAX_NAME
    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    descriptive: bool = False


@dataclass(frozen=True)
class Kind:
    """`required`: for each thing a row must tell, the alternatives (sets of fields) that tell it."""

    name: str
    fields: tuple[Field, ...]
    required: tuple[tuple[frozenset[str], ...], ...]
    by_name: dict[str, Field] = field(init=False)
    by_word: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {item.name: item for item in self.fields})
        words = {word: item.name for item in self.fields for word in (*item.weak, *item.strong)}
        object.__setattr__(self, "by_word", words)

    def missing(self, present: set[str]) -> list[tuple[frozenset[str], ...]]:
        """The requirements that the fields `present` do not meet."""
        return [needed for needed in self.required if not any(choice <= present for choice in needed)]

    def label(self, name: str) -> str:
        return _(self.by_name[name].label)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _field(
    name: str,
    role: Role,
    label: str,
    strong: str,
    weak: str = "",
    limit: int = limits.MAX_NAME,
    descriptive: bool = False,
) -> Field:
    own = name.replace("_", "")
    return Field(
        name, role, label, limit, tuple(dict.fromkeys((own, *_words(strong)))), _words(weak), descriptive
    )


CODE, TEXT, DATE, AMOUNT = Role.CODE, Role.TEXT, Role.DATE, Role.AMOUNT

_CUSTOMER_CODE = (
    "customerid customerno customernumber customerkey custcode custid custno custnumber clientcode clientid"
    " clientno clientnumber buyercode buyerid debtorcode debtorno debtornumber soldto soldtoparty 客户编号"
    " 客户编码 客户代码 客户号 客户id 客商编码 客商编号 客商代码 购方编码 购方编号 购货单位编码 购货单位代码"
    " 往来单位编码 往来单位编号 往来单位代码 往来编码 单位编码 单位编号 单位代码 买方编码"
)
_CUSTOMER_NAME = (
    "custname namecustomer customerfullname clientname buyername debtorname companyname 客户名称 客户名"
    " 客户全称 客户单位 客户单位名称 购方名称 购方企业名称 购买方 购买方名称 购方 购货单位 购货单位名称"
    " 往来单位 往来单位名称 客商名称 客商 买方名称 买方 受票方名称 受票方 单位名称 公司名称 企业名称"
)
_SALESPERSON = (
    "salesrep salesman salesname salesrepresentative salesexecutive accountmanager 业务员 业务员姓名 业务人员"
    " 业务经理 销售员 销售人员 销售代表 销售经理 销售负责人 客户经理 经办人"
)
_CURRENCY = "currencycode curr ccy 币种 币种代码 币种名称 币别 货币 货币代码 结算币种 交易币种"


def _customer(weak_code: str = "", weak_name: str = "") -> tuple[Field, Field]:
    return (
        _field(
            "customer_code", CODE, gettext_noop("客户编码"), _CUSTOMER_CODE, weak_code, limit=limits.MAX_CODE
        ),
        _field("customer_name", TEXT, gettext_noop("客户名称"), _CUSTOMER_NAME, weak_name),
    )


def _number(label: str, name: str, strong: str, weak: str = "") -> Field:
    return _field(name, CODE, label, strong, weak, limit=limits.MAX_CODE)


def _description(name: str, label: str, strong: str, weak: str = "", limit: int = limits.MAX_NAME) -> Field:
    return _field(name, TEXT, label, strong, weak, limit, descriptive=True)


def _one_of(*alternatives: str) -> tuple[frozenset[str], ...]:
    """Alternatives as words; a `+` joins fields that only together will do."""
    return tuple(frozenset(alternative.split("+")) for alternative in alternatives)


_CURRENCY_FIELD = _field("currency", Role.CURRENCY, gettext_noop("币种"), _CURRENCY)
_SALESPERSON_FIELD = _description(
    "salesperson", gettext_noop("业务员"), _SALESPERSON, "销售 sales 负责人 rep"
)
_MEMO = _description(
    "memo",
    gettext_noop("备注"),
    "remark remarks note notes 备注 备注信息 附注",
    "comment comments description 说明 摘要 描述",
    limit=limits.MAX_TEXT,
)

CUSTOMERS = Kind(
    "customers",
    (
        *_customer(
            "编码 编号 代码 code id account accountno", "客户 名称 customer client buyer name company 公司"
        ),
        _description(
            "former_names",
            gettext_noop("曾用名"),
            "formername previousname previousnames oldname 曾用名称 曾用名 原名 原名称 旧名称 更名前名称",
            limit=limits.MAX_TEXT,
        ),
        _number(
            gettext_noop("统一社会信用代码"),
            "uscc",
            "统一社会信用代码 社会信用代码 社会统一信用代码 统一信用代码 信用代码 税号 购方税号 纳税人识别号"
            " 纳税人识别码 税务登记号 营业执照号 taxid taxno taxnumber taxpayerid vatnumber vatid creditcode",
        ),
        _description(
            "region", gettext_noop("地区"), "area territory 地区 区域 大区 所在地区", "省份 省 province"
        ),
        _description("sector", gettext_noop("行业"), "industry 行业 所属行业 行业分类 行业类别"),
        _description("size", gettext_noop("规模"), "companysize 规模 企业规模 公司规模 客户规模"),
        _description(
            "segment",
            gettext_noop("客户分类"),
            "customertype customerclass customercategory customersegment 客户分类 客户类型 客户类别 客户等级"
            " 客户级别 客户分组",
            "分类 类型 category class tier grade",
        ),
        _SALESPERSON_FIELD,
        _description(
            "terms",
            gettext_noop("付款条件"),
            "paymentterms paymentterm creditterms custpaymentterms paymentdays 付款条件 付款条款 收款条件 收款条款"
            " 账期 账期天数 信用期 信用期限 信用天数 信用账期",
            "结算方式 付款方式",
        ),
        _number(
            gettext_noop("上级客户编码"),
            "parent_code",
            "parentid parentno parentcustomer parentcustomercode parentcustomerid groupcode headofficecode"
            " 上级客户编码 上级客户编号 上级客户 上级编码 母公司编码 集团编码 集团代码 总公司编码 所属集团编码",
            "parent group 集团 母公司 所属集团",
        ),
        _description(
            "contact_name",
            gettext_noop("联系人"),
            "contact contactperson attn 联系人 联系人姓名 财务联系人 对账联系人",
        ),
        _number(
            gettext_noop("联系电话"),
            "contact_phone",
            "phone phonenumber mobile mobilenumber telephone tel 联系电话 联系人电话 联系手机 手机 手机号 手机号码",
            "电话 电话号码 联系方式",
        ),
        _description(
            "contact_email",
            gettext_noop("电子邮箱"),
            "email emailaddress mail 邮箱 电子邮箱 电子邮件 邮箱地址 联系人邮箱 联系邮箱",
        ),
    ),
    (_one_of("customer_code", "customer_name"),),
)

INVOICES = Kind(
    "invoices",
    (
        *_customer("", "客户 customer client buyer debtor company 公司"),
        _number(
            gettext_noop("单据编号"),
            "number",
            "invoicenumber invoiceno invoiceid invno invnumber billno billnumber documentnumber documentno docno"
            " docid docnumber docnum 发票号 发票号码 发票编号 单据编号 单据号 单据号码 单据no 数电票号码"
            " 数电发票号码 全电发票号码 应收单号 应收单编号 账单号 账单编号 销售单号 结算单号 开票单号",
            "invoice bill no 编号 号码 单号 发票 documentid",
        ),
        _field(
            "document_on",
            DATE,
            gettext_noop("开票日期"),
            "invoicedate invoicedon documentdate docdate billdate billingdate issuedate issuedon dateofissue"
            " invoiceissuedate 开票日期 发票日期 单据日期 开具日期 账单日期 立账日期 开票时间",
            "date postingdate 日期 业务日期 发生日期 记账日期 入账日期 销售日期 制单日期",
        ),
        _field(
            "due_on",
            DATE,
            gettext_noop("到期日"),
            "duedate dueindate paymentduedate netduedate maturitydate 到期日 到期日期 应付日期 应付款日"
            " 应付款日期 应收日期 应收到期日 应收款日 应收款日期 付款到期日 付款到期日期 收款到期日 账期到期日"
            " 最迟付款日 最迟付款日期 约定付款日 约定付款日期 约定收款日期 约定回款日期",
            "due maturity 付款期限 付款截止日 预计收款日期 预计回款日期 应回款日期",
        ),
        _field(
            "amount",
            AMOUNT,
            gettext_noop("含税金额"),
            "invoiceamount totalamount grossamount amountgross amountincltax amountinclvat amountincludingtax"
            " amountwithtax invoicetotal billamount grosstotal 含税金额 金额含税 含税总额 含税销售额 含税合计"
            " 价税合计 价税合计金额 价税总额 发票金额 发票金额含税 开票金额 开票金额含税 含税开票金额 应收金额"
            " 应收总额 单据金额 票面金额 账单金额 总金额 合计金额 发票总额 发票总金额",
            "total gross 金额 总额 合计 totalopenamount convertedusd 原币金额 本币金额",
        ),
        _field(
            "net",
            AMOUNT,
            gettext_noop("不含税金额"),
            "netamount amountnet amountexcltax amountexclvat amountexcludingtax amountwithouttax nettotal subtotal"
            " 不含税金额 金额不含税 不含税总额 不含税销售额 不含税合计 不含税开票金额 开票金额不含税"
            " 发票金额不含税 未税金额 金额未税 无税金额 税前金额 去税金额",
        ),
        _field(
            "tax",
            AMOUNT,
            gettext_noop("税额"),
            "taxamount vat vatamount gst gstamount salestax 税额 合计税额 税额合计 税金 增值税 增值税额 销项税额",
        ),
        _CURRENCY_FIELD,
        _field(
            "paid_on",
            DATE,
            gettext_noop("回款日期"),
            "paiddate datepaid paymentdate settleddate settlementdate cleardate clearingdate 回款日期 回款日"
            " 收款日期 收款日 付款日期 到账日期 到账日 到款日期 实收日期 实际收款日期 实际回款日期 实际付款日期"
            " 结清日期 清账日期 核销日期 支付日期 回款时间",
        ),
        _field(
            "paid_amount",
            AMOUNT,
            gettext_noop("回款金额"),
            "amountpaid paymentamount settledamount receivedamount amountreceived 回款金额 已回款金额 收款金额"
            " 已收金额 已收款金额 实收金额 到账金额 付款金额 已付金额 核销金额 已核销金额 累计回款 累计回款金额",
            "paid 已收 已回款",
        ),
        _SALESPERSON_FIELD,
        _description(
            "product",
            gettext_noop("产品"),
            "productname item itemname sku goods 产品 产品名称 商品 商品名称 货物名称 货物或应税劳务名称"
            " 货物或应税劳务服务名称 品名 物料名称",
            "项目名称 项目",
        ),
        _MEMO,
    ),
    (_one_of("customer_code", "customer_name"), _one_of("document_on"), _one_of("amount", "net+tax")),
)

RECEIPTS = Kind(
    "receipts",
    (
        *_customer("", "客户 customer client buyer company 公司"),
        _number(
            gettext_noop("收款单号"),
            "number",
            "receiptnumber receiptno receiptid paymentnumber paymentno paymentid 收款单号 收款单编号 收款编号"
            " 收款单据号 回款单号 回款编号 单据编号 单据号 收据号 流水号 交易流水号 银行流水号",
            "no 编号 号码 单号 transactionid 交易号 凭证号",
        ),
        _field(
            "received_on",
            DATE,
            gettext_noop("收款日期"),
            "receiveddate datereceived receiptdate paymentdate paiddate transactiondate 收款日期 收款日 回款日期"
            " 回款日 到账日期 到账日 到款日期 入账日期 交易日期 实收日期 收款时间 到账时间 交易时间",
            "date valuedate settleddate postingdate 日期 单据日期 业务日期 记账日期 付款日期",
        ),
        _field(
            "amount",
            AMOUNT,
            gettext_noop("收款金额"),
            "receivedamount amountreceived receiptamount paymentamount creditamount 收款金额 回款金额 到账金额"
            " 到款金额 实收金额 入账金额 收入金额 贷方金额 贷方发生额",
            "total paid credit 金额 合计 交易金额 收入 贷方 付款金额",
        ),
        _CURRENCY_FIELD,
        _field(
            "payer_name",
            TEXT,
            gettext_noop("付款人"),
            "payer remitter remittername paidby counterparty counterpartyname 付款人 付款人名称 付款人户名 付款方"
            " 付款方名称 付款方户名 付款单位 付款单位名称 付款户名 对方户名 对方单位 对方单位名称 对方名称"
            " 对方账户名称 汇款人 汇款人名称 打款人 来款单位 交款单位",
        ),
        _number(
            gettext_noop("付款账号"),
            "payer_account",
            "payeraccountno payeraccountnumber payeriban counterpartyaccount iban 付款账号 付款账户 付款人账号"
            " 付款方账号 付款卡号 付款银行账号 对方账号 对方账户 汇款账号",
        ),
        _field(
            "reference",
            CODE,
            gettext_noop("附言"),
            "ref referenceno referencenumber paymentreference 附言 交易附言 付款附言 转账附言 客户附言 参考号",
            "用途",
        ),
        _MEMO,
    ),
    (
        _one_of("customer_code", "customer_name", "payer_name"),
        _one_of("received_on"),
        _one_of("amount"),
    ),
)

ALLOCATIONS = Kind(
    "allocations",
    (
        _number(
            gettext_noop("发票号"),
            "invoice",
            "invoicenumber invoiceno invoiceid invno 发票号 发票号码 发票编号 应收单号 应收单编号 核销发票号",
            "发票 应收单 documentnumber docno docid",
        ),
        _number(
            gettext_noop("收款单号"),
            "receipt",
            "receiptnumber receiptno receiptid paymentnumber paymentno paymentid 收款单号 收款单编号 收款编号"
            " 回款单号 回款编号 收据号 银行流水号 流水号",
            "收款单 回款单 payment",
        ),
        _field(
            "amount",
            AMOUNT,
            gettext_noop("核销金额"),
            "allocatedamount allocationamount amountapplied appliedamount 核销金额 本次核销金额 分配金额 冲销金额",
            "金额 allocated applied",
        ),
        _field(
            "on",
            DATE,
            gettext_noop("核销日期"),
            "allocationdate allocatedon allocateddate applieddate appliedon effectivedate effectiveon 核销日期"
            " 核销时间 分配日期 冲销日期",
            "date 日期 业务日期",
        ),
    ),
    (_one_of("invoice"), _one_of("receipt"), _one_of("amount"), _one_of("on")),
)

# A rate has more decimals than an amount, so it is read as text and understood by its importer.
RATES = Kind(
    "rates",
    (
        _field("currency", Role.CURRENCY, gettext_noop("币种"), _CURRENCY + " foreigncurrency 外币 外币币种"),
        _field(
            "rated_on",
            DATE,
            gettext_noop("汇率日期"),
            "ratedate ratedon dateofrate validfrom effectivefrom 汇率日期 生效日期 公布日期 牌价日期",
            "date day 日期",
        ),
        _field(
            "rate",
            TEXT,
            gettext_noop("汇率"),
            "exchangerate fxrate midrate middlerate closingrate 汇率 中间价 汇率中间价 期末汇率 收盘汇率 折算汇率 记账汇率",
            "mid price 牌价",
        ),
        _description("source", gettext_noop("来源"), "ratesource publisher 来源 汇率来源 公布机构"),
    ),
    (_one_of("currency"), _one_of("rated_on"), _one_of("rate")),
)

KINDS = {kind.name: kind for kind in (CUSTOMERS, INVOICES, RECEIPTS, ALLOCATIONS, RATES)}
