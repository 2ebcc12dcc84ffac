"""What there is to say about the demo company."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer
from huikuan.demo.accounts import ACCOUNTS, DEMO_CODE, demo_password
from huikuan.ledger.models import Document, Kind, OpenItem, Side
from huikuan.organizations.models import Membership, Organization, Role, User
from huikuan.organizations.permissions import role_name


class NotTheDemo(HuikuanError):
    """The organization that bears the demo's code is somebody's own."""

    code = "not_the_demo"


def demo_organization() -> Organization | None:
    """The demo company if it was built here; raises NotTheDemo where its code is used for something else."""
    organization = Organization.objects.filter(code=DEMO_CODE).first()
    if organization is None:
        return None
    people = User.objects.filter(email__in=[account.email for account in ACCOUNTS])
    with tenant(organization.pk):
        if not Membership.objects.filter(user__in=people).exists():
            raise NotTheDemo(_("代码为 demo 的组织不是演示公司，没有改动它。"))
    return organization


@dataclass(frozen=True)
class SignIn:
    """How a person of the demo signs in; `role` is the name of their role."""

    name: str
    role: str
    login: str
    password: str


def demo_sign_ins(organization: Organization) -> list[SignIn]:
    """The nine people with their passwords."""
    with tenant(organization.pk):
        roles = {role.code: role_name(role.code, role.name) for role in Role.objects.all()}
    password = demo_password()
    return [SignIn(account.name, roles[account.role], account.email, password) for account in ACCOUNTS]


@dataclass(frozen=True)
class DemoSummary:
    """The demo in a few numbers, in base currency. `dso_days`: receivable over the sales of a year."""

    customers: int
    invoices: int
    receivable: Decimal
    overdue: Decimal
    unallocated: Decimal
    dso_days: int

    @property
    def overdue_percent(self) -> int:
        return round(100 * self.overdue / self.receivable) if self.receivable else 0


def demo_summary(organization: Organization, *, today: date) -> DemoSummary:
    """Where the demo company stands."""
    with tenant(organization.pk):
        debit = Q(side=Side.DEBIT)
        sums = OpenItem.objects.filter(open_amount__gt=0).aggregate(
            receivable=Sum("open_base", filter=debit, default=Decimal(0)),
            overdue=Sum("open_base", filter=debit & Q(effective_due_on__lt=today), default=Decimal(0)),
            unallocated=Sum("open_base", filter=Q(side=Side.CREDIT), default=Decimal(0)),
        )
        invoices = Document.objects.filter(kind=Kind.INVOICE, voided_by=None)
        sold = invoices.filter(document_on__gt=today - timedelta(days=365)).aggregate(
            sold=Sum("base_amount", default=Decimal(0))
        )["sold"]
        return DemoSummary(
            customers=Customer.objects.count(),
            invoices=invoices.count(),
            receivable=sums["receivable"],
            overdue=sums["overdue"],
            unallocated=sums["unallocated"],
            dso_days=round(sums["receivable"] / sold * 365) if sold else 0,
        )
