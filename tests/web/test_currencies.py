"""The pages of rates and of the month-end revaluation."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from huikuan.core.postgres.tenancy import tenant
from huikuan.ledger.models import Rate
from huikuan.organizations.models import Organization
from tests.trade import Books
from tests.web.people import member, signed_in
from tests.web.reading import running

USD = {"currency": "USD"}


@pytest.fixture
def client(organization: Any) -> Client:
    return signed_in(member(organization, "ar_accountant", name="会计甲"))


@pytest.fixture
def dollars(books: Books) -> Books:
    books.rate("USD", "2026-06-05", "7.10")
    books.invoice("I1", "2026-06-05", "10000.00", **USD)
    books.receipt("R1", "2026-06-10", "1000.00", **USD)
    return books


def at(organization: Any, path: str) -> str:
    return f"/o/{organization.code}/{path}"


def text(response: Any) -> str:
    return str(response.content.decode())


def rates(organization: Any) -> dict[str, Decimal]:
    with tenant(organization.pk):
        found = Rate.objects.order_by("rated_on").values_list("currency", "rated_on", "rate")
        return {f"{currency} {on}": rate for currency, on, rate in found}


def test_a_rate_is_added_corrected_and_removed(organization: Any, client: Client) -> None:
    new = {"currency": "USD", "rated_on": "2026-06-30", "rate": "7.0845", "source": "中间价"}
    assert client.post(at(organization, "settings/rates/new/"), new).status_code == 302
    assert rates(organization) == {"USD 2026-06-30": Decimal("7.0845")}
    assert "7.0845" in text(client.get(at(organization, "settings/rates/")))
    with tenant(organization.pk):
        key = Rate.objects.get().pk
    assert (
        client.post(at(organization, f"settings/rates/{key}/"), {"rate": "7.09", "source": ""}).status_code
        == 302
    )
    assert rates(organization) == {"USD 2026-06-30": Decimal("7.09")}
    assert client.post(at(organization, f"settings/rates/{key}/delete/")).status_code == 302
    assert rates(organization) == {}
    assert client.post(at(organization, f"settings/rates/{key}/delete/")).status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"rate": "0"}, {"rate": "x"}, {"rated_on": "2099-01-01"}, {"currency": "CNY"}]
)
def test_what_is_no_rate_comes_back_with_the_reason(organization: Any, client: Client, wrong: Any) -> None:
    new = {"currency": "USD", "rated_on": "2026-06-30", "rate": "7.0845", "source": "", **wrong}
    answer = client.post(at(organization, "settings/rates/new/"), new)
    assert answer.status_code == 422
    assert "is-invalid" in text(answer)
    assert rates(organization) == {}


def test_the_month_is_previewed_posted_and_undone(organization: Any, client: Client, dollars: Books) -> None:
    dollars.rate("USD", "2026-06-30", "7.05")
    address = at(organization, "revaluation/?month=2026-06")
    shown = text(client.get(address))
    assert "I1" in shown
    assert "−500.00" in shown or "-500.00" in shown
    assert "登记 2026-06 的调汇" in shown
    assert client.post(address).status_code == 302
    assert dollars.carried("I1") == Decimal("70500")
    entry = text(client.get(at(organization, f"documents/{dollars.item('I1').document_id}/")))
    assert "月末调汇" in entry.split("<main", 1)[-1]
    after = text(client.get(address))
    assert "登记 2026-06 的调汇" not in after
    assert "2026-06 已经调汇" in running(after)
    undo = at(organization, "revaluation/2026-06/undo/")
    assert undo in after
    assert client.post(undo, {"reason": ""}).status_code == 422
    assert client.post(undo, {"reason": "汇率有误"}).status_code == 302
    assert dollars.carried("I1") == Decimal("71000")
    refused = client.post(undo, {"reason": "再撤一次"})
    assert refused.status_code == 422
    assert "没有可以撤销的调汇" in text(refused)


def test_without_a_rate_the_page_says_which_is_missing(
    organization: Any, client: Client, books: Books
) -> None:
    books.invoice("I1", "2026-06-05", "100.00", rate=Decimal("7.1"), **USD)
    address = at(organization, "revaluation/?month=2026-06")
    shown = text(client.get(address))
    assert "USD 缺少汇率" in shown
    assert "登记 2026-06 的调汇" not in shown
    refused = client.post(address)
    assert refused.status_code == 409
    assert "没有汇率" in text(refused)


def test_a_month_without_foreign_items_says_so(organization: Any, client: Client, books: Books) -> None:
    books.invoice("I1", "2026-06-05", "100.00")
    assert "没有外币项目" in text(client.get(at(organization, "revaluation/?month=2026-06")))


def test_the_policy_is_the_administrators(organization: Any, client: Client) -> None:
    address = at(organization, "settings/rates/policy/")
    assert client.get(address).status_code == 403
    boss = signed_in(member(organization, "administrator", "finance_manager"))
    assert boss.post(address, {"reverses": "1"}).status_code == 302
    assert Organization.objects.get(pk=organization.pk).reverses_revaluations
    assert boss.post(address, {"reverses": ""}).status_code == 302
    assert not Organization.objects.get(pk=organization.pk).reverses_revaluations


def test_a_revalued_debt_is_not_shown_as_partly_settled(
    organization: Any, client: Client, dollars: Books
) -> None:
    dollars.rate("USD", "2026-06-30", "7.05")
    dollars.revalue("2026-06")
    shown = text(client.get(at(organization, "due/")))
    assert "70,500.00" in shown
    assert "71,000.00" not in shown
    assert "I1" not in text(client.get(at(organization, "due/?part=settled"))).split("<main", 1)[-1]
