"""Books under 小企业会计准则: their chart, a lost debt, and the statements."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from huikuan.books.operations import make_vouchers
from huikuan.books.queries.statements import balance_sheet, income_statement
from huikuan.books.rules.presentation import Standard
from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Account
from huikuan.ledger.operations import open_books
from huikuan.ledger.operations.books import complete_books
from huikuan.organizations.operations import create_organization, create_roles
from tests.conftest import TODAY
from tests.ledger.checking import assert_nothing_broken
from tests.trade import Books

MAY = date(2026, 5, 1)


@pytest.fixture
def small(db: None, actor: Any) -> Any:
    organization = create_organization(code=f"s{uuid4().hex[:12]}", name="小公司")
    with tenant(organization.pk):
        create_roles()
        open_books(actor=actor, small=True)
        yield Books(organization=organization, actor=actor, today=TODAY)


def test_a_lost_debt_is_an_expense_at_once(small: Books) -> None:
    small.invoice("YS1", "2026-05-03", "1130", tax="130")
    small.write_off("YS1", "2026-05-20", "500")
    assert small.entries("sale") == ["D1122 1130.00", "C5001 1000.00", "C22210105 130.00"]
    assert small.entries("write_off") == ["D5711 500.00", "C1122 500.00"]
    sheet, income = balance_sheet(month=MAY), income_statement(month=MAY)
    assert sheet.standard is Standard.SMALL
    assert sheet.amount("receivables") == Decimal(630)
    assert sheet.amount("total_assets") == sheet.amount("total_claims") == Decimal(630)
    assert income.amount("other_expense") == Decimal(500)
    assert income.amount("operating_profit") == Decimal(1000)
    assert income.amount("net_profit") == sheet.amount("unclosed_profit") == Decimal(500)
    make_vouchers(actor=small.actor)
    assert_nothing_broken(small.organization)


def test_a_newer_version_adds_no_allowance(small: Books) -> None:
    before = set(Account.objects.values_list("code", flat=True))
    assert not {"1231", "6001", "6702"} & before
    assert complete_books(actor=small.actor) is False
    assert set(Account.objects.values_list("code", flat=True)) == before
