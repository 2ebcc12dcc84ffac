"""One change of one row by a superuser, past every trigger and key: the check names the row."""

from __future__ import annotations

from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from huikuan.credit.operations import assess_customers
from tests.conftest import make_organization
from tests.credit.giving import Giving
from tests.ledger.checking import assert_nothing_broken, check
from tests.ledger.test_races import books_of
from tests.superuser import superuser

pytestmark = pytest.mark.django_db(transaction=True)

CHANGES = [
    ("credit_limit", "ends_on IS NULL", "amount = amount + 1", "limit_is_as_it_was_set"),
    ("credit_limit", "ends_on IS NULL", "secured = 1", "limit_is_as_it_was_set"),
    ("credit_limit", "ends_on IS NOT NULL", "ends_on = ends_on + 1", "one_permanent_limit_at_a_time"),
    ("credit_limit", "ends_on IS NOT NULL", "ends_on = ends_on + 400", "limit_is_as_it_was_set"),
    ("credit_reservation", "reference = 'SO-1'", "remaining = 1", "reservation_is_as_it_was_recorded"),
    (
        "credit_reservation",
        "reference = 'SO-1'",
        "state = 'released', remaining = 0",
        "reservation_is_as_it_was_recorded",
    ),
    ("credit_reservation", "reference = 'SO-1'", "base_amount = 99", "reservation_is_as_it_was_recorded"),
    ("credit_assessment", "grade = 'D'", "points = points + 1", "assessment_adds_up"),
    ("credit_assessment", "grade = 'D'", "grade = 'A'", "assessment_has_the_grade_of_its_card"),
]


@pytest.fixture
def company(actor: Any) -> Any:
    organization = make_organization(actor)
    with books_of(organization, actor) as books:
        credit = Giving(books)
        credit.limit("100", on="2026-01-01")
        credit.limit("200", on="2026-06-01")
        credit.reserve("SO-1", "50")
        books.invoice("YS1", "2026-09-01", "100", due="2026-09-01")
        assess_customers(actor=books.actor, today=books.today)
    return organization


@pytest.mark.parametrize(("table", "where", "values", "name"), CHANGES, ids=lambda value: str(value)[:40])
def test_the_row_is_named(company: Any, table: str, where: str, values: str, name: str) -> None:
    with tenant(company.id):
        assert_nothing_broken(company)
    with superuser() as connection:
        sql = f"UPDATE {table} SET {values} WHERE organization_id = '{company.id}'::uuid AND {where}"
        assert connection.execute(sql).rowcount == 1
        connection.commit()
    with tenant(company.id):
        assert name in {row.validation for row in check(company)}
