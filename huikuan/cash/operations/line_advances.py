"""Money of a line taken as an advance on an order or a contract, through the account of the bank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from huikuan.audit.operations import OpenAct
from huikuan.cash.errors import LineRefused
from huikuan.cash.operations.contract_advances import advance_document
from huikuan.cash.operations.spreading import base_currency
from huikuan.core.money import gross_to_net, quantize
from huikuan.ledger.operations import Leg, NewDocument
from huikuan.ledger.operations.documents import ACCOUNT_ADVANCE, RecordedDocument, post_documents
from huikuan.sales.contracts import Contract, ContractState
from huikuan.sales.models import Order, OrderState


@dataclass(frozen=True, slots=True)
class LineAdvance:
    """So much of a line's money for the order or contract `number`; `account_id`: of the bank, in the chart."""

    customer_id: UUID
    number: str
    amount: Decimal
    currency: str
    on: date
    account_id: UUID
    memo: str = ""


def post_line_advances(advances: Sequence[LineAdvance], *, opened: OpenAct) -> list[RecordedDocument]:
    """预收款. D the bank account | C 合同负债, 待转销项税额, at the rate of the contract or the taxes of the order.

    Raises LineRefused where the customer has no such order or contract in force.
    """
    if not advances:
        return []
    base = base_currency()
    numbers = {new.number for new in advances}
    contracts = {
        (row.customer_id, row.number): row
        for row in Contract.objects.filter(number__in=numbers, state=ContractState.ACTIVE)
    }
    orders = {
        (row.customer_id, row.number): row
        for row in Order.objects.filter(number__in=numbers, state=OrderState.OPEN)
    }
    made: list[NewDocument] = []
    for new in advances:
        key = (new.customer_id, new.number)
        net = _net(new, contracts.get(key), orders.get(key), base)
        legs = (Leg(new.account_id, new.amount),)
        document = advance_document(
            new.customer_id, net, new.amount - net, new.on, new.number, new.memo, legs=legs
        )
        made.append(document)
    return post_documents(made, posting=ACCOUNT_ADVANCE, opened=opened)


def _net(new: LineAdvance, contract: Contract | None, order: Order | None, base: str) -> Decimal:
    agreed = contract or order
    if agreed is None:
        raise LineRefused(_("这个客户没有执行中的订单或合同 %s。") % new.number, code="unknown_agreement")
    if base not in (new.currency,) or agreed.currency != base:
        raise LineRefused(_("只有本位币的款项可以登记为订单或合同的预收。"), code="foreign_line")
    if contract is not None:
        return gross_to_net(new.amount, contract.tax_rate, base)[0]
    assert order is not None
    return quantize(new.amount * order.net / order.amount, base) if order.amount else new.amount
