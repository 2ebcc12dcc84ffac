"""The main navigation: which areas there are, and who finds them there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huikuan.approvals.queries import waiting_count
from huikuan.organizations.models import Scope
from huikuan.web.pages import MEMBER, Work


@dataclass(frozen=True)
class Area:
    """An entry of the navigation; `url_name` takes the organization's code, `permission` opens it.

    MEMBER as permission: everybody's. `whole`: only for those who see all customers. `count`: how much waits for
    the reader there.
    """

    label: str | Promise
    url_name: str
    icon: str
    permission: str
    whole: bool = False
    count: Callable[[Work], int] | None = None

    def open_to(self, work: Work) -> bool:
        """Whether the actor may go there."""
        if self.whole and work.actor.scope != Scope.ALL:
            return False
        return not self.permission or work.actor.may(self.permission)


def _holds_waiting(work: Work) -> int:
    from huikuan.web.credit.holds import waiting_for  # the pages import the navigation's work

    return waiting_for(work)


def _warnings_waiting(work: Work) -> int:
    from huikuan.web.warnings.listing import waiting_for  # the pages import the navigation's work

    return waiting_for(work)


def _messages_waiting(work: Work) -> int:
    from huikuan.web.messaging.parts import waiting_for  # the pages import the navigation's work

    return waiting_for(work)


def _approvals_waiting(work: Work) -> int:
    return waiting_count(work.actor, work.today)


AREAS: tuple[Area | str | Promise, ...] = (
    Area(_("总览"), "dashboard", "layout-dashboard", "dashboard.read"),
    Area(_("决策"), "decisions", "report-analytics", "report.read"),
    Area(pgettext_lazy("plural", "客户"), "customers", "users", "customer.read"),
    Area(_("应收明细"), "items", "file-invoice", "ledger.read"),
    Area(pgettext_lazy("plural", "单据"), "documents", "receipt", "ledger.read"),
    Area(pgettext_lazy("plural", "合同"), "contracts", "file-text", "ledger.read"),
    Area(_("数电发票"), "tax-invoices", "file-spreadsheet", "ledger.read"),
    Area(_("账龄分析"), "aging", "chart-bar", "report.read"),
    Area(pgettext_lazy("plural", "报表"), "reports", "report-analytics", "report.read"),
    Area(_("应收指标"), "key-figures", "chart-line", "report.read"),
    Area(_("现金预测"), "cash-forecast", "coins", "report.read", whole=True),
    Area(_("集中度与压力测试"), "stress", "alert-triangle", "report.read", whole=True),
    Area(_("坏账准备"), "provisions", "percentage", "report.read", whole=True),
    Area(_("坏账台账"), "bad-debts", "ban", "report.read", whole=True),
    pgettext_lazy("plural", "销售"),
    Area(pgettext_lazy("plural", "订单"), "orders", "shopping-cart", "ledger.read"),
    Area(pgettext_lazy("plural", "发票"), "invoices", "file-text", "ledger.read"),
    Area(_("按发货开票"), "billing", "truck", "invoice.record"),
    Area(pgettext_lazy("plural", "产品"), "products", "package", "ledger.read"),
    _("日常工作"),
    Area(_("审批"), "approvals", "clipboard-check", MEMBER, count=_approvals_waiting),
    Area(_("催收"), "collection", "phone", "collection.read"),
    Area(_("与客户对账"), "statements", "list-details", "reconciliation.read"),
    Area(pgettext_lazy("plural", "消息"), "messages", "mail", "messaging.read", count=_messages_waiting),
    Area(_("暂缓的订单"), "credit-holds", "lock", "credit.read", count=_holds_waiting),
    Area(_("客户评级"), "credit-grades", "scale", "credit.read"),
    Area(pgettext_lazy("plural", "信用额度"), "credit-limits", "shield-check", "credit.read"),
    Area(_("信用预警"), "credit-warnings", "alert-triangle", "credit.read", count=_warnings_waiting),
    Area(_("政策重放"), "credit-replay", "history", "credit.read", whole=True),
    Area(pgettext_lazy("plural", "争议"), "disputes", "flag", "ledger.read"),
    Area(_("导入"), "import-home", "file-import", "import.run"),
    Area(_("到账核销"), "workbench", "checks", "bank.read", whole=True),
    _("票据与结算"),
    Area(_("银行"), "bank", "building-bank", "bank.read"),
    Area(_("应收票据"), "bills", "credit-card", "ledger.read"),
    Area(_("抵账与结算"), "settlements", "arrows-exchange", "settlement.write"),
    Area(_("待认领款"), "claims", "inbox", "ledger.read"),
    _("账簿"),
    Area(_("凭证"), "vouchers", "notes", "books.read"),
    Area(_("科目余额表"), "trial-balance", "table", "books.read"),
    Area(_("财务报表"), "balance-sheet", "report-money", "books.read"),
    _("管理"),
    Area(_("月末调汇"), "revaluation", "coins", "ledger.revalue"),
    Area(pgettext_lazy("plural", "期间"), "settings-periods", "calendar", "period.close"),
    Area(_("审计轨迹"), "settings-trail", "history", "audit.read"),
    Area(_("设置"), "settings", "settings", "organization.write"),
)


def navigation(request: HttpRequest, work: Work) -> list[dict[str, Any]]:
    """The entries the actor may open, as shell.html draws them; a heading only above what follows it."""
    entries: list[dict[str, Any]] = []
    heading: str | Promise | None = None
    longest = _longest_match(request, work)
    for area in AREAS:
        if not isinstance(area, Area):
            heading = area
            continue
        url = area_url(area.url_name, work)
        if not url or not area.open_to(work):
            continue
        if heading:
            entries.append({"heading": heading})
            heading = None
        count = area.count(work) if area.count else 0
        entry = {"label": area.label, "url": url, "icon": area.icon, "active": url == longest}
        entries.append({**entry, "count": count})
    return entries


def area_url(name: str, work: Work) -> str:
    """Where an area is, or nothing while it does not exist in this installation."""
    try:
        return reverse(name, args=[work.organization.code])
    except NoReverseMatch:
        return ""


def first_area(work: Work) -> str:
    """Where a member starts who may not see the dashboard: the first area open to them, else nothing."""
    for area in AREAS:
        if isinstance(area, Area) and area.open_to(work):
            return area_url(area.url_name, work)
    return ""


def _longest_match(request: HttpRequest, work: Work) -> str:
    """The address of the area that the page belongs to."""
    home = area_url("dashboard", work)
    urls = [area_url(area.url_name, work) for area in AREAS if isinstance(area, Area)]
    # Every page lies under the overview's address: it is current only on itself.
    found = [url for url in urls if url and request.path.startswith(url) and url != home]
    return max(found, key=len, default=home if request.path == home else "")
