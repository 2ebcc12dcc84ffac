"""What the demo company wants agreed to, and the requests of its last days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from huikuan.approvals.duties import DUTIES
from huikuan.approvals.models import Request
from huikuan.approvals.operations import NewBand, change_settings, decide, save_policy
from huikuan.ledger.models import Document, Kind, OpenItem, Period, Side
from huikuan.ledger.requests import ask_refund, ask_reopen_period, ask_write_off
from huikuan.organizations.actors import Actor, local_operator
from huikuan.organizations.models import Role

# Kind → (from how much on, the roles that agree, in order).
POLICIES: dict[str, tuple[tuple[int, tuple[str, ...]], ...]] = {
    "write_off": (
        (0, ("credit_controller",)),
        (20_000, ("credit_controller", "finance_manager")),
        (200_000, ("credit_controller", "finance_manager", "executive")),
    ),
    "refund": ((0, ("finance_manager",)), (100_000, ("finance_manager", "executive"))),
    "void": ((0, ("finance_manager",)),),
    "reopen_period": ((0, ("executive",)),),
    "credit_limit": ((0, ("finance_manager",)), (500_000, ("finance_manager", "executive"))),
}
REMIND_AFTER_DAYS = 2


def set_up_approvals(staff: Mapping[str, Actor], today: date) -> None:
    """Policies, separated duties and reminders; then requests that wait, one that is done, one that came back."""
    roles = {role.code: role.pk for role in Role.objects.all()}
    for kind, bands in POLICIES.items():
        save_policy(
            kind=kind,
            bands=[NewBand(Decimal(floor), tuple(roles[code] for code in codes)) for floor, codes in bands],
            actor=local_operator(),
        )
    change_settings(duties=list(DUTIES), remind_after_days=REMIND_AFTER_DAYS, actor=local_operator())
    _write_offs(staff, today)
    _refund(staff, today)
    _reopening(staff, today)


def _write_offs(staff: Mapping[str, Actor], today: date) -> None:
    """Old debts are proposed: some wait, at the first step and at the second, one is given up, one was sent back."""
    credit, accountant = staff["credit_controller"], staff["ar_accountant"]
    proposals = [
        *zip(_oldest(below=20_000, count=3), SMALL, strict=False),
        *zip(_oldest(below=200_000, above=30_000, count=1), LARGE, strict=False),
    ]
    for document, (reason, verdict, comment) in proposals:
        asked = ask_write_off(document, amount=None, on=today, reason=reason, actor=accountant, today=today)
        if asked.request is not None and verdict is not None:
            decide(asked.request.pk, approve=verdict, comment=comment, actor=credit, today=today)


# Reason, what the credit controller decided (None: nothing yet), and with which words.
SMALL: tuple[tuple[str, bool | None, str], ...] = (
    ("客户已注销，清算组确认无财产可供分配", True, "注销证明已核对"),
    ("多次催收无回复", False, "请补充律师函和签收记录，仅凭催收无回复不足以核销"),
    ("尾款争议三年，双方同意放弃", None, ""),
)
LARGE: tuple[tuple[str, bool | None, str], ...] = (
    ("法院裁定终结本次执行程序，附执行裁定书", True, "已查被执行人财产，同意"),
)


def _oldest(*, below: int, count: int, above: int = 0) -> list[Document]:
    """Invoices in base currency with the earliest due dates, of one instalment, whole between the bounds."""
    items = (
        OpenItem.objects.filter(
            side=Side.DEBIT,
            document__kind=Kind.INVOICE,
            currency="CNY",
            line=1,
            open_base__gt=above,
            open_base__lt=below,
        )
        .exclude(document__in=OpenItem.objects.filter(line=2).values("document_id"))
        .exclude(document__in=Request.objects.values("record_id"))
        .select_related("document__customer")
        .order_by("effective_due_on", "document__number")
    )
    return [item.document for item in items[:count]]


def _refund(staff: Mapping[str, Actor], today: date) -> None:
    """A receipt that was paid twice shall go back; the finance manager is asked."""
    item = (
        OpenItem.objects.filter(side=Side.CREDIT, document__kind=Kind.RECEIPT, currency="CNY")
        .filter(open_base__gt=1_000, open_base__lt=100_000)
        .select_related("document__customer")
        .order_by("document__number")
        .first()
    )
    if item is not None:
        ask_refund(
            item.document,
            amount=None,
            on=today,
            reason="客户重复付款，来函要求退回原账户",
            actor=staff["cashier"],
            today=today,
        )


def _reopening(staff: Mapping[str, Actor], today: date) -> None:
    """The last closed month shall be opened again."""
    last = Period.objects.filter(closed_at__isnull=False).order_by("-month").first()
    if last is not None:
        ask_reopen_period(last, reason="审计调整：补记一笔红字", actor=staff["finance_manager"], today=today)
