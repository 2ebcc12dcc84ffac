"""One change by a superuser, past every trigger: the check names the request."""

from __future__ import annotations

from typing import Any

import pytest

from huikuan.core.postgres.tenancy import tenant
from tests.approvals.company import opened
from tests.conftest import TODAY, make_organization
from tests.ledger.checking import check
from tests.superuser import superuser
from tests.trade import Books

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.raw_sql]


@pytest.mark.parametrize(
    ("sql", "validation"),
    [
        ("UPDATE approvals_request SET payload = '{}' WHERE {o}", "request_is_as_submitted"),
        ("UPDATE approvals_request SET amount = 1 WHERE {o}", "request_is_as_submitted"),
        ("DELETE FROM approvals_decision WHERE verdict = 'approved' AND {o}", "request_was_agreed_to_by_all"),
        (
            "UPDATE approvals_decision SET comment = 'x' WHERE verdict = 'approved' AND {o}",
            "decision_is_in_the_trail",
        ),
        (
            "UPDATE approvals_decision SET member_id = (SELECT requester_id FROM approvals_request WHERE {o})"
            " WHERE verdict = 'approved' AND {o}",
            "nobody_agrees_to_an_own_request",
        ),
    ],
)
def test_the_check_names_requests_that_were_changed(sql: str, validation: str, actor: Any) -> None:
    organization = make_organization(actor)
    with tenant(organization.id):
        company = opened(Books(organization=organization, actor=actor, today=TODAY))
        company.policy("write_off", ("0", "finance_manager"))
        request = company.approve(company.request("林"), "沈")
        assert check(organization) == []
    with superuser() as connection:
        connection.execute(sql.replace("{o}", f"organization_id = '{organization.id}'").encode())
    with tenant(organization.id):
        found = check(organization)
    assert {row.validation for row in found} == {validation}
    assert {row.number for row in found} == {request.number}
