"""The bench of the matching: the town in the books gives the same answers as the town in memory."""

from uuid import uuid4

import pytest

from huikuan.bench.cash import longest_search, measure_cash
from huikuan.bench.payments import town


@pytest.mark.raw_sql
@pytest.mark.django_db(transaction=True, databases=["default", "admin"])
def test_a_small_town_is_matched_and_judged() -> None:
    result = measure_cash(lines=150, items=600, customers=40, code=f"m{uuid4().hex[:10]}")
    assert (result.name, result.size) == ("cash", 150)
    assert result.detail["sure_precision_pct"] == 100
    assert result.detail["straight_through_pct"] > 70
    assert sum(result.detail[f"{tier}_lines"] for tier in ("sure", "likely", "weak", "none")) == 150
    assert result.limit_seconds > 0


def test_the_town_is_the_same_every_time_and_its_truth_adds_up() -> None:
    first, second = (town(customers=60, items=900, lines=300) for _time in range(2))
    assert first.payments == second.payments and first.items == second.items
    open_amounts = {item.id: item.amount for item in first.items}
    spent: dict[object, int] = {}
    for payment in first.payments:
        for key, amount in payment.settles.items():
            spent[key] = spent.get(key, 0) + amount
    assert spent and all(amount <= open_amounts[key] for key, amount in spent.items())
    assert {payment.shape for payment in first.payments} >= {
        "one",
        "many",
        "fee",
        "over",
        "together",
        "unrelated",
    }
    assert longest_search(first.items) > 0
