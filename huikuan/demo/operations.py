"""Building the demo company, through the operations a user works with, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _

from huikuan.audit.operations import seal
from huikuan.books.operations import close_history
from huikuan.core.dates import add_months
from huikuan.core.postgres.bulk import analyse_grown_tables
from huikuan.core.postgres.tenancy import current_organization_id, tenant
from huikuan.customers.models import Salesperson
from huikuan.demo.accounts import ACCOUNTS, DEMO_CODE, DEMO_NAME, demo_password
from huikuan.demo.approvals import set_up_approvals
from huikuan.demo.bank import ask_seller, keep_bank
from huikuan.demo.books import keep_vouchers
from huikuan.demo.closings import keep_rates, revalue_months
from huikuan.demo.collecting import collect_debts
from huikuan.demo.companies import SELLERS
from huikuan.demo.contracts import sign_demo_contracts
from huikuan.demo.corrections import Refund, WriteOff
from huikuan.demo.credit import give_credit
from huikuan.demo.customers import enter_customers
from huikuan.demo.disputes import object_to_invoices
from huikuan.demo.goods import sell_with_lines
from huikuan.demo.grades import grade_customers
from huikuan.demo.imports import import_receipts
from huikuan.demo.instruments import keep_instruments
from huikuan.demo.letters import set_up_sending
from huikuan.demo.payments import Credit, CreditKind, Settlement
from huikuan.demo.plan import Plan, plan_company
from huikuan.demo.provisions import provide_for_losses
from huikuan.demo.sales import Sale
from huikuan.demo.statements import state_accounts
from huikuan.demo.tax_invoices import keep_tax_invoices
from huikuan.demo.warnings import look_for_warnings
from huikuan.ledger.models import Allocation
from huikuan.ledger.operations import (
    Instalment,
    NewAllocation,
    NewDocument,
    RecordedDocument,
    allocate,
    open_books,
    record_advances,
    record_credit_notes,
    record_invoices,
    record_receipts,
    refund,
    reverse_allocations,
    write_off,
)
from huikuan.organizations.actors import Actor, local_operator
from huikuan.organizations.models import Organization, User
from huikuan.organizations.operations import add_member, create_organization, create_roles
from huikuan.organizations.queries import actor_of

Announce = Callable[[str], None]


def build_demo(
    *,
    today: date,
    customers: int = 300,
    invoices: int = 20_000,
    plan: Plan | None = None,
    code: str = DEMO_CODE,
    announce: Announce = lambda sentence: None,
) -> Organization:
    """Build the demo company as of `today`: all of it or nothing.

    It goes live today, so that everything before is history that is known from its own date on. The same day
    and size give the same company. Raises OrganizationRefused where `code` is taken. `announce` is told what is
    being done. `plan`: the business of that day, where it was thought out before; its size is then its own.
    """
    announce(_("编排三年的业务…"))
    plan = plan or plan_company(today=today, customers=customers, invoices=invoices)
    with transaction.atomic():
        organization = create_organization(code=code, name=DEMO_NAME, live_on=today)
        with tenant(organization.pk):
            create_roles()
            open_books(actor=local_operator())
            staff = _hire()
            announce(_("建立客户档案…"))
            customer_ids = enter_customers(plan.companies, _salespeople(staff), actor=staff["ar_accountant"])
            _keep_books(plan, customer_ids, staff, today, announce)
        import_receipts(organization, today=today, actor=staff["ar_accountant"])
        announce(_("登记信用额度…"))
        with tenant(organization.pk):
            give_credit(staff, today=today)
            keep_tax_invoices(organization, staff, today=today)
            object_to_invoices(staff, today=today)
            ask_seller(organization, staff, today=today)
        announce(_("客户评级…"))
        with tenant(organization.pk):
            grade_customers(staff, today=today)
        with tenant(organization.pk):
            look_for_warnings(staff, today=today)
        with tenant(organization.pk):
            set_up_sending(organization, staff["finance_manager"])
            collect_debts(staff, today=today)
        with tenant(organization.pk):
            state_accounts(staff, today=today)
        announce(_("审批规定和待办的申请…"))
        with tenant(organization.pk):
            set_up_approvals(staff, today)
        announce(_("封存审计轨迹…"))
        with tenant(organization.pk):
            seal()
    return organization


def _hire() -> dict[str, Actor]:
    """Give the nine people their accounts; returns them as actors by role."""
    # Hashing a password takes long on purpose, and all have the same one.
    password = make_password(demo_password())
    known = {
        user.email: user for user in User.objects.filter(email__in=[account.email for account in ACCOUNTS])
    }
    fresh = [
        User(name=account.name, email=account.email, password=password)
        for account in ACCOUNTS
        if account.email not in known
    ]
    known |= {user.email: user for user in User.objects.bulk_create(fresh)}
    staff = {}
    for account in ACCOUNTS:
        user = known[account.email]
        add_member(user=user, role_codes=[account.role], team=account.team)
        actor = actor_of(user)
        assert actor is not None
        staff[account.role] = actor
    return staff


def _salespeople(staff: Mapping[str, Actor]) -> list[Salesperson]:
    accounts = {account.seller: account for account in ACCOUNTS if account.seller}
    return Salesperson.objects.bulk_create(
        Salesperson(
            organization_id=current_organization_id(),
            code=seller.code,
            name=seller.name,
            team=seller.team,
            membership_id=staff[accounts[seller.code].role].membership_id
            if seller.code in accounts
            else None,
        )
        for seller in SELLERS
    )


@dataclass(frozen=True)
class _Books:
    """What was entered, by position in the plan."""

    sales: Sequence[RecordedDocument]
    credits: Mapping[int, RecordedDocument]

    def allocation(self, line: Settlement) -> NewAllocation:
        return NewAllocation(
            debit_item_id=self.sales[line.sale].item_ids[line.part],
            credit_item_id=self.credits[line.credit].item_ids[0],
            amount=line.amount,
            effective_on=line.on,
        )


def _keep_books(
    plan: Plan, customer_ids: Sequence[UUID], staff: Mapping[str, Actor], today: date, announce: Announce
) -> None:
    accountant, cashier = staff["ar_accountant"], staff["cashier"]
    finance = staff["finance_manager"]
    announce(_("登记应收单…"))
    sales = record_invoices([_invoice(plan, sale, customer_ids) for sale in plan.sales], actor=accountant)
    announce(_("登记产品、订单和发货…"))
    sell_with_lines(plan, sales, customer_ids, staff, today)
    announce(_("登记合同…"))
    sign_demo_contracts(customer_ids, actor=accountant, today=today)
    announce(_("登记收款、预收和红字…"))
    books = _Books(sales, _record_credits(plan, sales, customer_ids, accountant, cashier))
    analyse_grown_tables()
    announce(_("核销…"))
    lines = [*plan.payments.settlements, *(mistake.wrong for mistake in plan.corrections.mistakes)]
    allocate(_in_order(books, lines), actor=accountant, today=today)
    _undo_mistakes(plan, books, accountant, today)
    allocate(_in_order(books, plan.corrections.afterwards), actor=accountant, today=today)
    analyse_grown_tables()
    announce(_("坏账核销、退款，关闭以前的期间…"))
    for loss in plan.corrections.write_offs:
        _end(write_off, sales[loss.sale], loss, finance, today)
    for back in plan.corrections.refunds:
        _end(refund, books.credits[back.credit], back, cashier, today)
    announce(_("收票、背书、贴现…"))
    keep_instruments(staff=staff, today=today)
    announce(_("登记汇率，月末调汇…"))
    keep_rates(plan.rates, today=today, actor=accountant)
    revalue_months(plan.rates, today=today, actor=accountant)
    announce(_("计提坏账准备…"))
    provide_for_losses(plan, customer_ids, staff, today=today)
    announce(_("编制凭证…"))
    keep_vouchers(today=today, staff=staff)
    announce(_("导入银行对账单…"))
    keep_bank(staff=staff, today=today)
    close_history(before=add_months(today.replace(day=1), -2), actor=finance)


def _end(
    act: Callable[..., object], document: RecordedDocument, end: WriteOff | Refund, actor: Actor, today: date
) -> None:
    """Write off or refund all that is open of a document."""
    act(
        document_id=document.id,
        amount=None,
        effective_on=end.on,
        reason=end.reason,
        actor=actor,
        today=today,
    )


def _invoice(plan: Plan, sale: Sale, customer_ids: Sequence[UUID]) -> NewDocument:
    return NewDocument(
        customer_id=customer_ids[sale.company],
        document_on=sale.on,
        amount=sale.amount,
        tax=sale.tax,
        currency=plan.companies[sale.company].currency,
        rate=sale.rate,
        instalments=tuple(Instalment(part.amount, part.due_on, part.effective_due_on) for part in sale.parts),
        reference=sale.contract,
        product=sale.product,
        memo=sale.memo,
    )


def _record_credits(
    plan: Plan,
    sales: Sequence[RecordedDocument],
    customer_ids: Sequence[UUID],
    accountant: Actor,
    cashier: Actor,
) -> dict[int, RecordedDocument]:
    by_kind: dict[CreditKind, list[int]] = defaultdict(list)
    credits = plan.payments.credits
    for position in sorted(range(len(credits)), key=lambda each: credits[each].on):
        by_kind[credits[position].kind].append(position)

    def documents(kind: CreditKind) -> list[NewDocument]:
        return [_credit(plan, credits[position], sales, customer_ids) for position in by_kind[kind]]

    recorded: dict[CreditKind, list[RecordedDocument]] = {
        "credit_note": record_credit_notes(documents("credit_note"), actor=accountant),
        "advance": record_advances(documents("advance"), actor=cashier),
        "receipt": record_receipts(documents("receipt"), actor=cashier),
    }
    return {
        position: document
        for kind, positions in by_kind.items()
        for position, document in zip(positions, recorded[kind], strict=True)
    }


def _credit(
    plan: Plan, credit: Credit, sales: Sequence[RecordedDocument], customer_ids: Sequence[UUID]
) -> NewDocument:
    return NewDocument(
        customer_id=customer_ids[credit.company],
        document_on=credit.on,
        amount=credit.amount,
        tax=credit.tax,
        currency=plan.companies[credit.company].currency,
        rate=credit.rate,
        due_on=credit.on,
        reference=credit.reference if credit.for_sale is None else sales[credit.for_sale].number,
        memo=credit.memo,
    )


def _in_order(books: _Books, lines: Sequence[Settlement]) -> list[NewAllocation]:
    return [books.allocation(line) for line in sorted(lines, key=lambda line: line.on)]


def _undo_mistakes(plan: Plan, books: _Books, actor: Actor, today: date) -> None:
    """Reverse the wrong allocations, all of one day in one act."""
    by_day: dict[date, list[NewAllocation]] = defaultdict(list)
    for mistake in plan.corrections.mistakes:
        by_day[mistake.undone_on].append(books.allocation(mistake.wrong))
    for undone_on, wrong in sorted(by_day.items()):
        pairs = {(line.debit_item_id, line.credit_item_id) for line in wrong}
        candidates = Allocation.objects.filter(
            debit_item_id__in=[debit for debit, _credit in pairs], reverses=None
        )
        reverse_allocations(
            [
                key
                for key, debit, credit in candidates.values_list("pk", "debit_item_id", "credit_item_id")
                if (debit, credit) in pairs
            ],
            effective_on=undone_on,
            actor=actor,
            today=today,
            reason=_("核销到了错误的应收单"),
        )
