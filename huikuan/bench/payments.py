"""A month of bank lines whose truth is known: who paid, and how much of which item each of them settles.

The shares are of the trade, not of the matching: half of the payers write the number, many a damaged one, a third
none; one payment in twenty is less a fee; some pay twice; some money is nobody's.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from huikuan.bench.payers import Buyer, buyers, misspelled, spelled
from huikuan.cash.matching.facts import Item

FIRST, DAYS = date(2026, 6, 1), 28
FEES = (500, 1000, 1050, 1500, 2000, 2500, 5000)
STRANGERS = ("上海汇付信息服务有限公司", "深圳前海供应链管理有限公司", "浙江代收代付服务中心")


@dataclass(slots=True)
class Payment:
    """A bank line and what it is in truth. `settles`: items with amounts; none: nothing of ours is settled.

    `shape`, `payer` and `reference` say how it was made.
    """

    id: UUID
    amount: int
    on: date
    name: str
    account: str
    text: str
    kind: str = "transfer"
    customer: UUID | None = None
    settles: dict[UUID, int] = field(default_factory=dict)
    shape: str = ""
    payer: str = ""
    reference: str = ""


@dataclass(slots=True)
class Town:
    """Customers, what they owe, and what came in."""

    buyers: list[Buyer]
    items: list[Item]
    payments: list[Payment]


def town(*, customers: int, items: int, lines: int, seed: int = 20260601) -> Town:
    """The same town every time for the same sizes and seed."""
    rng = random.Random(seed)
    people = buyers(rng, customers)
    owed = _items(rng, people, items)
    return Town(people, owed, _Month(rng, people, owed).payments(lines))


def _items(rng: random.Random, people: list[Buyer], count: int) -> list[Item]:
    sizes = [rng.choice((6, 9, 12, 16, 20, 24, 28, 32, 40)) if rng.random() < 0.96 else 90 for _ in people]
    scale = count / sum(sizes)
    found: list[Item] = []
    for buyer, size in zip(people, sizes, strict=True):
        wanted = max(1, round(size * scale))
        monthly = rng.randrange(5, 80) * 100_000
        for place in range(min(wanted, count - len(found))):
            found.append(_item(rng, buyer, len(found), place, monthly))
    while len(found) < count:
        found.append(_item(rng, rng.choice(people), len(found), 0, 0))
    for place in range(0, count, 60):
        bought = found[place]
        found.append(_credit(bought, len(found), rng.randrange(1_000, max(2_000, bought.amount // 5))))
    return found


def _item(rng: random.Random, buyer: Buyer, number: int, place: int, monthly: int) -> Item:
    issued = date(2025, 9, 1) + timedelta(days=rng.randrange(260))
    kind = rng.random()
    if buyer.instalments and monthly:
        amount, issued = monthly, date(2025, 6 + place % 7, 1) if place < 7 else date(2026, 1 + place % 5, 1)
    elif kind < 0.15:
        amount = rng.randrange(5, 900) * 10_000
    elif kind < 0.20:
        amount = rng.choice((113_000, 226_000, 565_000, 1_130_000))
    else:
        amount = rng.randrange(20_000, 12_000_000)
    return Item(
        id=UUID(f"01000000-0000-7000-8000-{number:012x}"),
        document_id=UUID(f"d0000000-0000-7000-8000-{number:012x}"),
        number=f"YS{issued:%Y%m}{number:06d}",
        customer_id=buyer.id,
        amount=amount,
        gross=amount,
        net=round(amount / 1.13),
        currency="CNY",
        document_on=issued,
        due_on=issued + timedelta(days=30 * rng.randrange(1, 4)),
        also=(("reference", f"PO-{number * 7919 % 10**7:07d}"),),
    )


def _credit(item: Item, number: int, amount: int) -> Item:
    return Item(
        id=UUID(f"01000000-0000-7000-8000-{number:012x}"),
        document_id=UUID(f"d0000000-0000-7000-8000-{number:012x}"),
        number=f"HZ{item.document_on:%Y%m}{number:06d}",
        customer_id=item.customer_id,
        amount=amount,
        gross=amount,
        net=amount,
        currency="CNY",
        document_on=item.document_on,
        due_on=item.document_on,
        side=-1,
        kind="credit_note",
    )


SHAPES = (
    ("one", 50),
    ("many", 17),
    ("month", 5),
    ("fee", 6),
    ("discount", 3),
    ("over", 4),
    ("part", 3),
    ("together", 3),
    ("credit", 2),
    ("twice", 2),
    ("unrelated", 5),
)
PAYERS = (("own", 66), ("spelled", 10), ("agent", 7), ("group", 6), ("cut", 3), ("typo", 5), ("stranger", 3))
REFERENCES = (("whole", 46), ("tail", 10), ("squeezed", 6), ("damaged", 6), ("none", 32))
UNRELATED = (
    ("结息", "", "interest"),
    ("账户服务费退回手续费", "", "fee"),
    ("留抵退税", "国家金库宁波市中心支库", "transfer"),
    ("供应商退款", "浙江大宗供应有限公司", "transfer"),
    ("投标保证金退还", "某市公共资源交易中心", "transfer"),
    ("往来款", "浙江大宗供应有限公司", "transfer"),
)


def _drawn(rng: random.Random, shares: tuple[tuple[str, int], ...]) -> str:
    return rng.choices([name for name, _share in shares], [share for _name, share in shares])[0]


class _Month:
    """Draws payments until there are enough; an item is paid once."""

    def __init__(self, rng: random.Random, people: list[Buyer], items: list[Item]) -> None:
        self.rng = rng
        self.people = people
        self.by_id = {buyer.id: buyer for buyer in people}
        self.members: dict[UUID, list[Buyer]] = defaultdict(list)
        for buyer in people:
            self.members[buyer.parent or buyer.id].append(buyer)
        self.open: dict[UUID, list[Item]] = defaultdict(list)
        self.credits: dict[UUID, list[Item]] = defaultdict(list)
        for item in sorted(items, key=lambda each: (each.due_on or date.max, each.number)):
            (self.open if item.side > 0 else self.credits)[item.customer_id].append(item)
        self.made: list[Payment] = []
        self.last: dict[UUID, date] = {}

    def payments(self, count: int) -> list[Payment]:
        while len(self.made) < count:
            shape = _drawn(self.rng, SHAPES)
            if shape == "unrelated":
                self._unrelated()
                continue
            buyer = self.rng.choice(self.people)
            if self.open[buyer.id]:
                self._pay(buyer, shape)
        del self.made[count:]
        self.made.sort(key=lambda each: each.on)
        return self.made

    def _unrelated(self) -> None:
        text, name, kind = self.rng.choice(UNRELATED)
        self._add(self.rng.randrange(100, 9_000_000), name, "", text, "unrelated", kind=kind)

    def _pay(self, buyer: Buyer, shape: str) -> None:
        chosen = self._chosen(buyer, shape)
        due = sum(item.amount for item in chosen)
        settles = {item.id: item.amount for item in chosen}
        amount = due
        if shape == "fee":
            fee = self.rng.choice(FEES)
            if fee * 40 > due:
                shape = "one"
            else:
                amount = due - fee
        elif shape == "discount" and not buyer.discount and self.rng.random() < 0.7:
            shape = "one"
        elif shape == "discount":
            amount = due - (sum(item.net for item in chosen) * 2 + 50) // 100
        elif shape == "over":
            amount = due + self.rng.randrange(2_000, max(4_000, due // 3))
        elif shape == "part":
            amount = max(1, due * self.rng.randrange(30, 90) // 100)
            settles = {chosen[0].id: amount}
        elif shape == "credit":
            credit = self.credits[buyer.id][:1]
            if credit and credit[0].amount < due:
                amount = due - credit[0].amount
                self.credits[buyer.id].pop(0)
            else:
                shape = "one"
        for item in chosen:
            self.open[buyer.id].remove(item)
        payer, name, account = self._payer(buyer)
        reference = _drawn(self.rng, REFERENCES)
        if payer == "stranger" or shape == "part":
            reference = "whole"
        text = self._text(reference, chosen)
        said: dict[str, Any] = {"customer": buyer.id, "payer": payer, "reference": reference}
        if shape == "together" and due > 1_000:
            first = due * self.rng.randrange(20, 80) // 100
            text = self._text("whole", chosen)
            self._add(first, name, account, text, shape, settles={chosen[0].id: first}, **said)
            last = self._add(
                due - first, name, account, text, shape, settles={chosen[0].id: due - first}, **said
            )
            last.on = min(last.on, self.made[-2].on) + timedelta(days=1)
            return
        self._add(amount, name, account, text, shape, settles=settles, **said)
        if shape == "twice":
            again = self._add(amount, name, account, text, "again", **said)
            again.on = self.made[-2].on + timedelta(days=self.rng.randrange(2))

    def _chosen(self, buyer: Buyer, shape: str) -> list[Item]:
        owed = self.open[buyer.id]
        if shape == "many":
            count = self.rng.choice((2, 2, 2, 3, 3, 4, 5, 8))
            return owed[:count] if self.rng.random() < 0.5 else self.rng.sample(owed, min(count, len(owed)))
        if shape == "month":
            month = self.rng.choice(owed).document_on.replace(day=1)
            return [item for item in owed if item.document_on.replace(day=1) == month]
        if buyer.instalments or self.rng.random() < 0.4:
            return owed[:1]
        return [self.rng.choice(owed)]

    def _payer(self, buyer: Buyer) -> tuple[str, str, str]:
        way = _drawn(self.rng, PAYERS)
        account = buyer.account if self.rng.random() < 0.8 else ""
        if way == "agent" and buyer.agent:
            return way, *buyer.agent
        family = [each for each in self.members[buyer.parent or buyer.id] if each is not buyer]
        if way == "group" and family:
            return way, family[0].name, family[0].account
        if way == "spelled":
            return way, spelled(self.rng, buyer.former or buyer.name), account
        if way == "cut" and len(buyer.name) > 9:
            return way, buyer.name[: len(buyer.name) - 2], account
        if way == "typo":
            return way, misspelled(self.rng, buyer.name), account
        if way == "stranger":
            return way, self.rng.choice(STRANGERS), f"99{self.rng.randrange(10**12):012d}"
        return "own", buyer.name, account

    def _text(self, reference: str, chosen: list[Item]) -> str:
        numbers = [item.number for item in chosen]
        if reference == "none":
            return self.rng.choice(
                ("货款", "", "支付货款", "往来", "转账", "材料款", f"{chosen[0].document_on.month}月货款")
            )
        if reference == "damaged":
            numbers[0] = self._damaged(numbers[0])
        if reference == "tail":
            cut = self.rng.choice((5, 6, 6, 8))
            return "货款" + "/".join(number[-cut:] for number in numbers)
        if reference == "squeezed":
            return "".join(numbers).translate(str.maketrans("YS0123456789", "ＹＳ０１２３４５６７８９"))
        return self.rng.choice(("货款 ", "付", "发票号:", "")) + self.rng.choice((" ", "、", ",")).join(
            numbers
        )

    def _damaged(self, number: str) -> str:
        place = self.rng.randrange(8, len(number))
        kind = self.rng.random()
        if kind < 0.4:
            return number[:place] + number[place + 1 :]
        if kind < 0.8:
            return number[:place] + str(self.rng.randrange(10)) + number[place + 1 :]
        return number[:6] + " " + number[6:]

    def _add(
        self,
        amount: int,
        name: str,
        account: str,
        text: str,
        shape: str,
        *,
        kind: str = "transfer",
        customer: UUID | None = None,
        settles: dict[UUID, int] | None = None,
        payer: str = "",
        reference: str = "",
    ) -> Payment:
        number = len(self.made)
        made = Payment(
            UUID(f"1e000000-0000-7000-8000-{number:012x}"),
            amount,
            FIRST + timedelta(days=self.rng.randrange(DAYS)),
            name,
            account,
            text,
            kind,
            customer,
            settles or {},
            shape,
            payer,
            reference,
        )
        if customer and self.by_id[customer].instalments:
            # Who pays month by month pays them in turn.
            made.on = max(made.on, self.last.get(customer, FIRST))
            self.last[customer] = made.on
        self.made.append(made)
        return made
