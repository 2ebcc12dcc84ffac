"""The permission table: every page, command and API route names one of these, and the shipped roles hold them.

A scope says whose customers a role sees: `own` (the salesperson's), `team`, or `all`.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop, pgettext_lazy
from django.utils.translation import gettext_lazy as _

PERMISSIONS: dict[str, str | Promise] = {
    "dashboard.read": _("查看首页"),
    "customer.read": _("查看客户"),
    "customer.contact": _("查看联系方式"),
    "customer.write": _("维护客户档案"),
    "note.write": pgettext_lazy("plural", "写备注"),
    "file.write": _("上传与移除附件"),
    "ledger.read": _("查看应收明细"),
    "credit.read": _("查看信用额度与占用"),
    "credit.write": _("设置信用额度与冻结"),
    "credit.release": _("放行被暂缓的订单"),
    "credit.assess": _("评级、复审与登记信用资料"),
    "scorecard.write": _("维护评分卡"),
    "warning.write": _("处理信用预警"),
    "collection.read": _("查看催收"),
    "collection.write": _("登记联系与付款承诺"),
    "collection.rule": _("认定诉讼时效中断"),
    "collection.manage": _("分派催收与设定评分"),
    "collection.legal": _("批准与推进案件"),
    "reconciliation.read": _("查看与客户的对账"),
    "reconciliation.write": _("出具对账单与登记答复"),
    "messaging.read": _("查看消息"),
    "messaging.manage": _("设置发送账号与处理消息"),
    "product.write": _("维护产品与税率"),
    "order.write": _("登记订单与发货"),
    "invoice.record": _("登记应收与红字"),
    "receipt.record": _("登记收款与退款"),
    "receipt.claim": _("认领到账款项"),
    "bank.read": _("查看银行账户与流水"),
    "bank.write": _("维护银行账户"),
    "statement.write": _("导入对账单与余额调节"),
    "allocation.write": _("核销与反核销"),
    "bill.write": _("保管与处理票据"),
    "settlement.write": _("抵账、转让、保理与尾差"),
    "dispute.write": _("提出争议"),
    "dispute.resolve": _("处理争议"),
    "write_off.request": _("申请坏账核销"),
    "write_off.record": _("坏账核销"),
    "books.read": _("查看凭证、账簿与报表"),
    "voucher.prepare": _("编制凭证"),
    "voucher.review": _("审核凭证"),
    "voucher.post": _("凭证记账"),
    "provision.write": _("计提坏账准备"),
    "payment_model.write": _("训练与选用付款模型"),
    "ledger.revalue": _("维护汇率与月末调汇"),
    "period.close": _("关闭与重开期间"),
    "import.run": _("导入与撤销导入"),
    "report.read": _("查看报表"),
    "kpi_target.write": _("设定指标目标"),
    "approval.read": _("查看全部审批"),
    "audit.read": _("查看审计轨迹"),
    "view.share": _("与全组织共享列表视图"),
    "organization.write": _("维护组织、角色与用户"),
}

READ = ("dashboard.read", "customer.read", "note.write", "ledger.read", "report.read")


@dataclass(frozen=True)
class ShippedRole:
    code: str
    name: str
    scope: str
    permissions: tuple[str, ...]


SHIPPED_ROLES: tuple[ShippedRole, ...] = (
    ShippedRole(
        "administrator",
        gettext_noop("管理员"),
        "all",
        ("dashboard.read", "messaging.read", "messaging.manage", "organization.write"),
    ),
    ShippedRole(
        "ar_accountant",
        gettext_noop("应收会计"),
        "all",
        (
            *READ,
            "customer.contact",
            "file.write",
            "customer.write",
            "credit.read",
            "reconciliation.read",
            "reconciliation.write",
            "collection.read",
            "collection.write",
            "messaging.read",
            "product.write",
            "order.write",
            "invoice.record",
            "receipt.record",
            "receipt.claim",
            "bank.read",
            "statement.write",
            "allocation.write",
            "settlement.write",
            "dispute.write",
            "dispute.resolve",
            "write_off.request",
            "ledger.revalue",
            "books.read",
            "voucher.prepare",
            "voucher.post",
            "import.run",
            "view.share",
        ),
    ),
    ShippedRole(
        "cashier",
        gettext_noop("出纳"),
        "all",
        (*READ, "receipt.record", "bank.read", "statement.write", "bill.write", "file.write"),
    ),
    ShippedRole(
        "credit_controller",
        gettext_noop("信用管理员"),
        "all",
        (
            *READ,
            "customer.contact",
            "file.write",
            "customer.write",
            "credit.read",
            "reconciliation.read",
            "collection.read",
            "collection.write",
            "messaging.read",
            "credit.write",
            "credit.release",
            "credit.assess",
            "scorecard.write",
            "warning.write",
            "dispute.write",
        ),
    ),
    ShippedRole(
        "collector",
        gettext_noop("催收员"),
        "all",
        (
            *READ,
            "customer.contact",
            "file.write",
            "credit.read",
            "reconciliation.read",
            "collection.read",
            "collection.write",
            "messaging.read",
            "warning.write",
            "dispute.write",
        ),
    ),
    ShippedRole(
        "salesperson",
        gettext_noop("销售员"),
        "own",
        (
            *READ,
            "customer.contact",
            "file.write",
            "order.write",
            "receipt.claim",
            "credit.read",
            "reconciliation.read",
            "collection.read",
            "collection.write",
            "messaging.read",
            "warning.write",
            "dispute.write",
            "dispute.resolve",
        ),
    ),
    ShippedRole(
        "sales_manager",
        gettext_noop("销售经理"),
        "team",
        (
            *READ,
            "customer.contact",
            "file.write",
            "order.write",
            "receipt.claim",
            "credit.read",
            "reconciliation.read",
            "collection.read",
            "collection.write",
            "messaging.read",
            "collection.manage",
            "warning.write",
            "dispute.write",
            "dispute.resolve",
            "view.share",
        ),
    ),
    ShippedRole(
        "finance_manager",
        gettext_noop("财务经理"),
        "all",
        (
            *READ,
            "customer.contact",
            "file.write",
            "customer.write",
            "credit.read",
            "reconciliation.read",
            "reconciliation.write",
            "collection.read",
            "collection.write",
            "messaging.read",
            "collection.rule",
            "collection.manage",
            "collection.legal",
            "messaging.manage",
            "credit.write",
            "credit.release",
            "credit.assess",
            "scorecard.write",
            "warning.write",
            "product.write",
            "order.write",
            "invoice.record",
            "receipt.record",
            "receipt.claim",
            "bank.read",
            "bank.write",
            "statement.write",
            "allocation.write",
            "bill.write",
            "settlement.write",
            "dispute.write",
            "dispute.resolve",
            "write_off.request",
            "write_off.record",
            "provision.write",
            "kpi_target.write",
            "payment_model.write",
            "ledger.revalue",
            "approval.read",
            "books.read",
            "voucher.prepare",
            "voucher.review",
            "voucher.post",
            "provision.write",
            "period.close",
            "import.run",
            "audit.read",
            "view.share",
        ),
    ),
    ShippedRole(
        "executive",
        gettext_noop("管理层"),
        "all",
        (
            *READ,
            "credit.read",
            "reconciliation.read",
            "collection.read",
            "messaging.read",
            "bank.read",
            "books.read",
            "kpi_target.write",
            "approval.read",
        ),
    ),
    ShippedRole(
        "auditor",
        gettext_noop("审计"),
        "all",
        (
            *READ,
            "audit.read",
            "credit.read",
            "reconciliation.read",
            "collection.read",
            "messaging.read",
            "bank.read",
            "books.read",
            "approval.read",
        ),
    ),
    ShippedRole(
        "customer_service",
        gettext_noop("客服"),
        "all",
        ("customer.read", "note.write", "file.write", "ledger.read", "dispute.write", "dispute.resolve"),
    ),
)

# The permissions as people think of them, for the matrix of roles; each stands in one group.
GROUPS: tuple[tuple[str | Promise, tuple[str, ...]], ...] = (
    (
        _("查看"),
        (
            "dashboard.read",
            "customer.read",
            "customer.contact",
            "ledger.read",
            "report.read",
            "approval.read",
        ),
    ),
    (pgettext_lazy("plural", "客户"), ("customer.write", "note.write", "file.write")),
    (pgettext_lazy("plural", "销售"), ("product.write", "order.write")),
    (
        _("信用"),
        (
            "credit.read",
            "credit.write",
            "credit.release",
            "credit.assess",
            "scorecard.write",
            "warning.write",
        ),
    ),
    (pgettext_lazy("plural", "争议"), ("dispute.write", "dispute.resolve")),
    (
        _("催收"),
        ("collection.read", "collection.write", "collection.rule", "collection.manage", "collection.legal"),
    ),
    (_("与客户对账"), ("reconciliation.read", "reconciliation.write")),
    (pgettext_lazy("plural", "消息"), ("messaging.read", "messaging.manage")),
    (
        pgettext_lazy("permissions", "记账"),
        (
            "invoice.record",
            "receipt.record",
            "allocation.write",
            "bill.write",
            "settlement.write",
            "write_off.request",
            "write_off.record",
            "provision.write",
            "payment_model.write",
            "kpi_target.write",
            "ledger.revalue",
            "import.run",
        ),
    ),
    (_("银行与到账"), ("bank.read", "bank.write", "statement.write", "receipt.claim")),
    (_("凭证与账簿"), ("books.read", "voucher.prepare", "voucher.review", "voucher.post")),
    (_("管理"), ("period.close", "view.share", "audit.read", "organization.write")),
)


def permission_groups() -> list[tuple[str | Promise, list[str]]]:
    """GROUPS, and what stands in none of them under "other"."""
    grouped = {code for _name, codes in GROUPS for code in codes}
    others = [code for code in PERMISSIONS if code not in grouped]
    found: list[tuple[str | Promise, list[str]]] = [(name, list(codes)) for name, codes in GROUPS]
    return [*found, (_("其他"), others)] if others else found


def role_name(code: str, name: str) -> str:
    """What a role is called: a shipped one that kept its name in the reader's language."""
    shipped = next((role for role in SHIPPED_ROLES if role.code == code), None)
    return gettext(name) if shipped is not None and shipped.name == name else name


def role_names(codes: str) -> str:
    """Roles as an act records them, "code,code", by their names in the reader's language; others by their code."""
    shipped = {role.code: role.name for role in SHIPPED_ROLES} | {"operator": gettext_noop("本机操作员")}
    held = [code for code in codes.split(",") if code]
    return gettext("、").join(gettext(shipped[code]) if code in shipped else code for code in held)
