"""What a document says, checked and laid out as the rows that are staged for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from uuid_utils import uuid7 as server_uuid7
from uuid_utils.compat import uuid7

from huikuan.core.errors import HuikuanError
from huikuan.core.lengths import first_too_long, lengths_of, too_long
from huikuan.core.money import convert, currency_exponent, is_currency
from huikuan.ledger.models import Document

ZERO = Decimal(0)
ONE = Decimal(1)
RATE_UNIT = Decimal("0.00000001")  # as it is stored, so that it converts again to the same amount
LEGS_FROM = 20_000  # legs stand behind the lines of the posting rule
LENGTHS = lengths_of(Document, "number", "reference", "product", "memo")


class DocumentRefused(HuikuanError):
    """A document cannot be recorded as given; none of its set was."""

    code = "document_refused"


@dataclass(frozen=True, slots=True)
class Instalment:
    """One part of a document with its own due date (`effective_due_on`: rolled over rest days).

    `account`: the purpose of the account it is carried on, where that is not the one of the posting rule, as
    for a retention among the contract assets.
    """

    amount: Decimal
    due_on: date | None
    effective_due_on: date | None = None
    account: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """What stands against the items of a document, in base currency: `debit` less credit.

    `account`: the purpose of an account, or the account itself where no purpose tells it from others (a bank's).
    """

    account: str | UUID
    debit: Decimal


@dataclass(frozen=True, slots=True)
class NewDocument:
    """What a document says. Amounts are positive, in `currency`; net + tax = amount.

    `rate` is base currency per unit of `currency`, needed where they differ. Without `instalments` the whole
    amount is due on `due_on`. Without `number` the next one of its type and month is given. `legs` complete the
    entry where the posting rule says of the items only; with them they balance.
    """

    customer_id: UUID
    document_on: date
    amount: Decimal
    net: Decimal | None = None
    tax: Decimal = ZERO
    number: str = ""
    currency: str = ""
    rate: Decimal | None = None
    due_on: date | None = None
    effective_due_on: date | None = None
    instalments: tuple[Instalment, ...] = ()
    legs: tuple[Leg, ...] = ()
    salesperson_id: UUID | None = None
    reference: str = ""
    product: str = ""
    memo: str = ""


DOCUMENT_COLUMNS = (
    ("id", "uuid"),
    ("item_id", "uuid"),
    ("entry_id", "uuid"),
    ("event_id", "uuid"),
    ("number", "text"),
    ("customer_id", "uuid"),
    ("salesperson_id", "uuid"),
    ("document_on", "date"),
    ("currency", "text"),
    ("rate", "numeric"),
    ("amount", "numeric"),
    ("net", "numeric"),
    ("tax", "numeric"),
    ("base_amount", "numeric"),
    ("base_tax", "numeric"),
    ("reference", "text"),
    ("product", "text"),
    ("memo", "text"),
    ("due_on", "date"),
    ("effective_due_on", "date"),
    ("items", "jsonb"),
)
ITEM_COLUMNS = (
    ("id", "uuid"),
    ("document_id", "uuid"),
    ("line", "smallint"),
    ("due_on", "date"),
    ("effective_due_on", "date"),
    ("amount", "numeric"),
    ("base_amount", "numeric"),
    ("account_id", "uuid"),
)
LEG_COLUMNS = (("entry_id", "uuid"), ("position", "smallint"), ("account_id", "uuid"), ("debit", "numeric"))


def document_rows(
    document: NewDocument,
    number: str,
    base_currency: str,
    salespeople: dict[UUID, UUID | None],
    accounts: Mapping[str, UUID],
) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
    """The staged head of one document, and its items where it has instalments; or DocumentRefused."""
    _require_short(document, number)
    currency = document.currency or base_currency
    unit = _unit(currency)
    amount, tax = document.amount, document.tax
    net = amount - tax if document.net is None else document.net
    if not (amount.same_quantum(unit) and net.same_quantum(unit) and tax.same_quantum(unit)):
        for value in (amount, net, tax):
            _require_exact(value, unit, number, currency)
    if amount < 0:
        raise DocumentRefused(_("单据 %s 的金额为负；负数应登记为红字。") % number)
    if net + tax != amount:
        raise DocumentRefused(_("单据 %s 的不含税金额加税额不等于价税合计。") % number)
    if currency == base_currency:
        rate, base_amount, base_tax = ONE, amount, tax
    else:
        rate = document.rate or ZERO
        rate = rate.quantize(RATE_UNIT) if rate.is_finite() else ZERO
        if rate <= 0:
            raise DocumentRefused(
                _("单据 %(number)s 是外币 %(currency)s，需要汇率。")
                % {"number": number, "currency": currency},
                code="rate_missing",
            )
        base_amount, base_tax = convert(amount, rate, base_currency), convert(tax, rate, base_currency)
    document_id = uuid7()
    items: list[tuple[Any, ...]] = []
    item_id = due_on = effective_due_on = None
    if document.instalments:
        items = _instalment_rows(document, number, document_id, rate, base_amount, base_currency, accounts)
        content = ",".join(
            [_item_content(due, rolled, part, account) for *_, due, rolled, part, _base, account in items]
        )
    else:
        item_id, due_on = uuid7(), document.due_on
        effective_due_on = document.effective_due_on or due_on
        content = _item_content(due_on, effective_due_on, amount)
    head = (
        document_id,
        item_id,
        server_uuid7().hex,  # of entry and event, which only the server sees: no UUID object of Python's
        server_uuid7().hex,
        number,
        document.customer_id,
        document.salesperson_id or salespeople[document.customer_id],
        document.document_on,
        currency,
        rate,
        amount,
        net,
        tax,
        base_amount,
        base_tax,
        document.reference,
        document.product,
        document.memo,
        due_on,
        effective_due_on,
        f"[{content}]",
    )
    return head, items


def _require_short(document: NewDocument, number: str) -> None:
    if (
        len(number) <= LENGTHS["number"]
        and len(document.reference) <= LENGTHS["reference"]
        and len(document.product) <= LENGTHS["product"]
        and len(document.memo) <= LENGTHS["memo"]
    ):
        return
    values = {
        "number": number,
        "reference": document.reference,
        "product": document.product,
        "memo": document.memo,
    }
    labels = {"number": _("单据号"), "reference": _("参考号"), "product": _("产品"), "memo": _("摘要")}
    name = first_too_long(values, LENGTHS) or ""
    message = too_long(_("单据 %s") % number[:64], labels[name], LENGTHS[name])
    raise DocumentRefused(message, code="text_too_long")


def _item_content(
    due_on: date | None, effective_due_on: date | None, amount: Decimal, account_id: UUID | None = None
) -> str:
    """An item in the trail: `[amount, due_on, effective_due_on]`, and the account where it is not the rule's."""
    account = f',"{account_id}"' if account_id else ""
    return f"[{amount!s},{_day_content(due_on)},{_day_content(effective_due_on)}{account}]"


@lru_cache(maxsize=4096)
def _day_content(on: date | None) -> str:
    return f'"{on}"' if on else "null"


def _instalment_rows(
    document: NewDocument,
    number: str,
    document_id: UUID,
    rate: Decimal,
    base_amount: Decimal,
    base_currency: str,
    accounts: Mapping[str, UUID],
) -> list[tuple[Any, ...]]:
    if sum(part.amount for part in document.instalments) != document.amount:
        raise DocumentRefused(_("单据 %s 的各期金额之和不等于总额。") % number)
    unit = _unit(document.currency or base_currency)
    rows = []
    reached, base_before = ZERO, ZERO
    for line, part in enumerate(document.instalments, start=1):
        _require_exact(part.amount, unit, number, document.currency or base_currency)
        reached += part.amount
        last = line == len(document.instalments)
        base = base_amount if last else convert(reached, rate, base_currency)
        effective = part.effective_due_on or part.due_on
        account_id = accounts[part.account] if part.account else None
        rows.append(
            (uuid7(), document_id, line, part.due_on, effective, part.amount, base - base_before, account_id)
        )
        base_before = base
    return rows


def leg_rows(
    document: NewDocument, entry_id: str, accounts: Mapping[str, UUID]
) -> Iterator[tuple[str, int, UUID, Decimal]]:
    """The staged legs of one document; legs of nothing are left out."""
    legs = [leg for leg in document.legs if leg.debit]
    for position, leg in enumerate(legs, start=1):
        account_id = accounts[leg.account] if isinstance(leg.account, str) else leg.account
        yield entry_id, LEGS_FROM + position, account_id, leg.debit


@cache
def _unit(currency: str) -> Decimal:
    if not is_currency(currency):
        raise DocumentRefused(_("不认识的币种：%s") % currency, code="unknown_currency")
    return Decimal(1).scaleb(-currency_exponent(currency))


def _require_exact(amount: Decimal, unit: Decimal, number: str, currency: str) -> None:
    if amount.same_quantum(unit):
        return
    if not amount.is_finite():
        raise DocumentRefused(_("单据 %s 的金额不是数字。") % number)
    if amount != amount.quantize(unit):
        raise DocumentRefused(
            _("单据 %(number)s 的金额 %(amount)s 超出 %(currency)s 的小数位数。")
            % {"number": number, "amount": amount, "currency": currency},
            code="amount_precision",
        )
