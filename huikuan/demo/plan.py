"""The whole demo company as plain values: the same for the same day and size."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from huikuan.core.dates import add_months
from huikuan.demo.companies import Company, plan_companies
from huikuan.demo.corrections import Corrections, plan_corrections
from huikuan.demo.payments import Payments, plan_payments
from huikuan.demo.rates import Rates, plan_rates
from huikuan.demo.sales import Sale, plan_sales

SEED = "澜峥机械"


@dataclass(frozen=True)
class Plan:
    """What is to be entered; positions in it count in these lists."""

    companies: list[Company]
    sales: list[Sale]
    payments: Payments
    corrections: Corrections
    rates: Rates


def plan_company(*, today: date, customers: int = 300, invoices: int = 20_000) -> Plan:
    """Three years of business up to `today`."""
    rng = Random(SEED)
    companies = plan_companies(today=today, count=customers, rng=rng)
    rates = plan_rates(first=add_months(today, -38), last=today, rng=rng)
    sales = plan_sales(companies, today=today, count=invoices, rates=rates, rng=rng)
    payments = plan_payments(companies, sales, today=today, rates=rates, rng=rng)
    corrections = plan_corrections(companies, sales, payments, today=today, rng=rng)
    return Plan(companies, sales, payments, corrections, rates)
