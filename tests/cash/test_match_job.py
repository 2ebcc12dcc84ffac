"""The job that matches what came in: proposals for everybody, posting only where the organization switched it on."""

from __future__ import annotations

from typing import Any

import pytest

from huikuan.audit.models import Act
from huikuan.cash.banking import LineUse
from huikuan.cash.jobs import match_lines, match_new
from huikuan.cash.proposals import MatchPolicy, Proposal
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer
from tests.cash.lines import line
from tests.conftest import TODAY, make_organization
from tests.ledger.checking import assert_nothing_broken
from tests.ledger.test_races import books_of
from tests.trade import Books

pytestmark = pytest.mark.django_db(transaction=True)


def owing(books: Books) -> None:
    books.customer("C1", name="宁波海翔机械有限公司")
    books.invoice("YS2026-00001", "2026-08-01", "1000.00")
    line(books, "2026-10-02", "1000.00", "宁波海翔机械有限公司", text="YS2026-00001")


def test_new_lines_get_proposals_and_are_posted_where_that_is_switched_on(actor: Any) -> None:
    organization = make_organization(actor)
    with books_of(organization, actor) as books:
        owing(books)
    assert match_new(organization.pk, TODAY) is not None
    with tenant(organization.pk):
        assert list(Proposal.objects.values_list("tier", flat=True)) == ["sure"]
        assert not LineUse.objects.exists(), "nobody switched it on"
        MatchPolicy.objects.create(organization_id=organization.pk, automatic=True)
    assert match_new(organization.pk, TODAY) is None, "nothing new came in"
    with books_of(organization, actor) as books:
        books.customers["C1"] = Customer.objects.get(code="C1")
        books.invoice("YS2026-00002", "2026-08-01", "77.70")
        line(books, "2026-10-03", "77.70", "宁波海翔机械有限公司", text="YS2026-00002")
        line(books, "2026-10-04", "5.00", "某人")
    match_lines(timestamp=1795262400)
    with books_of(organization, actor) as books:
        assert (books.open("YS2026-00001"), books.open("YS2026-00002")) == (0, 0)
        assert set(Act.objects.filter(kind="post_sure_matches").values_list("actor_name", flat=True)) == {
            "schedule"
        }
        assert_nothing_broken(books.organization)


def test_where_it_is_switched_off_nothing_is_posted(actor: Any) -> None:
    organization = make_organization(actor)
    with books_of(organization, actor) as books:
        owing(books)
        MatchPolicy.objects.create(organization_id=organization.pk, automatic=False)
    match_lines(timestamp=1795262400)
    with tenant(organization.pk):
        assert Proposal.objects.count() == 1
        assert not LineUse.objects.exists()
