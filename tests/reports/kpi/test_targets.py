"""Targets of key figures: from a month on, of whom, kept as they were, beside the figures in every form, met or missed."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from python_calamine import CalamineWorkbook

from huikuan.audit.models import Event
from huikuan.customers.models import Salesperson
from huikuan.organizations.actors import NotPermitted
from huikuan.organizations.queries import actor_of
from huikuan.reports.asking import Result
from huikuan.reports.catalogue import answer, asked, report_named
from huikuan.reports.filters import ItemFilter
from huikuan.reports.kpi.figures import FIGURES
from huikuan.reports.kpi.targets import COMPANY, Whose, meets, read_targets, targets_set, whose_figures
from huikuan.reports.moments import moment
from huikuan.reports.operations import TargetRefused, set_target
from huikuan.reports.output.forms import FORMS
from huikuan.reports.output.heading import Heading
from huikuan.reports.told_of_targets import told_of_targets
from tests.conftest import TODAY
from tests.reports.kpi.quarter import UNTIL, record_quarter
from tests.web.people import member, signed_in

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 4, 1, 8, tzinfo=UTC)
REPORT = report_named("kpi")
SELLER, TEAM = Whose(salesperson="S1"), Whose(team="东组")


@pytest.fixture
def company(books: Any) -> Any:
    key = books.organization.pk
    seller = Salesperson.objects.create(organization_id=key, code="S1", name="小王", team="东组")
    Salesperson.objects.create(organization_id=key, code="S2", name="小李", team="东组")
    books.customer("C1", salesperson=seller)
    record_quarter(books)
    return books


def put(company: Any, name: str, value: str | None, since: str, whose: Whose = COMPANY) -> None:
    set_target(
        name,
        None if value is None else Decimal(value),
        whose=whose,
        starts_on=date.fromisoformat(f"{since}-15"),
        actor=company.actor,
        now=NOW,
    )


def ask(**words: str) -> Result:
    said = {"from": "2026-01-01", "to": UNTIL.isoformat(), **words}
    return answer(REPORT, asked(REPORT, said, today=TODAY, zone=ZoneInfo("Asia/Shanghai")))


def values(found: Result, *names: str) -> list[list[Any]]:
    return [[row.values.get(name) for name in names] for row in found.rows]


def test_in_force_from_its_month_until_the_next_and_the_last_said_counts(company: Any) -> None:
    for value, since in (("50", "2025-06"), ("45", "2026-02"), ("44", "2026-02"), (None, "2026-05")):
        put(company, "dso", value, since)
    targets = read_targets()
    days = ("2025-05-31", "2025-06-01", "2026-01-31", "2026-02-01", "2026-04-30", "2026-05-01")
    found = [targets.of("dso", COMPANY, date.fromisoformat(day)) for day in days]
    assert [each and each.value for each in found] == [None, 50, 50, 44, 44, None]
    assert targets.of("cei", COMPANY, UNTIL) is None
    kept = [(each.starts_on.month, each.value, each.state) for each in targets_set(date(2026, 4, 2))]
    assert kept == [(5, None, "coming"), (2, 44, "in_force"), (6, 50, "over")]
    assert Event.objects.filter(action="figure_target_set", number="dso").count() == 3
    assert Event.objects.filter(action="figure_target_ended").count() == 1


def test_ones_own_then_the_teams_then_the_companys(company: Any) -> None:
    put(company, "dso", "40", "2026-01")
    put(company, "dso", "42", "2026-01", TEAM)
    put(company, "dso", "45", "2026-03", SELLER)
    targets = read_targets()

    def of(whose: Whose | None, day: str = "2026-03-31") -> Any:
        found = targets.for_whom("dso", whose, date.fromisoformat(day))
        return found and (found.value, found.whose)

    assert of(SELLER) == (45, SELLER)
    assert of(SELLER, "2026-02-28") == (42, TEAM)
    assert of(Whose(salesperson="S2")) == (42, TEAM)
    assert of(Whose(team="西组")) == (40, COMPANY)
    assert of(COMPANY) == (40, COMPANY)
    assert of(None) is None


def test_whose_figures_they_are(company: Any) -> None:
    one = frozenset(Salesperson.objects.filter(code="S1").values_list("pk", flat=True))
    both = frozenset(Salesperson.objects.values_list("pk", flat=True))
    for where, reach, whose in (
        (ItemFilter(), None, COMPANY),
        (ItemFilter(), one, SELLER),
        (ItemFilter(), both, None),
        (ItemFilter(salesperson="S1"), None, SELLER),
        (ItemFilter(team="东组"), None, TEAM),
        (ItemFilter(salesperson=""), None, None),
        (ItemFilter(region="华东"), None, None),
        (ItemFilter(region="华东", salesperson="S1"), None, None),
    ):
        assert whose_figures(where, reach) == whose, where


@pytest.mark.parametrize(
    ("name", "value", "target", "met"),
    [("dso", "44", "45", True), ("dso", "45", "45", True), ("dso", "45.01", "45", False),
     ("cei", "0.9", "0.85", True), ("cei", "0.8", "0.85", False), ("cei", None, "0.85", None)],
)  # fmt: skip
def test_met_in_the_direction_that_is_better(
    company: Any, name: str, value: str | None, target: str, met: bool | None
) -> None:
    put(company, name, target, "2026-01")
    found = read_targets().of(name, COMPANY, UNTIL)
    assert meets(FIGURES[name], Decimal(value) if value else None, found) is met


def test_what_cannot_be_set_is_said(company: Any) -> None:
    for name, value, said in (
        ("dsoo", "1", "没有名为 dsoo"),
        ("cei", "85", "“催收有效性”的目标应在 0.00% 到 100.00% 之间"),
        ("dso", "-1", "目标应在"),
        ("dso", "NaN", "目标应在"),
        ("dso", "45.001", "小数位太多"),
    ):
        with pytest.raises(TargetRefused, match=said):
            put(company, name, value, "2026-01")
    for whose, said in (
        (Whose(salesperson="S9"), "没有编码为 S9"),
        (Whose(team="北组"), "没有名为 北组"),
        (Whose("S1", "东组"), "不能同时"),
    ):
        with pytest.raises(TargetRefused, match=said):
            put(company, "dso", "45", "2026-01", whose)
    put(company, "days_late", "-2", "2026-01")
    seller = actor_of(member(company.organization, "salesperson"))
    assert seller is not None
    with pytest.raises(NotPermitted):
        set_target("dso", Decimal(1), whose=COMPANY, starts_on=UNTIL, actor=seller, now=NOW)


def test_beside_the_figures_of_the_report_in_every_form(company: Any) -> None:
    without = ask(months="3")
    assert not any(column.name.endswith("_target") for column in without.columns)
    put(company, "dso", "50", "2025-01")
    put(company, "dso", "45", "2026-02")
    put(company, "cei", "0.85", "2026-03", TEAM)
    found = ask(months="3")
    assert values(found, "dso_target") == [[50], [45], [45]]
    names = [column.name for column in found.columns]
    assert names.index("dso_target") == names.index("dso") + 1
    assert "cei_target" not in names, "nobody's in this question"
    assert found.total and found.total.values["dso_target"] == 45
    [dso] = [chart for chart in found.charts if chart.name == "dso"]
    assert [str(series.name) for series in dso.series] == ["DSO", "目标"]
    assert [mark.value for mark in dso.series[1].marks] == [50, 45, 45]
    [other] = [chart for chart in found.charts if chart.name == "overdue_rate"]
    assert len(other.series) == 1

    by = ask(by="salesperson")
    assert values(by, "dso_target", "cei_target") == [[45, Decimal("0.85")]]
    assert values(ask(by="team"), "dso_target", "cei_target") == [[45, Decimal("0.85")]]
    regions = ask(by="region")
    assert values(regions, "dso_target") == [[None]], "a region is not measured by the company's"
    assert regions.total and regions.total.values["dso_target"] == 45

    heading = Heading("c", "公司", "小王", NOW)
    data = json.loads(FORMS["json"].write(REPORT, by, heading))
    assert (data["rows"][0]["dso_target"], data["rows"][0]["cei_target"]) == ("45", "0.8500")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(FORMS["xlsx"].write(REPORT, by, heading)))
    cells = [cell for row in sheet.get_sheet_by_index(0).to_python() for cell in row]
    assert "DSO 目标" in cells and 45.0 in cells and 0.85 in cells


def told(after: datetime, **words: str) -> list[tuple[str, str]]:
    question = ask(**words).question
    at = moment(question.as_of)
    return [(each.by, each.what) for each in told_of_targets(question, at, after)]


def test_what_was_set_since_is_listed_where_it_counts(company: Any) -> None:
    put(company, "dso", "50", "2025-01")
    known_at = moment(UNTIL).known_at
    assert known_at is not None
    old = ask(months="3")
    assert told(known_at) == []
    put(company, "dso", "45", "2026-02")
    put(company, "cei", "0.85", "2026-03", TEAM)
    put(company, "dso", "40", "2026-03", SELLER)
    put(company, "dso", None, "2026-03", Whose(salesperson="S2"))
    put(company, "dso", "44", "2026-05")  # of a month after the period
    of_company = "DSO（整个公司）自 2026-02 起的目标：45"
    of_team = "催收有效性（东组）自 2026-03 起的目标：85.00%"
    of_one = "DSO（S1 小王）自 2026-03 起的目标：40"
    of_other = "DSO（S2 小李）自 2026-03 起不再有目标"

    def said(**words: str) -> list[str]:
        return [what for _by, what in told(known_at, **words)]

    assert said() == [of_company] == said(by="region")
    assert said(by="salesperson") == [of_company, of_team, of_one, of_other]
    assert said(by="team") == [of_company, of_team]
    assert said(salesperson="S1") == [of_company, of_team, of_one] == said(by="salesperson", salesperson="S1")
    assert said(region="华东") == [], "customers of a region are measured by none"
    assert told(known_at)[0][0] == company.actor.name
    assert values(ask(months="3", known_at=known_at.isoformat()), "dso_target") == values(old, "dso_target")
    assert values(ask(months="3"), "dso_target") == [[50], [45], [45]]

    client = signed_in(member(company.organization, "finance_manager"))
    words = {"from": "2026-01-01", "to": "2026-03-31", "before": known_at.isoformat()}
    html = client.get(f"/o/{company.organization.code}/reports/kpi/changes", words).content.decode()
    html = re.sub(r"<[^>]+>", "", html)
    assert of_company in html and of_one not in html and "None" not in html


def test_of_a_time_before_the_books_a_target_is_known_from_its_own_month(company: Any) -> None:
    known_at = moment(UNTIL).known_at
    assert known_at is not None
    company.organization.live_on = date(2026, 3, 1)
    company.organization.save(update_fields=["live_on"])
    put(company, "dso", "45", "2026-02")
    put(company, "dso", "44", "2026-03")
    assert [what for _by, what in told(known_at)] == ["DSO（整个公司）自 2026-03 起的目标：44"]


def cards(client: Any, company: Any, query: str = "") -> Mapping[str, Mapping[str, Any]]:
    found = client.get(f"/o/{company.organization.code}/key-figures/?as_of=2026-03-31{query}")
    return {card["name"]: card for card in found.context["cards"]}


def test_on_the_page_with_word_sign_and_line(company: Any) -> None:
    client = signed_in(member(company.organization, "finance_manager"))
    put(company, "dso", "45", "2026-01")
    put(company, "cei", "0.85", "2026-03")
    put(company, "cei", "0.90", "2026-03", SELLER)
    found = cards(client, company)
    assert found["dso"]["target"] == {
        "text": "目标 45 天", "word": "未达标", "tone": "bad", "icon": "alert-triangle",
    }  # fmt: skip
    assert found["cei"]["target"]["word"] == "达标"
    assert "目标 85.00% 达标" in str(found["cei"]["definition"])
    aim = found["cei"]["chart"]["series"][1]
    assert [point["value"] for point in aim["points"]][-2:] == [None, 85]
    assert "target" not in found["overdue_rate"]
    own = cards(client, company, "&salesperson=S1")
    assert (own["cei"]["target"]["text"], own["cei"]["target"]["word"]) == ("目标 90.00%", "未达标")
    assert own["dso"]["target"]["text"] == "目标 45 天（整个公司）"


def test_set_on_its_page_and_told_on_the_first_page(company: Any) -> None:
    client = signed_in(member(company.organization, "finance_manager"))
    home = f"/o/{company.organization.code}/"
    address = f"{home}key-figures/targets"
    assert "还没有目标" in client.get(address).content.decode()
    wrong = client.post(address, {"figure": "cei", "whose": "", "starts_on": "2026-13", "value": "x"})
    assert wrong.status_code == 422 and "月份应写成" in wrong.content.decode()
    assert (
        "应在 0.00% 到"
        in client.post(
            address, {"figure": "cei", "whose": "", "starts_on": "2026-01", "value": "850"}
        ).content.decode()
    )
    said = {"figure": "overdue_rate", "whose": "", "starts_on": "2025-01", "value": "12.5%"}
    assert client.post(address, said).status_code == 302
    client.post(address, {**said, "figure": "dso", "whose": "of:S1", "value": "45"})
    html = client.get(address).content.decode()
    assert "12.50%" in html and "S1 小王" in html and "有效" in html
    assert "目标 12.50%，未达标" in client.get(home).content.decode()
    executive = signed_in(member(company.organization, "executive"))
    assert executive.post(address, said).status_code == 302
    auditor = signed_in(member(company.organization, "auditor"))
    assert 'name="value"' not in auditor.get(address).content.decode()
    assert auditor.post(address, said).status_code == 403
