"""Pages of grades and scorecards: facts entered, a grade explained, reviewed and set by hand; a card edited."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from huikuan.credit.models import Limit
from huikuan.credit.operations import assess_customers
from huikuan.credit.scorecards import Assessment, CustomerFact, Scorecard, ScorecardVersion
from huikuan.credit.shipped_card import SHIPPED_DEFINITION
from huikuan.web.credit.card_forms import bands_from, bands_said, bands_shown, definition_from, fields_of
from tests.trade import Books
from tests.web.people import member, seller, signed_in


def text(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, url
    return answer.content.decode()


@pytest.fixture
def controller(books: Books) -> Client:
    books.invoice("YS1", "2026-09-01", "90000", due="2026-10-01")
    books.receipt("SK1", "2026-10-01", "90000")
    books.allocate("SK1", "YS1", "90000", "2026-10-01")
    assess_customers(actor=books.actor, today=books.today)
    return signed_in(member(books.organization, "credit_controller"))


def home(books: Books) -> str:
    return f"/o/{books.organization.code}/credit"


def test_facts_are_entered_and_explained_at_once(books: Books, controller: Client) -> None:
    key = books.customer().pk
    grade = f"{home(books)}/customers/{key}/grade/"
    before = text(controller, grade)
    assert "没有“财务状况”“企业基本面”“外部记录”的资料" in before
    facts = f"{home(books)}/customers/{key}/facts/"
    assert "100%" in text(controller, facts)  # paid on time
    wrong = controller.post(facts, {"as_of_on": "2026-06-30", "source": "年报", "debt_ratio": "很高"})
    assert (wrong.status_code, "无法识别：很高" in wrong.content.decode()) == (422, True)
    nothing = controller.post(facts, {"as_of_on": "2026-06-30", "source": "年报"})
    assert "请至少填写一项资料" in nothing.content.decode()
    entered = {"debt_ratio": "45%", "net_assets": "300 万", "dishonest": "0", "tax_rating": "5"}
    sent = controller.post(facts, {"as_of_on": "2026-06-30", "source": "年报", **entered})
    assert sent.status_code == 302
    values = {row.code: str(row.value.normalize()) for row in CustomerFact.objects.all()}
    assert values == {"debt_ratio": "0.45", "net_assets": "3E+6", "dishonest": "0", "tax_rating": "5"}
    after = text(controller, grade)
    assert "资产负债率 45%，得 85 分" in after
    assert "没有“企业基本面”的资料" in after


def test_a_grade_is_reviewed_set_by_hand_and_applied(books: Books, controller: Client) -> None:
    key = books.customer().pk
    grade = f"{home(books)}/customers/{key}/grade/"
    assert controller.post(f"{grade}review/", {"note": ""}).status_code == 422
    assert controller.post(f"{grade}review/", {"note": "已走访"}).status_code == 302
    assert "已走访" in text(controller, grade)
    applied = controller.post(f"{grade}apply/", {})
    assert applied.status_code == 302
    assert Limit.objects.get().amount == Assessment.objects.order_by("-id")[0].limit_amount
    set_by_hand = {"grade": "B", "until_on": "2026-12-31", "reason": "行业下行"}
    assert controller.post(f"{grade}set/", set_by_hand).status_code == 302
    page = text(controller, grade)
    assert "人工评级 B" in page
    assert "行业下行" in page
    assert controller.post(f"{grade}apply/", {}).status_code == 422
    assert controller.post(f"{grade}end/", {"reason": "恢复"}).status_code == 302
    assert "人工评级 B" not in text(controller, grade)


def test_the_portfolio_shows_a_salesperson_the_own_customers_only(books: Books, controller: Client) -> None:
    user, salesperson = seller(books.organization)
    other = books.customer("C2", name="别人的客户")
    books.invoice("YS2", "2026-09-01", "100", customer="C2")
    assess_customers(actor=books.actor, today=books.today)
    own = books.customer()
    own.salesperson = salesperson
    own.save()
    sales = signed_in(user)
    page = text(sales, f"{home(books)}/grades/")
    assert own.name in page
    assert other.name not in page
    assert other.name in text(controller, f"{home(books)}/grades/")
    text(sales, f"{home(books)}/customers/{other.pk}/grade/", 404)
    card = Scorecard.objects.get().pk
    text(sales, f"{home(books)}/cards/{card}/compare/", 403)
    text(sales, f"{home(books)}/cards/{card}/edit/", 403)
    text(sales, f"{home(books)}/customers/{own.pk}/facts/", 403)


def posted(definition: dict[str, Any]) -> dict[str, str]:
    """The fields of the editor as a browser sends them."""
    fields, data = fields_of(definition), {}
    for dimension in fields["editable"]:
        data[f"{dimension['name']}-code"] = dimension["code"]
        data[f"{dimension['name']}-weight"] = dimension["weight"]
        for row in dimension["rows"]:
            for name in ("fact", "weight", "bands"):
                data[f"{row['name']}-{name}"] = row[name]
    for veto in fields["vetoes"]:
        data |= {f"{veto['name']}-fact": veto["fact"], f"{veto['name']}-above": veto["above"]}
    for grade in fields["grades"]:
        for name, field in (("code", "code"), ("floor", "floor"), ("factor", "factor"), ("term", "term_days"),
                            ("months", "review_months")):  # fmt: skip
            data[f"{grade['name']}-{name}"] = str(
                grade.get(field) or "" if field == "term_days" else grade.get(field, "")
            )
        if grade.get("secured_only"):
            data[f"{grade['name']}-secured"] = "on"
    return {**data, "cap": fields["cap"]}


def test_the_editor_gives_back_what_it_shows() -> None:
    read = definition_from(posted(SHIPPED_DEFINITION))
    for grade in read["grades"]:
        grade["term_days"] = int(grade["term_days"]) if grade["term_days"] else None
        grade["review_months"] = int(grade["review_months"])
    shipped = {**SHIPPED_DEFINITION, "grades": [
        {**grade, "factor": grade["factor"]} for grade in SHIPPED_DEFINITION["grades"]
    ]}  # fmt: skip
    assert read["dimensions"] == shipped["dimensions"]
    assert read["vetoes"] == shipped["vetoes"]
    assert [g["code"] for g in read["grades"]] == [g["code"] for g in shipped["grades"]]
    assert [g["term_days"] for g in read["grades"]] == [g["term_days"] for g in shipped["grades"]]


def test_a_dimension_is_added_and_removed_by_its_fields(books: Books, controller: Client) -> None:
    where = f"{home(books)}/cards/{Scorecard.objects.get().pk}/edit/"
    data = posted(SHIPPED_DEFINITION)
    assert "d5-code" in text(controller, where)
    added = {"d5-code": "采购计划", "d5-weight": "10", "d5-i0-fact": "concentration", "d5-i0-weight": "100",
             "d5-i0-bands": "100, 30%:40", "d0-weight": "25", "more": ""}  # fmt: skip
    assert controller.post(where, {**data, **added}).status_code == 302
    draft = ScorecardVersion.objects.get(state="draft").definition
    assert [(each["code"], each["weight"]) for each in draft["dimensions"]][-1] == ("采购计划", "10")
    again = posted(draft)
    emptied = {name: "" for name in again if name.startswith("d5-") and not name.endswith("code")}
    assert "采购计划" in text(controller, where)
    assert controller.post(where, {**again, **emptied, "d0-weight": "35", "more": ""}).status_code == 302
    assert len(ScorecardVersion.objects.get(state="draft").definition["dimensions"]) == 5


def test_bands_read_as_people_write_them() -> None:
    assert bands_from("0，50%：30 95%:100") == [[None, "0"], ["0.5", "30"], ["0.95", "100"]]
    assert bands_shown("on_time_rate", [[None, "0"], ["0.5", "30"]]) == "0, 50%:30"
    assert bands_shown("days_late", [["3", "85"]]) == "3:85"


def test_bands_are_shown_to_readers_as_ranges_and_words() -> None:
    assert (
        bands_said("on_time_rate", [[None, "0"], ["0.5", "30"]])
        == "<\N{NO-BREAK SPACE}50%：0；≥\N{NO-BREAK SPACE}50%：30"
    )
    assert bands_said("abnormal", [[None, "100"], ["1", "0"]]) == "否：100；是：0"
    assert bands_said("tax_rating", [["1", "0"], ["5", "100"]]) == "D：0；A：100"
    assert bands_said("days_late", [["three", "85"]]) == "three:85"  # a draft may hold what cannot be read


def test_a_card_is_edited_previewed_compared_and_put_in_force(books: Books, controller: Client) -> None:
    card = Scorecard.objects.get()
    where = f"{home(books)}/cards/{card.pk}/"
    data = posted(SHIPPED_DEFINITION)
    wrong = {**data, "d0-weight": "34"}
    preview = controller.post(f"{where}preview/", wrong).content.decode()
    assert "各维度的权重合计不是 100。" in preview
    refused = controller.post(f"{where}edit/", wrong)
    assert (refused.status_code, ScorecardVersion.objects.count()) == (422, 1)
    better = {**data, "d0-weight": "30", "d3-weight": "20", "note": "关系更重要", "try": ""}
    assert books.customer().name in controller.post(f"{where}preview/", better).content.decode()
    saved = controller.post(f"{where}edit/", better)
    assert saved.status_code == 302
    assert saved.headers["Location"] == f"{where}compare/?a=1&b=2"
    compared = text(controller, saved.headers["Location"])
    assert "付款行为" in compared
    assert "参加试算的客户" in compared
    done = controller.post(f"{where}activate/", {"starts_on": "2026-01-01"})
    assert "启用日期不能早于今天" in done.content.decode()
    assert "编辑草稿" in text(controller, where)
    other = controller.post(
        f"{home(books)}/cards/new/", {"name": "经销商", "code": "dealers", "segment": "经销商"}
    )
    assert other.status_code == 302
    assert "经销商" in text(controller, f"{home(books)}/cards/")
