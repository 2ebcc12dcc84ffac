"""What a pivot can count: each measure, the facts of `kpi.facts` it is made of, and where its figure leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huikuan.ledger.rules import OVERDUE_BOUNDS
from huikuan.reports import filters
from huikuan.reports.asking import Kind
from huikuan.reports.kpi import facts
from huikuan.reports.kpi.rules import share
from huikuan.reports.words import NOT_DUE, lazy_cell_label

Sums = Mapping[str, Decimal]
"""Sums of facts by name; what is not there is zero."""
ZERO = Decimal(0)
OPEN_ITEMS, OVERDUE_ITEMS = "open_items", "overdue_items"
DISPUTES, DISPUTED, OPEN_DISPUTES = "disputes", "disputed", "open_disputes"
STANDING_FACTS = (*facts.STANDINGS, facts.UNTRIGGERED, OPEN_ITEMS, OVERDUE_ITEMS, OPEN_DISPUTES)
"""Facts that stand on a day; all others happen in a period."""
OF_CUSTOMERS = frozenset(facts.PROMISED_FACTS)
"""Facts that are of a customer and no document: they have no product and no contract."""

BALANCE, BANDS, FLOW, RATE, DISPUTE = "balance", "bands", "flow", "rate", "dispute"
GROUPS: Mapping[str, Any] = {
    BALANCE: _("余额与笔数"),
    BANDS: _("账龄"),
    FLOW: _("本期发生"),
    RATE: _("比率与天数"),
    DISPUTE: _("争议与承诺"),
}


@dataclass(frozen=True)
class Measure:
    """A measure. `value` makes it of sums (None: nothing to say); `needs`: the facts that it looks at.

    `standing`: as it stands on the last day of a period, so that over time it is not added up but is the last. `cell`: the
    open items that a standing figure is made of, as `ItemFilter` names them (None: not of open items); `kind_of`:
    the one kind of document that a flow adds up.
    """

    name: str
    label: Any
    group: str
    needs: tuple[str, ...]
    value: Callable[[Sums], Any]
    definition: Any = ""
    kind: Kind = Kind.MONEY
    standing: bool = False
    cell: str | None = None
    kind_of: str = ""

    @property
    def is_rate(self) -> bool:
        """Whether it is no sum: shares and days are made anew on every level."""
        return self.kind in (Kind.PERCENT, Kind.DAYS)


def is_standing(fact: str) -> bool:
    """Whether a fact stands on a day."""
    return fact in STANDING_FACTS or fact.startswith(facts.OVER)


def _count(name: str) -> Callable[[Sums], int]:
    return lambda sums: int(sums.get(name, 0))


def _sum(name: str, *, sign: int = 1) -> Callable[[Sums], Decimal]:
    return lambda sums: sign * sums.get(name, ZERO)


def _ratio(upper: str, lower: str, unit: str = "0.0001") -> Callable[[Sums], Decimal | None]:
    def value(sums: Sums) -> Decimal | None:
        found = share(sums.get(upper, ZERO), sums.get(lower, ZERO))
        return None if found is None else found.quantize(Decimal(unit))

    return value


def _not_due(sums: Sums) -> Decimal:
    names = (facts.OVERDUE, facts.UNTRIGGERED)
    return sums.get(facts.RECEIVABLE, ZERO) - sum((sums.get(name, ZERO) for name in names), ZERO)


def _bands() -> list[Measure]:
    """The bands of the aging: what is overdue by more days than one bound, less that beyond the next."""
    starts = [facts.OVERDUE, *(f"{facts.OVER}{bound}" for bound in OVERDUE_BOUNDS)]
    found = []
    for place, start in enumerate(starts):
        following = starts[place + 1] if place + 1 < len(starts) else ""
        low = OVERDUE_BOUNDS[place - 1] if place else 0
        cell = f"{low + 1}-{OVERDUE_BOUNDS[place]}" if following else f">{low}"
        found.append(
            Measure(
                f"late_{low + 1}" if following else f"late_over_{low}",
                lazy_cell_label(cell),
                BANDS,
                (start, following) if following else (start,),
                lambda sums, start=start, following=following: (  # type: ignore[misc]
                    sums.get(start, ZERO) - sums.get(following, ZERO)
                ),
                _("逾期这么多天的应收。"),
                standing=True,
                cell=cell,
            )
        )
    return found


MEASURES: dict[str, Measure] = {
    each.name: each
    for each in (
        Measure(
            "receivable",
            _("应收余额"),
            BALANCE,
            (facts.RECEIVABLE,),
            _sum(facts.RECEIVABLE),
            _("期末未结清的应收，不减未核销的贷项。"),
            standing=True,
            cell=filters.RECEIVABLE,
        ),
        Measure(
            "overdue",
            _("逾期"),
            BALANCE,
            (facts.OVERDUE,),
            _sum(facts.OVERDUE),
            _("期末已过到期日的应收。"),
            standing=True,
            cell=filters.OVERDUE,
        ),
        Measure(
            "unallocated",
            pgettext_lazy("column", "未核销贷项"),
            BALANCE,
            (facts.CREDIT,),
            _sum(facts.CREDIT, sign=-1),
            _("收款、预收和红字中还没有核销的部分，写成负数。"),
            standing=True,
            cell=filters.UNALLOCATED,
        ),
        Measure(
            "net",
            _("净额"),
            BALANCE,
            (facts.RECEIVABLE, facts.CREDIT),
            lambda sums: sums.get(facts.RECEIVABLE, ZERO) - sums.get(facts.CREDIT, ZERO),
            _("应收余额减去未核销贷项，含未触发到期的。"),
            standing=True,
            cell="",
        ),
        Measure(
            OPEN_ITEMS,
            _("未清笔数"),
            BALANCE,
            (OPEN_ITEMS,),
            _count(OPEN_ITEMS),
            _("期末没有结清的应收有几笔。"),
            kind=Kind.COUNT,
            standing=True,
            cell=filters.RECEIVABLE,
        ),
        Measure(
            OVERDUE_ITEMS,
            _("逾期笔数"),
            BALANCE,
            (OVERDUE_ITEMS,),
            _count(OVERDUE_ITEMS),
            _("其中已过到期日的有几笔。"),
            kind=Kind.COUNT,
            standing=True,
            cell=filters.OVERDUE,
        ),
        Measure(
            NOT_DUE,
            lazy_cell_label(NOT_DUE),
            BANDS,
            (facts.RECEIVABLE, facts.OVERDUE, facts.UNTRIGGERED),
            _not_due,
            _("期末有到期日、还没有过的应收。"),
            standing=True,
            cell=NOT_DUE,
        ),
        *_bands(),
        Measure(
            "untriggered",
            lazy_cell_label(filters.UNTRIGGERED),
            BANDS,
            (facts.UNTRIGGERED,),
            _sum(facts.UNTRIGGERED),
            _("等某件事发生才有到期日的应收。"),
            standing=True,
            cell=filters.UNTRIGGERED,
        ),
        Measure(
            "sold",
            _("赊销额"),
            FLOW,
            (facts.SOLD,),
            _sum(facts.SOLD),
            _("本期应收单和调增，减红字；含税。"),
        ),
        Measure(
            "invoiced",
            pgettext_lazy("plural", "应收单"),
            FLOW,
            (facts.INVOICED,),
            _sum(facts.INVOICED),
            _("本期应收单和调增，不减红字；含税。"),
        ),
        Measure(
            "credited",
            pgettext_lazy("plural", "红字"),
            FLOW,
            (facts.CREDITED,),
            _sum(facts.CREDITED),
            _("本期红字应收，写成正数。"),
            kind_of="credit_note",
        ),
        Measure(
            "collected",
            pgettext_lazy("money", "回款"),
            FLOW,
            (facts.COLLECTED,),
            _sum(facts.COLLECTED),
            _("收款、预收和收到的票据，减退款和拒付。"),
        ),
        Measure(
            "written_off",
            _("坏账核销"),
            FLOW,
            (facts.WRITTEN_OFF,),
            _sum(facts.WRITTEN_OFF),
            _("本期作为坏账核销的应收。"),
            kind_of="write_off",
        ),
        Measure(
            "due",
            _("本期到期"),
            FLOW,
            (facts.DUE,),
            _sum(facts.DUE),
            _("到期日在本期的应收，去掉到期前不用钱结清的。"),
        ),
        Measure(
            "in_time",
            _("按时收回"),
            FLOW,
            (facts.IN_TIME,),
            _sum(facts.IN_TIME),
            _("本期到期的应收中，到期日及以前用钱收回的。"),
        ),
        Measure(
            "overdue_rate",
            _("逾期率"),
            RATE,
            (facts.OVERDUE, facts.RECEIVABLE),
            _ratio(facts.OVERDUE, facts.RECEIVABLE),
            _("逾期 ÷ 应收余额。"),
            kind=Kind.PERCENT,
            standing=True,
        ),
        Measure(
            "in_time_rate",
            _("按时收回率"),
            RATE,
            (facts.IN_TIME, facts.DUE),
            _ratio(facts.IN_TIME, facts.DUE),
            _("按时收回 ÷ 本期到期。"),
            kind=Kind.PERCENT,
        ),
        Measure(
            "days_late",
            _("加权逾期天数"),
            RATE,
            (facts.LATE, facts.PAID),
            _ratio(facts.LATE, facts.PAID, "0.01"),
            _("本期核销的回款按金额加权，比到期日晚几天；提前的算负数。"),
            kind=Kind.DAYS,
        ),
        Measure(
            "promises",
            _("承诺笔数"),
            DISPUTE,
            (facts.PROMISES,),
            _count(facts.PROMISES),
            _("承诺日在本期、已有结果的付款承诺。"),
            kind=Kind.COUNT,
        ),
        Measure(
            "promised",
            _("承诺金额"),
            DISPUTE,
            (facts.PROMISED,),
            _sum(facts.PROMISED),
            _("承诺日在本期、已有结果的付款承诺。"),
        ),
        Measure(
            "promise_kept",
            _("承诺兑现率（笔数）"),
            DISPUTE,
            (facts.PROMISES_KEPT, facts.PROMISES),
            _ratio(facts.PROMISES_KEPT, facts.PROMISES),
            _("承诺日在本期、已有结果的付款承诺中，到期（加宽限）足额付款的笔数。"),
            kind=Kind.PERCENT,
        ),
        Measure(
            DISPUTES,
            _("新增争议"),
            DISPUTE,
            (DISPUTES,),
            _count(DISPUTES),
            _("本期提出的争议有几件。"),
            kind=Kind.COUNT,
        ),
        Measure(
            DISPUTED,
            _("新增争议金额"),
            DISPUTE,
            (DISPUTED,),
            _sum(DISPUTED),
            _("本期提出的争议涉及的金额，按应收单的汇率。"),
        ),
        Measure(
            OPEN_DISPUTES,
            _("未结争议"),
            DISPUTE,
            (OPEN_DISPUTES,),
            _count(OPEN_DISPUTES),
            _("期末还没有结果的争议有几件。"),
            kind=Kind.COUNT,
            standing=True,
        ),
    )
}
