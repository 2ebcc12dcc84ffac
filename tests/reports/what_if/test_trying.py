"""A change tried on a segment: sums over its customers, by their own loss rates; nothing is changed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from huikuan.audit.models import Act
from huikuan.reports.what_if import Change, WhatIfRefused, try_change
from tests.credit.giving import Giving
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db
D = Decimal


def test_only_the_segment_is_tried(books: Any) -> None:
    credit = Giving(books)
    books.customer("C1", segment="重点")
    books.customer("C2", segment="普通")
    today = books.today
    for code, due in (("C1", today + timedelta(days=5)), ("C2", today - timedelta(days=40))):
        credit.limit("1000", customer=code)
        on = (today - timedelta(days=60)).isoformat()
        books.invoice(f"I-{code}", on, "960", due=due.isoformat(), customer=code)
    acts = Act.objects.count()
    change = Change(D(-50), 0, D("0.1"))
    one = try_change(change, segment="重点", today=today).as_data()
    assert (one["customers"], one["before"]["allowed"], one["after"]["allowed"]) == (1, "1000.00", "500.00")
    assert (one["before"]["used"], one["after"]["used"], one["stopped"]) == ("960.00", "500.00", "460.00")
    assert (one["before"]["capital_cost"], one["difference"]["capital_cost"]) == ("96.00", "-46.00")
    assert one["before"]["expected_loss"] == "4.80"  # 0.5 % of what is not due
    both = try_change(change, today=today).as_data()
    assert (both["customers"], both["before"]["expected_loss"]) == (
        2,
        "52.80",
    )  # 5 % of what is 31 to 60 days late
    assert Act.objects.count() == acts
    page = signed_in(member(books.organization, "credit_controller")).get(
        f"/o/{books.organization.code}/credit/what-if/?limit_percent=-50&term_days=0&capital_rate=10&segment=重点"
    )
    assert page.status_code == 200
    assert "−460.00" in page.content.decode()


@pytest.mark.parametrize(
    ("change", "segment", "code"),
    [
        (Change(D(-101), 0, D(0)), "", "percent_out_of_range"),
        (Change(D("NaN"), 0, D(0)), "", "percent_out_of_range"),
        (Change(D(0), 366, D(0)), "", "days_out_of_range"),
        (Change(D(0), 0, D("1.1")), "", "rate_out_of_range"),
        (Change(D(0), 0, D(0)), "没有", "nobody"),
    ],
)
def test_what_cannot_be_tried_is_named(books: Any, change: Change, segment: str, code: str) -> None:
    with pytest.raises(WhatIfRefused) as refused:
        try_change(change, segment=segment, today=books.today)
    assert refused.value.code == code
