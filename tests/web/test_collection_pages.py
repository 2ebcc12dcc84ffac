"""Pages of collection: from the worklist to a contact, a promise and its end; corrections, rulings, weights."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from huikuan.audit.models import Act
from huikuan.collection.models import (
    Ask,
    Assignment,
    CollectionSetting,
    Contact,
    LegalCase,
    PaymentPromise,
    RepaymentPlan,
)
from huikuan.collection.operations.sharing_out import assignment_rules
from huikuan.collection.points import SHIPPED
from huikuan.collection.reaching import Clock
from huikuan.organizations.models import Membership
from tests.web.people import member, seller, signed_in
from tests.web.reading import running

pytestmark = pytest.mark.django_db


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


@pytest.fixture
def owing(books: Any) -> Any:
    user, salesperson = seller(books.organization)
    mine = books.customer("C1", name="华东机械", salesperson=salesperson)
    books.customer("C2", name="南方电气")
    today = date.today()
    for code, amount, late in (("C1", "300000", 40), ("C2", "80000", 100)):
        due = (today - timedelta(days=late)).isoformat()
        books.invoice(f"F-{code}", (today - timedelta(days=150)).isoformat(), amount, due=due, customer=code)
    home = f"/o/{books.organization.code}/collection/"
    collector = signed_in(member(books.organization, "collector", name="吴催"))
    return books, home, collector, signed_in(user), mine


def test_the_outcome_in_two_clicks(owing: Any) -> None:
    _books, home, collector, sales, mine = owing
    page = text(collector, f"{home}?part=team")
    assert page.index("华东机械") < page.index("南方电气")
    assert "还没有联系过" in page and "300,000.00" in page
    assert "counts/?part=team" in page and "whose-count" not in page  # counted behind the lines
    counts = text(collector, f"{home}counts/?part=team")
    assert (
        counts.count("whose-count") == 2 and 'aria-current="page">全部 <span class="whose-count">2<' in counts
    )
    assert "南方电气" not in counts and "hx-get" not in counts
    assert "南方电气" not in text(sales, home)
    answer = sales.post(f"{home}{mine.pk}/outcome/", {"result": "not_reached", "part": "mine"})
    assert answer.status_code == 302
    made = Contact.objects.get()
    assert (made.result, made.channel, made.claimed) == ("not_reached", "phone", 300000)
    assert "华东机械" not in text(sales, f"{home}?part=mine").split('class="work"')[-1].split("toast")[0]
    assert "未联系上" in text(collector, f"{home}?part=team")
    assert sales.post(f"{home}{Contact.objects.get().pk}/outcome/", {"result": "reached"}).status_code == 404
    sales.post(f"{home}{mine.pk}/outcome/", {"result": "no such result"})
    assert Contact.objects.count() == 1


@pytest.fixture
def at_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ten in the morning of a working day for whoever wants to call."""
    monkeypatch.setattr("huikuan.web.collection.reaching.clock_now", lambda: Clock(time(10)))
    for module in ("worklist", "case", "table"):
        monkeypatch.setattr(f"huikuan.web.collection.{module}.clock_now", lambda: Clock(time(10)))


@pytest.mark.usefixtures("at_ten")
def test_the_third_call_of_a_day_is_warned_of(owing: Any) -> None:
    books, home, collector, _sales, mine = owing
    phones = f"/o/{books.organization.code}/customers/{mine.pk}/phones"
    call = {"result": "not_reached", "part": "team"}
    assert (
        "再打就是第 3 次"
        not in collector.post(f"{home}{mine.pk}/outcome/", call, follow=True).content.decode()
    )
    assert "一天最多" not in collector.post(phones).content.decode()
    second = collector.post(f"{home}{mine.pk}/outcome/", call, follow=True).content.decode()
    assert "今天已给这位客户打了 2 次电话：再打就是第 3 次，一天最多 3 次。" in second
    assert "再打就是第 3 次" in collector.post(phones).content.decode()
    assert "今天已打" not in text(collector, home)
    third = collector.post(
        f"{home}{mine.pk}/?part=team", {"result": "reached", "channel": "phone"}, follow=True
    ).content.decode()
    assert "今天已给这位客户打了 3 次电话。一天最多 3 次，今天不要再打。" in third
    assert "今天已打 3 次电话" in text(collector, f"{home}?part=team")
    assert "今天不要再打" in collector.post(phones).content.decode()
    mailed = {"result": "sent", "channel": "email"}
    assert "今天不要再打" not in collector.post(f"{home}{mine.pk}/", mailed, follow=True).content.decode()


@pytest.mark.usefixtures("at_ten")
def test_when_a_customer_can_be_called(owing: Any) -> None:
    books, home, collector, sales, mine = owing
    page, phones = f"{home}{mine.pk}/hours/", f"/o/{books.organization.code}/customers/{mine.pk}/phones"
    assert page in text(collector, f"{home}{mine.pk}/")
    given = {"called_from": "14:00", "called_until": "16:30", "note": "找<b>王会计"}
    assert collector.post(page, given | {"called_until": "13:00"}).status_code == 422
    assert collector.post(page, given).status_code == 302
    assert "14:00–16:30 才可联系" in text(collector, f"{home}?part=team")
    shown = text(collector, f"{home}{mine.pk}/")
    assert "可联系时间 14:00–16:30；找&lt;b&gt;王会计" in shown and "−20" in shown
    assert 'value="14:00"' in text(sales, page)
    assert "可联系时间 14:00–16:30" in collector.post(phones).content.decode()
    away = {
        "away_from": date.today().isoformat(),
        "away_until": (date.today() + timedelta(days=2)).isoformat(),
    }
    assert collector.post(page, away).status_code == 302
    assert "不在，到" in text(collector, f"{home}?part=team")
    other = books.customer("C2")
    assert sales.get(f"{home}{other.pk}/hours/").status_code == 404
    assert sales.post(f"{home}{other.pk}/hours/", given).status_code == 404


def test_whoever_looks_at_night_is_told_not_to_call(owing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    books, home, collector, _sales, mine = owing
    opens = datetime(2026, 11, 24, 8, tzinfo=ZoneInfo("Asia/Shanghai"))
    for module in ("reaching", "worklist"):
        monkeypatch.setattr(f"huikuan.web.collection.{module}.clock_now", lambda: Clock(time(22, 30), opens))
    said = "不要打电话；2026-11-24 08:00 起可以"
    assert said in running(text(collector, home))
    assert said in collector.post(f"/o/{books.organization.code}/customers/{mine.pk}/phones").content.decode()
    late = {"result": "reached", "channel": "phone", "made_at": "2026-11-19T22:15"}
    assert (
        "22:00 至次日 08:00 不要打电话给客户"
        in collector.post(f"{home}{mine.pk}/", late, follow=True).content.decode()
    )
    assert (
        "22:00 至次日"
        not in collector.post(
            f"{home}{mine.pk}/", late | {"made_at": "2026-11-19T21:15"}, follow=True
        ).content.decode()
    )


def test_a_promise_from_the_case_to_the_customers_page(owing: Any) -> None:
    books, home, collector, sales, mine = owing
    url = f"{home}{mine.pk}/?part=team"
    item = books.item("F-C1")
    assert str(item.pk) in text(collector, url)
    given = {"result": "promised", "channel": "phone", "item": str(item.pk), "text": "财务经理答应"}
    wrong = collector.post(url, given)
    assert wrong.status_code == 422 and "请填写答应付款的日子" in wrong.content.decode()
    assert not Contact.objects.exists()
    by = date.today() + timedelta(days=5)
    beyond = collector.post(url, given | {"promised_on": by.isoformat(), "amount": "300000.01"})
    assert beyond.status_code == 422 and not Contact.objects.exists()
    assert collector.post(url, given | {"promised_on": by.isoformat(), "amount": "1,000"}).status_code == 302
    promise = PaymentPromise.objects.get()
    assert (promise.amount, promise.promised_on, promise.collector_name) == (1000, by, "吴催")
    assert promise.contact is not None and promise.contact.next_on == by
    customer = text(sales, f"/o/{books.organization.code}/customers/{mine.pk}/")
    assert "催收与承诺" in customer and "1,000.00" in customer
    told = text(
        sales, f"{reverse('customer-timeline', args=[books.organization.code, mine.pk])}?kind=contact"
    )
    assert "电话 · 承诺付款" in told and f"承诺 {by} 付款" in told
    assert "华东机械" in text(sales, f"{home}promises/")
    assert "F-C1" in text(sales, f"{home}promises/{promise.pk}/")
    ended = sales.post(f"{home}promises/{promise.pk}/withdraw/", {"reason": "客户改期"})
    assert ended.status_code == 302
    assert PaymentPromise.objects.get().state == "withdrawn"
    assert "客户改期" in text(sales, f"{home}promises/{promise.pk}/")
    assert "还没有到期的承诺" in text(collector, f"{home}promises/kept/")
    assert Act.objects.filter(kind="record_contacts").count() == 1


def test_a_repayment_plan_from_its_making_to_the_signature(owing: Any) -> None:
    books, home, collector, sales, mine = owing
    item = books.item("F-C1")
    page = f"{home}{mine.pk}/plan/"
    assert str(item.pk) in text(collector, page)
    given = {"item": str(item.pk), "count": "3", "months": "1", "breach_days": "7", "breach_instalments": "2"}
    given |= {"first_on": (date.today() + timedelta(days=10)).isoformat()}
    assert "看不懂这一行" in collector.post(page, given | {"schedule": "明天 1"}).content.decode()
    answer = collector.post(page, given)
    plan = RepaymentPlan.objects.get()
    assert answer.status_code == 302 and plan.total == 300000
    shown = f"{home}plans/{plan.pk}/"
    assert "100,000.00" in text(sales, shown) and "待签署" in text(collector, f"{home}plans/")
    missing = collector.post(f"{shown}sign/", {"signed_on": date.today().isoformat(), "signer": "王总"})
    assert missing.status_code == 422 and "请先上传" in missing.content.decode()
    paper = SimpleUploadedFile("计划.pdf", b"%PDF-1.4 signed")
    signing = {"signed_on": date.today().isoformat(), "signer": "王总", "paper": paper}
    assert collector.post(f"{shown}sign/", signing).status_code == 302
    assert "履行中" in text(sales, shown) and "计划.pdf" in text(sales, shown)
    assert "在还款计划里" in text(collector, f"{home}{mine.pk}/")
    assert "华东机械" not in text(collector, f"{home}?part=team")
    assert collector.post(f"{shown}interest/", {"number": "none"}).status_code == 422
    assert collector.post(f"{shown}withdraw/", {"reason": "改签"}).status_code == 302
    assert "华东机械" in text(collector, f"{home}?part=team")


def test_a_case_and_joint_work_on_the_page(owing: Any) -> None:
    books, home, collector, sales, mine = owing
    finance = signed_in(member(books.organization, "finance_manager", name="沈静"))
    proposed = collector.post(f"{home}{mine.pk}/case/", {"kind": "suit", "reason": "多次催收无果"})
    case = LegalCase.objects.get()
    file = f"{home}cases/{case.pk}/"
    assert proposed.status_code == 302 and "多次催收无果" in text(sales, file)
    assert "登记进展" not in text(finance, file)
    assert collector.post(f"{file}approve/").status_code == 422  # agrees to nothing
    assert finance.post(f"{file}approve/").status_code == 302
    on = date.today().isoformat()
    assert collector.post(file, {"on": on, "stage": "filed"}).status_code == 403
    filed = {
        "on": on,
        "stage": "filed",
        "fee": "1,200",
        "next_on": on,
        "next_what": "缴费",
        "court_number": "1号",
    }
    assert finance.post(file, filed | {"next_what": ""}).status_code == 422
    assert finance.post(file, filed).status_code == 302
    shown = text(collector, file)
    assert "已提交立案" in shown and "1,200.00" in shown and "缴费" in shown
    assert "华东机械" in text(sales, f"{home}cases/")
    page = f"{home}{mine.pk}/"
    handed = {"hands": "finance", "reason": "超过三十天"}
    assert sales.post(f"{page}hand-over/", handed).status_code == 302
    assert sales.post(f"{page}hand-over/", handed).status_code == 422
    to = Membership.objects.get(user__name="吴催").pk
    asking = {"kind": "question", "to": str(to), "text": "对账了吗？", "due_on": on}
    assert sales.post(f"{page}ask/", asking).status_code == 302
    assert "对账了吗？" in text(collector, page) and "待答复" in text(collector, page)
    asked = Ask.objects.get()
    assert sales.post(f"{home}asked/{asked.pk}/answer/", {"text": "x"}).status_code == 422
    assert collector.post(f"{home}asked/{asked.pk}/answer/", {"text": "已对账"}).status_code == 302
    assert "已对账" in text(sales, page)
    terms = {"rate": "3", "factors": "0 1\n30 0.5"}
    assert finance.post(f"{home}commission/", terms | {"factors": "0 1\n30 2"}).status_code == 422
    assert finance.post(f"{home}commission/", terms).status_code == 302
    assert "晚 30 天以内 × 0.5" in text(sales, f"{home}digest/?until=x")


def test_corrected_and_ruled_on(owing: Any) -> None:
    books, home, collector, _sales, mine = owing
    finance = signed_in(member(books.organization, "finance_manager", name="沈静"))
    collector.post(f"{home}{mine.pk}/?part=team", {"result": "reached", "channel": "phone", "text": "口误"})
    old = Contact.objects.get()
    page = f"{home}contacts/{old.pk}/"
    assert "口误" in text(collector, page) and "不中断" in text(collector, page)
    assert collector.get(f"{page}rule/").status_code == 403
    given = {"result": "reached", "channel": "wecom", "text": "企业微信联系", "direction": "out"}
    assert collector.post(f"{page}correct/", given).status_code == 302
    new = Contact.objects.exclude(pk=old.pk).get()
    assert "已被更正" in text(collector, page)
    assert collector.post(f"{page}correct/", given).status_code == 422
    ruled = finance.post(f"{home}contacts/{new.pk}/rule/", {"interrupts": "yes", "basis": "对方回复确认"})
    assert ruled.status_code == 302
    assert "认定中断时效" in text(collector, f"{home}contacts/{new.pk}/")


def test_limitation_assignment_and_weights(owing: Any) -> None:
    books, home, collector, sales, mine = owing
    finance = signed_in(member(books.organization, "finance_manager"))
    old = date.today() - timedelta(days=3 * 365 - 20)
    books.invoice("OLD", (old - timedelta(days=30)).isoformat(), "500", due=old.isoformat(), customer="C2")
    assert "OLD" in text(collector, f"{home}limitation/?within=30")
    assert "OLD" not in text(sales, f"{home}limitation/")
    document = books.item("OLD").document_id
    assert "诉讼时效届满" in text(collector, f"/o/{books.organization.code}/documents/{document}/")
    member_id = Membership.objects.get(user__name="吴催").pk
    assert collector.get(f"{home}{mine.pk}/assign/").status_code == 403
    answer = finance.post(f"{home}{mine.pk}/assign/", {"collector": str(member_id), "reason": "大额"})
    assert answer.status_code == 302
    assert Assignment.objects.get().collector_id == member_id
    assert "华东机械" in text(collector, f"{home}?part=mine")
    form = {signal.value: str(points) for signal, points in SHIPPED.items()}
    form |= {"full_amount": "100,000", "grace_days": "5"}
    assert finance.post(f"{home}settings/", form | {"age": "-1"}).status_code == 422
    assert finance.post(f"{home}settings/", form).status_code == 302
    assert CollectionSetting.objects.get().grace_days == 5
    assert "承诺宽限天数" in text(finance, f"{home}settings/")


def test_pages_hold_on_without_anything(books: Any) -> None:
    collector = signed_in(member(books.organization, "collector"))
    home = f"/o/{books.organization.code}/collection/"
    for page in ("", "?part=broken&q=x", "?after=nonsense", "limitation/", "promises/", "promises/kept/"):
        text(collector, f"{home}{page}")
    customer = books.customer("C1", name="<b>空</b>")
    assert "没有未付的款项" in text(collector, f"{home}{customer.pk}/?at=nonsense")
    assert "<b>空" not in text(collector, f"{home}{customer.pk}/")


def test_the_table_the_rules_and_what_helped(owing: Any) -> None:
    books, home, collector, sales, mine = owing
    finance = signed_in(member(books.organization, "finance_manager", name="沈静"))
    shown = text(finance, f"{home}table/")
    assert "华东机械" in shown and "南方电气" in shown
    assert "南方电气" not in text(sales, f"{home}table/") and "华东机械" in text(sales, f"{home}table/")
    member_id = Membership.objects.get(user__name="吴催").pk
    given = {"key": [str(mine.pk)], "confirmed": "1", "collector": str(member_id), "reason": "批量"}
    assert finance.post(f"{home}table/list/act/assign", given).status_code == 302
    assert Assignment.objects.get().customer_id == mine.pk
    assert collector.post(f"{home}table/list/act/assign", given).status_code == 403
    rules = {
        "rule-TOTAL_FORMS": "1",
        "rule-INITIAL_FORMS": "0",
        "rule-0-name": "全部",
        "rule-0-collectors": [str(member_id)],
        "rule-0-least": "1,000",
        "rule-0-least_days": "10",
    }
    assert finance.post(f"{home}rules/", {**rules, "now": "on"}).status_code == 302
    assert Assignment.objects.filter(ends_on=None).count() == 2
    page = text(finance, f"{home}effect/")
    assert "看不出哪一步有没有效果" in page
    assert collector.get(f"{home}effect/").status_code == 403


def test_rules_of_assignment_are_cards(owing: Any) -> None:
    books, home, _collector, _sales, _mine = owing
    finance = signed_in(member(books.organization, "finance_manager", name="沈财"))
    page = text(finance, f"{home}rules/")
    assert "新规则" in page and "沈财" in page and "删除这条规则" not in page
    keys = {each.user.name: str(each.pk) for each in Membership.objects.select_related("user")}
    forms = {"rule-TOTAL_FORMS": "1", "rule-INITIAL_FORMS": "0"}
    first = {"rule-0-name": "大额", "rule-0-collectors": [keys["吴催"]], "rule-0-least": "100,000"}
    wrong = finance.post(f"{home}rules/", {**forms, "rule-0-name": "没有人"})
    assert wrong.status_code == 422 and assignment_rules() == []
    assert finance.post(f"{home}rules/", {**forms, **first, "now": "on"}).status_code == 302
    [rule] = assignment_rules()
    assert (rule.name, rule.least, rule.most) == ("大额", Decimal(100000), None)
    assert Assignment.objects.get().customer.name == "华东机械"
    page = text(finance, f"{home}rules/")
    assert 'value="大额"' in page and "删除这条规则" in page
    both = {
        **first,
        "rule-TOTAL_FORMS": "2",
        "rule-INITIAL_FORMS": "1",
        "rule-0-ORDER": "2",
        "rule-1-ORDER": "1",
        "rule-1-name": "其余",
        "rule-1-collectors": [keys["沈财"]],
        "more": "1",
    }
    assert finance.post(f"{home}rules/", both).headers["Location"].endswith("/rules/")
    assert [each.name for each in assignment_rules()] == ["其余", "大额"]
    gone = {**forms, "rule-INITIAL_FORMS": "1", **first, "rule-0-DELETE": "on"}
    assert finance.post(f"{home}rules/", gone).status_code == 302
    assert assignment_rules() == []
