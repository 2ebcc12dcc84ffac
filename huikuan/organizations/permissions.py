"""The permission table: every page, command and API route names one of these, and the shipped roles hold them.

A scope says whose customers a role sees: `own` (the salesperson's), `team`, or `all`.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PERMISSIONS: dict[str, str | Promise] = {
    "dashboard.read": _("查看首页"),
    "customer.read": _("查看客户"),
    "customer.contact": _("查看联系方式"),
    "customer.write": _("维护客户档案"),
    "ledger.read": _("查看应收明细"),
    "invoice.record": _("登记应收与红字"),
    "receipt.record": _("登记收款与退款"),
    "allocation.write": _("核销与反核销"),
    "write_off.record": _("坏账核销"),
    "period.close": _("关闭与重开期间"),
    "import.run": _("导入与撤销导入"),
    "report.read": _("查看报表"),
    "audit.read": _("查看审计轨迹"),
    "organization.write": _("维护组织、角色与用户"),
}

READ = ("dashboard.read", "customer.read", "ledger.read", "report.read")


@dataclass(frozen=True)
class ShippedRole:
    code: str
    name: str
    scope: str
    permissions: tuple[str, ...]


SHIPPED_ROLES: tuple[ShippedRole, ...] = (
    ShippedRole("administrator", "管理员", "all", ("dashboard.read", "organization.write")),
    ShippedRole(
        "ar_accountant",
        "应收会计",
        "all",
        (
            *READ,
            "customer.contact",
            "customer.write",
            "invoice.record",
            "receipt.record",
            "allocation.write",
            "import.run",
        ),
    ),
    ShippedRole("cashier", "出纳", "all", (*READ, "receipt.record")),
    ShippedRole("credit_controller", "信用管理员", "all", (*READ, "customer.contact", "customer.write")),
    ShippedRole("collector", "催收员", "all", (*READ, "customer.contact")),
    ShippedRole("salesperson", "销售员", "own", (*READ, "customer.contact")),
    ShippedRole("sales_manager", "销售经理", "team", (*READ, "customer.contact")),
    ShippedRole(
        "finance_manager",
        "财务经理",
        "all",
        (
            *READ,
            "customer.contact",
            "customer.write",
            "invoice.record",
            "receipt.record",
            "allocation.write",
            "write_off.record",
            "period.close",
            "import.run",
            "audit.read",
        ),
    ),
    ShippedRole("executive", "管理层", "all", READ),
    ShippedRole("auditor", "审计", "all", (*READ, "audit.read")),
    ShippedRole("customer_service", "客服", "all", ("customer.read", "ledger.read")),
)
