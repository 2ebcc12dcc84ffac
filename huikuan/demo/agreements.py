"""The payment terms that the demo company has agreed with its customers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from huikuan.customers.rules import BaseEvent, HolidayRule, Instalment, TermKind, TermRule


@dataclass(frozen=True)
class Agreement:
    """A payment term with its name; `instalments` where the amount falls due in several parts."""

    code: str
    name: str
    rule: TermRule
    instalments: tuple[Instalment, ...] = ()


def _parts(*parts: tuple[int, TermRule]) -> tuple[Instalment, ...]:
    return tuple(Instalment(Decimal(percent), rule) for percent, rule in parts)


ORDER = TermRule.prepaid()
DELIVERY_30 = TermRule.net(30, base_event=BaseEvent.DELIVERY)
ACCEPTANCE_30 = TermRule.net(30, base_event=BaseEvent.ACCEPTANCE)
RETENTION_12 = TermRule.retention(12)
MONTHLY_30 = TermRule.period_months(1)
MONTHLY_60 = TermRule.period_months(2)

_ALL = (
    Agreement("NET30", "NET 30", TermRule.net(30)),
    Agreement("NET45", "NET 45", TermRule.net(45)),
    Agreement("NET60", "NET 60", TermRule.net(60)),
    Agreement("M30", "月结30天", MONTHLY_30),
    Agreement("M60", "月结60天", MONTHLY_60),
    Agreement("M90", "月结90天", TermRule.period_months(3)),
    Agreement("C25-30", "25日截止+30天", TermRule.period_days(30, cutoff=25)),
    Agreement(
        "N15",
        "次月15日(遇节假日顺延)",
        TermRule(kind=TermKind.MONTHS, months=1, day=15, holiday=HolidayRule.NEXT),
    ),
    Agreement("R30", "票到30天", TermRule.net(30, base_event=BaseEvent.INVOICE_RECEIVED)),
    Agreement("R60", "票到60天", TermRule.net(60, base_event=BaseEvent.INVOICE_RECEIVED)),
    Agreement("S30", "对账后30天", TermRule.net(30, base_event=BaseEvent.STATEMENT)),
    Agreement("COD", "货到付款", TermRule.on_delivery()),
    Agreement("PRE", "款到发货", ORDER),
    Agreement("TT30", "T/T 30 days", TermRule.net(30)),
    Agreement("TT60", "T/T 60 days", TermRule.net(60)),
    Agreement(
        "I3610",
        "预付30%、发货60%、质保金10%(12个月)",
        DELIVERY_30,
        _parts((30, ORDER), (60, DELIVERY_30), (10, RETENTION_12)),
    ),
    Agreement(
        "I3331",
        "预付30%、到货30%、验收30%、质保金10%(12个月)",
        DELIVERY_30,
        _parts((30, ORDER), (30, DELIVERY_30), (30, ACCEPTANCE_30), (10, RETENTION_12)),
    ),
    Agreement(
        "I910", "月结60天90%、质保金10%(12个月)", MONTHLY_60, _parts((90, MONTHLY_60), (10, RETENTION_12))
    ),
    Agreement("I37", "预付30%、余款月结30天", MONTHLY_30, _parts((30, ORDER), (70, MONTHLY_30))),
    Agreement(
        "I37TT", "30% deposit, 70% T/T 30 days", TermRule.net(30), _parts((30, ORDER), (70, TermRule.net(30)))
    ),
)
AGREEMENTS: dict[str, Agreement] = {agreement.code: agreement for agreement in _ALL}

# What customers of each size buy on: for goods on open account, and for a machine under contract.
OPEN_ACCOUNT: dict[str, tuple[str, ...]] = {
    "large": ("M30", "M30", "R30", "R30", "NET45", "C25-30", "M60", "S30", "M90", "NET30", "NET30"),
    "medium": ("M30", "M30", "NET30", "NET30", "C25-30", "R30", "NET45", "R60"),
    "small": ("NET30", "NET30", "M30", "N15", "R30", "COD"),
    "micro": ("NET30", "COD", "PRE", "N15"),
    "overseas": ("TT30", "TT60", "TT30"),
}
CONTRACT: dict[str, tuple[str, ...]] = {
    "large": ("I3331", "I910", "I37", "I3610"),
    "medium": ("I3610", "I37", "I3331", "I37"),
    "small": ("I3610", "I37", "I37", "PRE"),
    "micro": ("PRE", "I37"),
    "overseas": ("I37TT",),
}
