"""The kind of file that credit takes in: facts of customers, one a row."""

from huikuan.tables.errors import gettext_noop
from huikuan.tables.fields import DATE, TEXT, Kind, customer, description, field_of, one_of

CUSTOMER_FACTS = Kind(
    "customer_facts",
    (
        *customer(
            "编码 编号 代码 code id", "客户 名称 customer client buyer name company 公司"
        ),
        field_of(
            "fact",
            TEXT,
            gettext_noop("资料"),
            "factcode indicator ratio 资料 信用资料 资料名称 指标 指标名称 资料代码",
            "item 项目 名目",
        ),
        field_of("value", TEXT, gettext_noop("数值"), "factvalue amount 数值 指标值 取值", "值 结果 result"),
        field_of(
            "as_of_on",
            DATE,
            gettext_noop("资料日期"),
            "asof asofdate statementdate 资料日期 报表日期 截止日期 查询日期",
            "date 日期",
        ),
        description("source", gettext_noop("来源"), "origin publisher 来源 资料来源 出处"),
    ),
    (one_of("customer_code", "customer_name"), one_of("fact"), one_of("value"), one_of("as_of_on")),
)  # fmt: skip
