"""What a field and a kind of file are, and the fields that several kinds share.

Headers are compared in a compact form (see `headers.compact`): lower case, simplified characters, without
spaces and punctuation. `strong` headers mean the field by themselves; `weak` ones are words so general that
they count only where nothing better is there.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from huikuan.tables import limits
from huikuan.tables.errors import _, gettext_noop


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


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def field_of(
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
        name, role, label, limit, tuple(dict.fromkeys((own, *words(strong)))), words(weak), descriptive
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
CURRENCY_HEADERS = "currencycode curr ccy 币种 币种代码 币种名称 币别 货币 货币代码 结算币种 交易币种"


def customer(weak_code: str = "", weak_name: str = "") -> tuple[Field, Field]:
    return (
        field_of(
            "customer_code", CODE, gettext_noop("客户编码"), _CUSTOMER_CODE, weak_code, limit=limits.MAX_CODE
        ),
        field_of("customer_name", TEXT, gettext_noop("客户名称"), _CUSTOMER_NAME, weak_name),
    )


def number(label: str, name: str, strong: str, weak: str = "") -> Field:
    return field_of(name, CODE, label, strong, weak, limit=limits.MAX_CODE)


def description(name: str, label: str, strong: str, weak: str = "", limit: int = limits.MAX_NAME) -> Field:
    return field_of(name, TEXT, label, strong, weak, limit, descriptive=True)


def one_of(*alternatives: str) -> tuple[frozenset[str], ...]:
    """Alternatives as words; a `+` joins fields that only together will do."""
    return tuple(frozenset(alternative.split("+")) for alternative in alternatives)


CURRENCY_FIELD = field_of("currency", Role.CURRENCY, gettext_noop("币种"), CURRENCY_HEADERS)
SALESPERSON_FIELD = description("salesperson", gettext_noop("业务员"), _SALESPERSON, "销售 sales 负责人 rep")
MEMO = description(
    "memo",
    gettext_noop("备注"),
    "remark remarks note notes 备注 备注信息 附注",
    "comment comments description 说明 摘要 描述",
    limit=limits.MAX_TEXT,
)
