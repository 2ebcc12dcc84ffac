"""The settings pages: saved with a trail of what was before, refused with the reason and nothing lost."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from huikuan.audit.models import Event
from huikuan.books.operations import make_vouchers, post_vouchers, review_vouchers
from huikuan.books.queries.policy import policy
from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import PaymentTerm
from huikuan.integrations.models import Mapping
from huikuan.ledger.models import Account, Document, Period
from huikuan.ledger.operations.numbers import NUMBER_PREFIX
from huikuan.organizations.models import Organization
from tests.conftest import make_organization
from tests.trade import Books
from tests.web.people import member, signed_in
from tests.web.reading import running


@pytest.fixture
def client(organization: Any) -> Client:
    return signed_in(member(organization, "administrator", "finance_manager", name="管理员甲"))


def address(organization: Any, *parts: Any) -> str:
    return "/".join([f"/o/{organization.code}/settings", *map(str, parts), ""])


def last_event(organization: Any, kind: str) -> Event:
    with tenant(organization.pk):
        return Event.objects.filter(record_kind=kind).order_by("-pk")[0]


def fields_of_organization(**values: str) -> dict[str, str]:
    return {"name": "新名称", "currency": "CNY", "time_zone": "Asia/Tokyo", "live_on": "", **values}


def test_the_organization_changes_and_the_trail_says_what_was(organization: Any, client: Client) -> None:
    answer = client.post(address(organization, "organization"), fields_of_organization())
    assert answer.status_code == 302
    organization.refresh_from_db()
    assert (organization.name, organization.time_zone) == ("新名称", "Asia/Tokyo")
    event = last_event(organization, "organization")
    assert event.content["before"] == {"name": "测试公司", "time_zone": "Asia/Shanghai"}
    assert event.content["name"] == "新名称"
    trail = client.get(address(organization, "trail")).content.decode()
    assert "测试公司 → 新名称" in trail


def test_the_go_live_day_does_not_move_across_what_is_recorded(
    organization: Any, client: Client, books: Books
) -> None:
    books.invoice("YS1", "2026-05-10", "100")
    answer = client.post(
        address(organization, "organization"), fields_of_organization(live_on="2026-06-01", name="打了一半")
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "上线日期" in page
    assert "打了一半" in page, "nothing typed is lost"
    organization.refresh_from_db()
    assert organization.live_on is None
    answer = client.post(address(organization, "organization"), fields_of_organization(live_on="2026-05-01"))
    assert answer.status_code == 302, "nothing is dated before the first of May"
    organization.refresh_from_db()
    assert organization.live_on == date(2026, 5, 1)


def test_the_base_currency_is_locked_by_the_first_document(
    organization: Any, client: Client, books: Books
) -> None:
    page = address(organization, "organization")
    assert client.post(page, fields_of_organization(currency="USD")).status_code == 302
    assert Organization.objects.get(pk=organization.pk).currency == "USD"
    client.post(page, fields_of_organization(currency="CNY"))
    books.invoice("YS1", "2026-05-10", "100")
    assert "disabled" in client.get(page).content.decode()
    client.post(page, fields_of_organization(currency="USD"))
    assert Organization.objects.get(pk=organization.pk).currency == "CNY"


def test_accounts_are_added_and_renamed_but_keep_what_rests_on_them(
    organization: Any, client: Client, books: Books
) -> None:
    books.invoice("YS1", "2026-05-10", "100")
    new = {"code": "112201", "name": "应收账款—出口", "control": "receivable"}
    assert client.post(address(organization, "accounts", "new"), new).status_code == 302
    again = client.post(address(organization, "accounts", "new"), new)
    assert again.status_code == 422
    assert "已经存在" in again.content.decode()
    receivable = Account.objects.get(code="1122")
    page = address(organization, "accounts", receivable.pk)
    refused = client.post(page, {"code": "1122", "name": "应收账款", "control": ""})
    assert refused.status_code == 422
    assert "不能改变" in refused.content.decode()
    assert client.post(page, {"code": "9999", "name": "应收", "control": "receivable"}).status_code == 422
    assert client.post(page, {"code": "1122", "name": "应收货款", "control": "receivable"}).status_code == 302
    receivable.refresh_from_db()
    assert (receivable.name, receivable.control) == ("应收货款", "receivable")
    assert last_event(organization, "account").content["before"] == {"name": "应收账款"}


def test_a_changed_chart_still_passes_the_check(organization: Any, client: Client, books: Books) -> None:
    from django.utils import timezone

    from huikuan.audit.checks import broken_rows
    from huikuan.ledger.checks import LEDGER_VALIDATIONS

    client.post(address(organization, "accounts", "new"), {"code": "1", "name": "甲", "control": ""})
    bank = Account.objects.get(code="1002")
    client.post(address(organization, "accounts", bank.pk), {"code": "100201", "name": "工行", "control": ""})
    prefixes = NUMBERS | {"invoice": "FP"}
    client.post(address(organization, "numbering"), prefixes)
    organization.refresh_from_db()
    books.invoice("", "2026-05-10", "100")
    assert Document.objects.get().number == "FP202605000001"
    found = broken_rows(LEDGER_VALIDATIONS, organization=organization, now=timezone.now())
    assert {name: rows for name, rows in found.items() if rows} == {}


NUMBERS = {str(kind): prefix for kind, prefix in NUMBER_PREFIX.items()}


@pytest.mark.parametrize(("letters", "why"), [("SK", "用了两次"), ("F1", "大写字母"), ("YT", "用了两次")])
def test_a_prefix_of_another_kind_is_refused(
    organization: Any, client: Client, letters: str, why: str
) -> None:
    answer = client.post(address(organization, "numbering"), NUMBERS | {"invoice": letters})
    assert answer.status_code == 422
    assert why in answer.content.decode()
    organization.refresh_from_db()
    assert organization.number_prefixes == {}


def test_a_prefix_given_up_belongs_to_its_kind_for_ever(
    organization: Any, client: Client, books: Books
) -> None:
    client.post(address(organization, "numbering"), NUMBERS | {"invoice": "FP"})
    books.invoice("", "2026-05-10", "100")
    client.post(address(organization, "numbering"), NUMBERS | {"invoice": "ZZ"})
    taken = client.post(address(organization, "numbering"), NUMBERS | {"invoice": "ZZ", "receipt": "FP"})
    assert taken.status_code == 422
    assert "属于另一种单据" in taken.content.decode()
    assert client.post(address(organization, "numbering"), NUMBERS | {"invoice": "FP"}).status_code == 302


def test_months_are_closed_and_reopened_with_a_reason(
    organization: Any, client: Client, books: Books
) -> None:
    books.invoice("YS1", "2026-05-10", "113")
    page = client.get(address(organization, "periods")).content.decode()
    assert "可以关闭 2026-05 了" in running(page)
    assert "113.00" not in page, "figures that take longer follow after the page"
    assert "113.00" in client.get(address(organization, "periods"), {"totals": "1"}).content.decode()
    month = address(organization, "periods", "2026-05")
    checklist = reverse("close-month", args=[organization.code, "2026-05"])
    assert client.get(month).headers["Location"] == checklist
    make_vouchers(actor=books.actor)
    review_vouchers(actor=books.actor)
    post_vouchers(actor=books.actor)
    assert client.post(checklist, {}).status_code == 302
    assert Period.objects.get().closed_at is not None
    refused = client.post(month, {"reason": " "})
    assert refused.status_code == 422
    assert Period.objects.get().closed_at is not None
    assert client.post(month, {"reason": "补记一张发票"}).status_code == 302
    assert Period.objects.get().closed_at is None
    assert "补记一张发票" in client.get(address(organization, "trail")).content.decode()


@pytest.mark.parametrize(
    ("typed", "due"),
    [
        ({"kind": "net_days", "days": "30"}, "2026-07-05"),
        ({"kind": "months", "months": "1", "day": "15"}, "2026-07-15"),
        ({"kind": "period_days", "days": "30"}, "2026-07-30"),
        ({"kind": "period_days", "days": "10", "cutoff": "25"}, "2026-07-05"),
        ({"kind": "period_months", "months": "1"}, "2026-07-31"),
        ({"kind": "on_delivery"}, "2026-06-05"),
        ({"kind": "prepaid"}, "2026-06-05"),
        ({"kind": "milestone", "days": "7", "milestone": "调试完成"}, "2026-06-12"),
        ({"kind": "retention", "months": "12", "base_event": "acceptance"}, "2027-06-05"),
        ({"kind": "fixed", "on": "2026-09-01"}, "2026-09-01"),
        ({"kind": "net_days", "days": "15", "holiday": "next"}, "2026-06-22"),
    ],
)
def test_a_term_is_tried_out_while_it_is_typed(
    organization: Any, client: Client, typed: dict[str, str], due: str
) -> None:
    answer = client.get(
        address(organization, "terms", "preview"), {"base_on": "2026-06-05", "base_event": "invoice", **typed}
    )
    assert due in answer.content.decode()
    saved = client.post(
        address(organization, "terms", "new"),
        {"name": "条件", "code": "T1", "base_event": "invoice", **typed},
    )
    assert saved.status_code == 302
    with tenant(organization.pk):
        term = PaymentTerm.objects.get()
    assert term.rule["kind"] == typed["kind"]
    assert "条件" in client.get(address(organization, "terms")).content.decode()
    again = client.get(address(organization, "terms", term.pk))
    assert again.status_code == 200
    assert term.name in again.content.decode()


def test_a_half_typed_term_says_nothing_and_an_impossible_one_is_refused(
    organization: Any, client: Client
) -> None:
    preview = address(organization, "terms", "preview")
    assert "就显示到期日" in client.get(preview, {"kind": "net_days", "days": ""}).content.decode()
    assert "就显示到期日" in client.get(preview, {"kind": "months", "months": "x"}).content.decode()
    answer = client.post(
        address(organization, "terms", "new"),
        {"name": "太久", "code": "T", "kind": "net_days", "days": "99999", "base_event": "invoice"},
    )
    assert answer.status_code == 422
    assert "超出允许的范围" in answer.content.decode()
    assert "太久" in answer.content.decode()


def test_a_changed_term_says_what_it_was(organization: Any, client: Client, books: Books) -> None:
    term = PaymentTerm.objects.create(
        organization_id=organization.pk,
        code="N30",
        name="三十天",
        rule={"kind": "net_days", "base_event": "invoice", "days": 30},
    )
    typed = {"name": "三十天", "code": "N30", "kind": "net_days", "days": "45", "base_event": "delivery"}
    assert client.post(address(organization, "terms", term.pk), typed).status_code == 302
    content = last_event(organization, "payment_term").content
    assert content["before"]["rule"]["days"] == 30
    assert content["rule"] == {"kind": "net_days", "base_event": "delivery", "days": 45}


def test_instalments_are_renamed_and_stay_as_agreed(organization: Any, client: Client, books: Books) -> None:
    parts = [
        {"percent": "30", "rule": {"kind": "prepaid", "base_event": "order"}},
        {"percent": "70", "rule": {"kind": "net_days", "base_event": "delivery", "days": 30}},
    ]
    term = PaymentTerm.objects.create(
        organization_id=organization.pk, code="P", name="三七", rule=parts[0]["rule"], instalments=parts
    )
    page = client.get(address(organization, "terms", term.pk)).content.decode()
    assert "30% 款到发货；70% 签收后 30 天" in page
    answer = client.post(address(organization, "terms", term.pk), {"name": "三七开", "code": "P"})
    assert answer.status_code == 302
    term.refresh_from_db()
    assert (term.name, term.instalments) == ("三七开", parts)


def test_remembered_columns_are_named_and_forgotten(organization: Any, client: Client, books: Books) -> None:
    mapping = Mapping.objects.create(
        organization_id=organization.pk,
        kind="invoices",
        header_signature="x",
        columns={"number": "发票号", "amount": "价税合计"},
    )
    assert "发票号 → " in client.get(address(organization, "mappings")).content.decode()
    assert client.post(address(organization, "mappings", mapping.pk), {"name": "金蝶"}).status_code == 302
    mapping.refresh_from_db()
    assert mapping.name == "金蝶"
    assert client.post(address(organization, "mappings", mapping.pk, "delete")).status_code == 302
    assert not Mapping.objects.exists()
    assert last_event(organization, "mapping").content["name"] == "金蝶"


def test_nothing_of_another_organization_is_reached(
    organization: Any, actor: Any, client: Client, books: Books
) -> None:
    other = make_organization(actor)
    with tenant(other.pk):
        account, term = (
            Account.objects.first(),
            PaymentTerm.objects.create(
                organization_id=other.pk,
                code="N",
                name="别家",
                rule={"kind": "prepaid", "base_event": "order"},
            ),
        )
        mapping = Mapping.objects.create(
            organization_id=other.pk, kind="invoices", header_signature="x", columns={}
        )
        assert account is not None
    for parts in (("accounts", account.pk), ("terms", term.pk), ("mappings", mapping.pk)):
        assert client.get(address(organization, *parts)).status_code == 404, parts
        assert client.post(address(organization, *parts), {"name": "x", "code": "x"}).status_code == 404
    assert "别家" not in client.get(address(organization, "terms")).content.decode()


def test_the_trail_is_filtered_by_person_and_kind(organization: Any, client: Client) -> None:
    client.post(address(organization, "organization"), fields_of_organization())
    page = address(organization, "trail")
    assert "修改组织" in client.get(page, {"who": "管理员甲"}).content.decode().split("<tbody>")[1]
    assert "没有符合条件的操作" in client.get(page, {"who": "别人"}).content.decode()
    assert "没有符合条件的操作" in client.get(page, {"until": "2001-01-01"}).content.decode()


def test_the_tax_number_is_checked_and_kept(organization: Any, client: Client) -> None:
    page = address(organization, "organization")
    wrong = client.post(page, fields_of_organization(tax_number="91350100M000100Y44"))
    assert wrong.status_code == 422 and "最后一位校验不对" in wrong.content.decode()
    assert client.post(page, fields_of_organization(tax_number=" 91350100m000100y43 ")).status_code == 302
    organization.refresh_from_db()
    assert organization.tax_number == "91350100M000100Y43"
    assert client.post(page, fields_of_organization(tax_number="110101700101001")).status_code == 302
    assert last_event(organization, "organization").content["before"] == {"tax_number": "91350100M000100Y43"}


def test_how_vouchers_are_kept(organization: Any, client: Client) -> None:
    page = address(organization, "vouchers")
    assert 'value="记"' in client.get(page).content.decode()
    asked = {
        "word_in": "收",
        "word_out": "付",
        "word_other": "转",
        "grouping": "day",
        "separate_duties": "on",
    }
    assert client.post(page, {**asked, "word_out": "付!"}).status_code == 422
    assert client.post(page, asked).status_code == 302
    with tenant(organization.pk):
        chosen = policy()
    assert (chosen.all_words, chosen.grouping, chosen.separate_duties) == (["收", "付", "转"], "day", True)
