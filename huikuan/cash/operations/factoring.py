"""保理: receivables are handed to a factor, sold without recourse or lent against with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from huikuan.audit.operations import OpenAct, Told, act, record_events
from huikuan.cash.errors import SettlingRefused
from huikuan.cash.models import FactoredItem, Factoring, FactoringPayment
from huikuan.cash.operations.bill_events import entry_of
from huikuan.cash.operations.offsets import require_day, require_positive
from huikuan.cash.operations.spreading import Credit, base_currency, settle
from huikuan.cash.rules import share
from huikuan.core.money import split
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.ledger.models import OpenItem
from huikuan.ledger.operations import Leg, NewDocument, accounts_by_purpose, post_entries
from huikuan.ledger.operations.documents import FACTORED, post_documents
from huikuan.organizations.actors import Actor

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class NewFactoring:
    """Items handed to a factor with all that is open of them; `proceeds` came in.

    What is missing of the amount is `allowance` already made for it (only without recourse) and cost.
    """

    contract: str
    factor: str
    with_recourse: bool
    on: date
    item_ids: tuple[UUID, ...]
    proceeds: Decimal
    allowance: Decimal = ZERO
    memo: str = ""


def factor_receivables(new: NewFactoring, *, actor: Actor, today: date) -> Factoring:
    """保理转让. Without recourse, the items are settled: D 银行存款, 坏账准备, 投资收益 | C 应收账款.

    With it, they stay, and a loan stands against them: D 银行存款, 利息调整 | C 短期借款.
    """
    actor.require("settlement.write")
    _require_sound(new, today)
    with act("factor_receivables", actor=actor) as opened:
        items = _items(new)
        amounts = [item.open_amount for item in items]
        total = sum(amounts, ZERO)
        cost = total - new.proceeds - new.allowance
        if cost < 0:
            raise SettlingRefused(
                _("保理所得加准备超过应收金额 %s。") % f"{total:.2f}", code="beyond_balance"
            )
        currency = base_currency()
        costs = split(cost, amounts, currency)
        head = _head(new, total, cost, opened)
        documents: dict[UUID, UUID] = {}
        if new.with_recourse:
            head.entry_id = _loan(new, total, cost, opened)
        else:
            documents = _sold(new, items, costs, split(new.allowance, amounts, currency), today, opened)
        head.save(force_insert=True)
        FactoredItem.objects.bulk_create(
            FactoredItem(
                organization_id=current_organization_id(),
                factoring_id=head.pk,
                item_id=item.pk,
                amount=item.open_amount,
                cost=part,
                document_id=documents.get(item.customer_id),
            )
            for item, part in zip(items, costs, strict=True)
        )
        record_events(
            [Told("recorded", "factoring_contract", head.pk, head.contract, _content(head, items))],
            opened=opened,
        )
    return head


def settle_factored(
    *,
    factored_item_id: UUID,
    by_customer: bool,
    on: date,
    amount: Decimal | None = None,
    actor: Actor,
    today: date,
) -> FactoringPayment:
    """The loan against a factored item ends, or `amount` of it.

    `by_customer`: the customer paid the factor, which settles the item: D 短期借款 | C 应收账款. Else we paid it back,
    and the item stays: D 短期借款 | C 银行存款. Its share of the interest becomes expense: D 财务费用 | C 利息调整.
    """
    actor.require("settlement.write")
    require_day(on, today)
    with act("settle_factored", actor=actor) as opened:
        line, left, cost_left = _locked(factored_item_id)
        wanted = left if amount is None else amount
        if not wanted.is_finite() or not 0 < wanted <= left:
            raise SettlingRefused(
                _("这笔保理还有 %(left)s 未了结，不能处理 %(amount)s。")
                % {"left": f"{left:.2f}", "amount": wanted},
                code="beyond_balance",
            )
        if on < line.factoring.factored_on:
            raise SettlingRefused(
                _("日期不能早于保理日期 %s。") % line.factoring.factored_on, code="before_document"
            )
        cost = share(cost_left, wanted, left, base_currency())
        payment = FactoringPayment(
            organization_id=current_organization_id(),
            act_id=opened.id,
            factored_item_id=line.pk,
            by_customer=by_customer,
            paid_on=on,
            amount=wanted,
            cost=cost,
        )
        _end_loan(payment, line, today, opened)
        payment.save(force_insert=True)
        content = {
            "amount": f"{wanted:.2f}",
            "cost": f"{cost:.2f}",
            "on": on.isoformat(),
            "by_customer": by_customer,
        }
        record_events(
            [Told("settled", "factoring_contract", line.factoring_id, line.factoring.contract, content)],
            opened=opened,
        )
    return payment


def _end_loan(payment: FactoringPayment, line: FactoredItem, today: date, opened: OpenAct) -> None:
    accounts = accounts_by_purpose({"short_term_loans", "loan_discount", "financial_expense", "bank"})
    memo, entries = line.factoring.contract, []
    if payment.by_customer:
        item = OpenItem.objects.get(pk=line.item_id)
        [document] = post_documents(
            [
                NewDocument(
                    customer_id=item.customer_id,
                    document_on=payment.paid_on,
                    amount=payment.amount,
                    due_on=payment.paid_on,
                    legs=(Leg("short_term_loans", payment.amount),),
                    reference=memo,
                    memo=_("客户已付保理商 %s") % line.factoring.factor,
                )
            ],
            posting=FACTORED,
            opened=opened,
        )
        payment.document_id = document.id
        settle(
            [
                Credit(
                    document.item_ids[0],
                    item.customer_id,
                    payment.amount,
                    payment.paid_on,
                    (item.pk,),
                    in_full=True,
                )
            ],
            today=today,
            opened=opened,
        )
    else:
        entries.append(
            entry_of(
                accounts,
                "factoring_repaid",
                payment.paid_on,
                memo,
                short_term_loans=payment.amount,
                bank=-payment.amount,
            )
        )
    if payment.cost:
        entries.append(
            entry_of(
                accounts,
                "loan_interest",
                payment.paid_on,
                memo,
                financial_expense=payment.cost,
                loan_discount=-payment.cost,
            )
        )
    posted = post_entries(entries, opened=opened)
    if posted and not payment.by_customer:
        payment.entry_id = posted[0]


def _require_sound(new: NewFactoring, today: date) -> None:
    require_day(new.on, today)
    require_positive(new.proceeds)
    if not new.contract.strip() or not new.factor.strip():
        raise SettlingRefused(_("请写明保理合同号和保理商。"), code="contract_missing")
    if not new.allowance.is_finite() or new.allowance < 0 or (new.allowance and new.with_recourse):
        raise SettlingRefused(_("有追索权的保理不转销坏账准备。"), code="allowance")
    if not new.item_ids:
        raise SettlingRefused(_("请选择要转让的应收。"), code="nothing_to_settle")


def _items(new: NewFactoring) -> list[OpenItem]:
    """The items, locked in key order; each open, a receivable in base currency, and with no factor already."""
    ids = set(new.item_ids)
    found = list(
        OpenItem.objects.filter(
            pk__in=ids, side=1, open_amount__gt=0, currency=base_currency(), account__purpose="receivable"
        )
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    if len(found) != len(ids):
        raise SettlingRefused(_("只能转让未核销的本位币应收。"), code="unknown_item")
    if any(item.document_on > new.on for item in found):
        raise SettlingRefused(_("保理日期不能早于单据日期。"), code="before_document")
    paid = dict(
        FactoringPayment.objects.filter(factored_item__item_id__in=ids)
        .values_list("factored_item_id")
        .annotate(total=Sum("amount"))
        .values_list("factored_item_id", "total")
    )
    running = FactoredItem.objects.filter(item_id__in=ids, factoring__with_recourse=True)
    if any(paid.get(line.pk, ZERO) < line.amount for line in running):
        raise SettlingRefused(_("这笔应收已经转让给保理商。"), code="already_factored")
    return found


def _locked(factored_item_id: UUID) -> tuple[FactoredItem, Decimal, Decimal]:
    """A factored item with what is left of its loan and of its interest; its factoring is locked."""
    line = FactoredItem.objects.filter(pk=factored_item_id, factoring__with_recourse=True).first()
    if line is None:
        raise SettlingRefused(_("有追索权的保理不存在，或不属于本组织。"), code="unknown_item")
    line.factoring = Factoring.objects.select_for_update(no_key=True).get(pk=line.factoring_id)
    sums = FactoringPayment.objects.filter(factored_item=line).aggregate(
        amount=Sum("amount", default=ZERO), cost=Sum("cost", default=ZERO)
    )
    return line, line.amount - sums["amount"], line.cost - sums["cost"]


def _head(new: NewFactoring, total: Decimal, cost: Decimal, opened: OpenAct) -> Factoring:
    return Factoring(
        id=uuid7(),
        organization_id=current_organization_id(),
        act_id=opened.id,
        contract=new.contract.strip()[:100],
        factor=new.factor.strip()[:200],
        with_recourse=new.with_recourse,
        factored_on=new.on,
        amount=total,
        proceeds=new.proceeds,
        allowance=new.allowance,
        cost=cost,
        memo=new.memo.strip()[:1000],
    )


def _loan(new: NewFactoring, total: Decimal, cost: Decimal, opened: OpenAct) -> UUID:
    accounts = accounts_by_purpose({"bank", "loan_discount", "short_term_loans"})
    entry = entry_of(
        accounts,
        "factored_loan",
        new.on,
        new.contract,
        bank=new.proceeds,
        loan_discount=cost,
        short_term_loans=-total,
    )
    return post_entries([entry], opened=opened)[0]


def _sold(
    new: NewFactoring,
    items: Sequence[OpenItem],
    costs: Sequence[Decimal],
    allowances: Sequence[Decimal],
    today: date,
    opened: OpenAct,
) -> dict[UUID, UUID]:
    """One document per customer that takes its items off the books; customer → document."""
    by_customer: dict[UUID, list[int]] = defaultdict(list)
    for place, item in enumerate(items):
        by_customer[item.customer_id].append(place)
    documents = []
    for customer_id, places in by_customer.items():
        amount = sum((items[place].open_amount for place in places), ZERO)
        cost = sum((costs[place] for place in places), ZERO)
        allowance = sum((allowances[place] for place in places), ZERO)
        legs = (
            Leg("bank", amount - cost - allowance),
            Leg("allowance", allowance),
            Leg("investment_income", cost),
        )
        documents.append(
            NewDocument(
                customer_id=customer_id,
                document_on=new.on,
                amount=amount,
                due_on=new.on,
                legs=tuple(leg for leg in legs if leg.debit),
                reference=new.contract.strip(),
                memo=_("无追索权保理：%s") % new.factor.strip(),
            )
        )
    made = post_documents(documents, posting=FACTORED, opened=opened)
    settle(
        [
            Credit(
                document.item_ids[0],
                customer_id,
                described.amount,
                new.on,
                tuple(items[place].pk for place in places),
                in_full=True,
            )
            for document, described, (customer_id, places) in zip(
                made, documents, by_customer.items(), strict=True
            )
        ],
        today=today,
        opened=opened,
    )
    return {key: document.id for key, document in zip(by_customer, made, strict=True)}


def _content(head: Factoring, items: Sequence[OpenItem]) -> dict[str, object]:
    return {
        "factor": head.factor,
        "with_recourse": head.with_recourse,
        "on": head.factored_on.isoformat(),
        "amount": f"{head.amount:.2f}",
        "proceeds": f"{head.proceeds:.2f}",
        "allowance": f"{head.allowance:.2f}",
        "cost": f"{head.cost:.2f}",
        "items": [str(item.pk) for item in items],
    }
