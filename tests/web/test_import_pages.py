"""The import pages: choosing a file, checking it, starting, settling what was left out, undoing."""

from __future__ import annotations

import html
import io
import re
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from xlsxwriter import Workbook

from huikuan.core.postgres.tenancy import tenant
from huikuan.integrations import uploads
from huikuan.integrations.models import Batch, Problem, State
from huikuan.ledger.models import Document, OpenItem
from huikuan.organizations.models import Role, User
from huikuan.organizations.operations import add_member
from tests.conftest import make_organization

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = """客户编码,客户名称,发票号,开票日期,到期日,含税金额
K1,甲机械厂,INV-1,2026-01-05,2026-02-05,"1,130.00"
K2,乙贸易行,INV-2,2026-01-06,2026-02-06,226.50
"""
MIXED = (
    GOOD
    + """K1,甲机械厂,INV-3,2026-01-07,2025-12-01,500.00
K3,丙公司,INV-4,2026-01-08,2026-02-08,一百元
K3,丙公司,INV-5,2026-02-30,2026-03-08,300.00
"""
)


def member(organization: Any, role: str) -> Client:
    """A client signed in as a person with `role` in the organization."""
    user = User.objects.create_user(
        name="王会计", password="correct horse", email=f"{uuid4().hex}@example.com"
    )
    with tenant(organization.pk):
        add_member(user=user, role_codes=[role])
    client = Client()
    client.force_login(user, backend="huikuan.web.sign_in.LoginBackend")
    return client


@pytest.fixture
def client(organization: Any) -> Client:
    return member(organization, "ar_accountant")


class Pages:
    """The pages as a clerk goes through them."""

    def __init__(self, client: Client, organization: Any) -> None:
        self.client, self.organization = client, organization
        self.base = f"/o/{organization.code}/import/"

    def upload(self, content: bytes | str, name: str = "发票.csv", **fields: Any) -> Any:
        data = content.encode() if isinstance(content, str) else content
        return self.client.post(
            self.base + "upload",
            {"kind": "invoices", "file": SimpleUploadedFile(name, data), **fields},
        )

    def check(self, content: bytes | str, name: str = "发票.csv", **fields: Any) -> tuple[str, Any]:
        answer = self.upload(content, name, **fields)
        assert answer.status_code == 302, answer.content.decode()
        url = answer.url.removesuffix("/columns")
        return url, self.client.get(url)

    def run(self, content: bytes | str, name: str = "发票.csv", **fields: Any) -> Batch:
        url, _page = self.check(content, name, **fields)
        answer = self.client.post(url + "/start")
        assert answer.status_code == 302
        return self.batch(answer.url.rpartition("/")[2])

    def batch(self, pk: str) -> Batch:
        with tenant(self.organization.pk):
            return Batch.objects.get(pk=pk)

    def of(self, batch: Batch, part: str = "") -> str:
        return f"{self.base}{batch.pk}{part and '/' + part}"

    def problems(self, batch: Batch) -> dict[int, Problem]:
        with tenant(self.organization.pk):
            return {problem.row: problem for problem in Problem.objects.filter(batch=batch)}

    def numbers(self) -> set[str]:
        with tenant(self.organization.pk):
            return set(Document.objects.filter(voided_by__isnull=True).values_list("number", flat=True))


@pytest.fixture
def pages(client: Client, organization: Any) -> Pages:
    return Pages(client, organization)


def sheet(*rows: tuple[Any, ...]) -> bytes:
    target = io.BytesIO()
    book = Workbook(target, {"in_memory": True})
    page = book.add_worksheet("明细")
    for index, row in enumerate(rows):
        page.write_row(index, 0, row)
    book.close()
    return target.getvalue()


def text(answer: Any) -> str:
    """What a person reads on a page, without tags and runs of space."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_way_from_an_empty_history_to_imported_invoices(pages: Pages) -> None:
    home = pages.client.get(pages.base)
    assert home.status_code == 200 and "还没有导入过" in text(home)

    url, check = pages.check(GOOD)
    assert "将导入 2" in text(check) and "新建客户 2" in text(check)
    assert pages.numbers() == set(), "a check books nothing"

    started = pages.client.post(url + "/start")
    batch = pages.batch(started.url.rpartition("/")[2])
    assert (batch.state, batch.imported, batch.customers_created) == (State.DONE, 2, 2)
    result = text(pages.client.get(started.url))
    assert "1,356.50 CNY" in result and "甲机械厂" in result
    assert pages.numbers() == {"INV-1", "INV-2"}
    assert "发票.csv" in text(pages.client.get(pages.base))


def test_the_check_shows_each_column_with_samples_and_its_field(pages: Pages) -> None:
    url, _check = pages.check(GOOD)
    answer = pages.client.get(url + "/columns")
    page = answer.content.decode()
    assert "按列名认出" not in text(answer) and "按您的选择：这是应收单" in text(answer)
    assert 'name="column-5"' in page and "1,130.00" in page and "常用叫法" in page
    assert re.search(r'id="column-5".*?<option value="amount" selected>', page, re.S)


def test_problem_rows_are_shown_before_anything_is_booked(pages: Pages) -> None:
    _url, check = pages.check(MIXED)
    page = check.content.decode()
    assert (
        "将导入 2" in text(check) and "搁置，待您确认 1" in text(check) and "拒绝，无法导入 2" in text(check)
    )
    assert re.search(r'<td[^>]* class="cell-wrong"><input[^>]* value="一百元"[^>]* aria-invalid="true"', page)
    assert re.search(r'<td[^>]* class="cell-doubtful"><input[^>]* value="2025-12-01"', page)
    assert re.search(r'<tr id="line-2" class="row-plain">', page), "good rows stand among them"


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ("客户编码,客户名称,发票号,开票日期,到期日,含税金额", "invoices"),
        ("客户编码,客户名称,地区,联系人,联系电话", "customers"),
        ("流水号,付款人,到账日期,到账金额", "receipts"),
        ("发票号,收款单号,核销金额,核销日期", "allocations"),
        ("Customer ID,Invoice No,Invoice Date,Due Date,Amount", "invoices"),
    ],
)
def test_the_kind_of_a_file_is_told_from_its_headers(pages: Pages, headers: str, kind: str) -> None:
    row = ",".join("1" for _header in headers.split(","))
    url, _check = pages.check(f"{headers}\n{row}\n", kind="")
    upload = uploads.waiting(pages.organization.pk, url.rpartition("/")[2])
    assert (upload.kind, upload.recognised) == (kind, True)


def test_headers_that_tell_nothing_are_said_to(pages: Pages) -> None:
    url, _check = pages.check("谁,哪张\n甲,1\n", kind="")
    assert "列名不足以认出内容" in text(pages.client.get(url + "/columns")) or "还不知道哪一列是" in text(
        pages.client.get(url)
    )


def grid(page: Any, **typed: str) -> dict[str, Any]:
    """What the grid's form sends: every row as it stands, `typed` over it."""
    content = html.unescape(page.content.decode())
    data: dict[str, Any] = {"row": re.findall(r'name="row" value="(\d+)"', content)}
    for line, was in re.findall(r'name="was-(\d+)" value="([^<]*)">', content):
        data[f"was-{line}"] = was
    data |= dict(re.findall(r'<input[^>]* name="(cell-[\d-]+)" value="([^"]*)"', content))
    return data | typed


def test_rows_are_corrected_accepted_and_left_out_before_the_import(pages: Pages) -> None:
    url, check = pages.check(MIXED)
    saved = pages.client.post(
        url + "/rows",
        grid(check) | {"cell-5-5": "88.50", "accept": "4", "skip": "6"},
    )
    assert saved.status_code == 302
    again = pages.client.get(url)
    assert "将导入 4" in text(again) and "拒绝，无法导入 0" in text(again)
    page = again.content.decode()
    assert re.search(r'<td[^>]* class="cell-changed"><input[^>]* value="88.50"', page), "kept and marked"
    assert pages.numbers() == set()

    started = pages.client.post(url + "/start", grid(again) | {"accept": "4", "skip": "6"})
    batch = pages.batch(started.url.rpartition("/")[2])
    assert (batch.imported, batch.rejected, batch.set_aside) == (4, 0, 0)
    with tenant(pages.organization.pk):
        assert str(Document.objects.get(number="INV-4").amount) == "88.5000"
    assert "导入前更正了 1 行，选择不导入 1 行" in text(pages.client.get(started.url))


def test_a_correction_is_taken_back_by_typing_what_was_there(pages: Pages) -> None:
    url, check = pages.check(MIXED)
    pages.client.post(url + "/rows", grid(check) | {"cell-5-5": "88.50"})
    pages.client.post(url + "/rows", grid(pages.client.get(url)) | {"cell-5-5": "一百元"})
    upload = uploads.waiting(pages.organization.pk, url.rpartition("/")[2])
    assert upload.retyped == {} and upload.shown == {}
    assert "拒绝，无法导入 2" in text(pages.client.get(url))


def test_plain_dates_and_amounts_are_understood_whatever_the_file_writes(pages: Pages) -> None:
    content = (
        "客户名称;发票号;开票日期;到期日;含税金额\n"
        "甲;A-1;25/01/2026;25/02/2026;1.130,00\n甲;A-2;31/02/2026;28/02/2026;abc\n"
    )
    url, check = pages.check(content)
    pages.client.post(url + "/rows", grid(check) | {"cell-3-2": "2026-02-03", "cell-3-4": "12.50"})
    pages.client.post(url + "/start")
    with tenant(pages.organization.pk):
        second = Document.objects.get(number="A-2")
    assert (second.document_on.isoformat(), str(second.amount)) == ("2026-02-03", "12.5000")


@pytest.mark.parametrize("was", ["", "[]", "{", '{"x": 1}', '{"999999": "a"}'])
def test_a_made_up_grid_changes_nothing(pages: Pages, was: str) -> None:
    url, _check = pages.check(MIXED)
    answer = pages.client.post(url + "/rows", {"row": ["5", "x"], "was-5": was, "cell-5-5": "1"})
    assert answer.status_code == 302
    assert "拒绝，无法导入 2" in text(pages.client.get(url))


def test_a_spreadsheet_is_read_as_well(pages: Pages) -> None:
    content = sheet(
        ("2026年1月应收",), ("客户名称", "发票号", "开票日期", "价税合计"), ("甲", "X-1", "2026-01-05", 100.5)
    )
    batch = pages.run(content, "一月.xlsx")
    assert batch.imported == 1 and pages.numbers() == {"X-1"}


def test_the_sheet_with_the_data_is_found_behind_a_cover(pages: Pages) -> None:
    target = io.BytesIO()
    book = Workbook(target, {"in_memory": True})
    book.add_worksheet("说明").write_row(0, 0, ("本表由财务部编制", "请勿改动"))
    for name, number in (("一月", "S-1"), ("二月", "S-2")):
        data = book.add_worksheet(name)
        data.write_row(0, 0, ("客户名称", "发票号", "开票日期", "价税合计"))
        data.write_row(1, 0, ("甲", number, "2026-01-05", 100))
    book.close()
    url, check = pages.check(target.getvalue(), "全年.xlsx")
    assert "将导入 1" in text(check) and "工作表 一月" in text(check)
    again = pages.client.post(url, {"kind": "invoices", "sheet": "二月"}, follow=True)
    assert "工作表 二月" in text(again)
    pages.client.post(url + "/start")
    assert pages.numbers() == {"S-2"}


def test_ambiguous_dates_are_asked_and_the_answer_is_used(pages: Pages) -> None:
    url, check = pages.check("客户名称,发票号,开票日期,含税金额\n甲,A-1,03/04/2026,100\n")
    assert "怎么读" in text(check) and "03/04/2026 是 2026-04-03" in text(check)
    assert url + "/start" not in check.content.decode(), "no start before the answer"
    assert pages.client.post(url + "/start").url == url

    data = {
        f"column-{index}": name
        for index, name in enumerate(("customer_name", "number", "document_on", "amount"))
    }
    again = pages.client.post(url, {"kind": "invoices", "date_format": "DMY", **data}, follow=True)
    assert "将导入 1" in text(again)
    pages.client.post(url + "/start")
    with tenant(pages.organization.pk):
        assert str(Document.objects.get(number="A-1").document_on) == "2026-04-03"


def test_columns_that_could_both_be_meant_are_asked(pages: Pages) -> None:
    url, check = pages.check("客户名称,发票号,开票日期,发票金额,应收金额\n甲,A-1,2026-01-05,100,90\n")
    assert "不止一列可以作为“含税金额”" in text(check)
    assert check.content.decode().count('class="column-unclear"') == 2
    chosen = {
        "column-0": "customer_name",
        "column-1": "number",
        "column-2": "document_on",
        "column-3": "",
        "column-4": "amount",
    }
    again = pages.client.post(url, {"kind": "invoices", **chosen}, follow=True)
    assert "将导入 1" in text(again)


def test_a_mapping_is_remembered_for_the_next_file(pages: Pages) -> None:
    unknown = "谁,哪张,哪天,多少\n甲,{},2026-01-05,100\n"
    url, check = pages.check(unknown.format("B-1"))
    assert "还不知道哪一列是" in text(check)
    chosen = {
        f"column-{index}": name
        for index, name in enumerate(("customer_name", "number", "document_on", "amount"))
    }
    pages.client.post(url + "/start", {"kind": "invoices", **chosen})
    assert pages.numbers() == {"B-1"}

    url, second = pages.check(unknown.format("B-2"))
    assert "将导入 1" in text(second)
    columns = text(pages.client.get(url + "/columns"))
    assert "按上次导入" in columns and "和上次导入时一样" in columns


def test_one_field_for_two_columns_is_refused(pages: Pages) -> None:
    url, _check = pages.check(GOOD)
    answer = pages.client.post(url, {"kind": "invoices", "column-0": "amount", "column-1": "amount"})
    assert answer.status_code == 422 and "“含税金额”选了两次" in text(answer)


def test_a_foreign_currency_in_the_header_does_not_become_the_own_one(pages: Pages) -> None:
    content = "客户名称,发票号,开票日期,金额(USD)\n甲,U-1,2026-01-05,100\n"
    url, check = pages.check(content)
    assert "金额标着 USD" in text(check)
    again = pages.client.post(url, {"kind": "invoices", "currency": "usd", "rate": "7.1"}, follow=True)
    assert "将导入 1" in text(again)
    pages.client.post(url + "/start")
    with tenant(pages.organization.pk):
        assert str(Document.objects.get(number="U-1").base_amount) == "710.0000"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "文件是空的"),
        (b"%PDF-1.7 nothing", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"PK\x03\x04truncated", "文件"),
        (b"<html><body>", "网页"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_one_sentence(pages: Pages, content: bytes, words: str) -> None:
    answer = pages.upload(content, "坏.xlsx")
    assert answer.status_code == 422
    assert words in text(answer) and "什么也没有导入" in text(answer)
    folder = uploads.stored(str(pages.organization.pk))
    assert not folder.exists() or not list(folder.iterdir()), "nothing of a refused file stays"


def test_no_file_and_a_wrong_option_are_refused(pages: Pages) -> None:
    answer = pages.client.post(pages.base + "upload", {"kind": "invoices"})
    assert answer.status_code == 422 and "没有收到文件" in text(answer)
    answer = pages.upload(GOOD, currency="XXX")
    assert answer.status_code == 422 and "没有 XXX 这个币种代码" in text(answer)


def test_a_file_beyond_the_limit_is_refused(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_BYTES", 50)
    answer = pages.upload(GOOD)
    assert answer.status_code == 422 and "没有上传" in text(answer)


def test_a_header_without_rows_and_binary_rubbish_give_a_sentence(pages: Pages) -> None:
    _url, check = pages.check("客户名称,发票号,开票日期,金额\n")
    assert "没有任何数据行" in text(check)
    _url, check = pages.check(b"a,b\0c\nd,e\n")
    assert check.status_code == 200 and "二进制" in text(check)


def test_a_waiting_file_is_private_and_expires(pages: Pages) -> None:
    url, _check = pages.check(GOOD)
    stored = uploads.waiting(pages.organization.pk, url.rpartition("/")[2]).path
    assert stored.stat().st_mode & 0o777 == 0o600
    later = stored.stat().st_mtime + uploads.KEPT_SECONDS + 1
    assert uploads.remove_expired(pages.organization.pk, now=later) == 2
    assert pages.client.get(url).url == pages.base


def test_a_made_up_token_leads_nowhere(pages: Pages) -> None:
    for token in ("x" * 32, "..%2f..%2fetc", "a"):
        assert pages.client.get(f"{pages.base}check/{token}").status_code in (302, 404)


def test_starting_twice_imports_once(pages: Pages) -> None:
    url, _check = pages.check(GOOD)
    first, second = pages.client.post(url + "/start"), pages.client.post(url + "/start")
    assert first.url == second.url
    with tenant(pages.organization.pk):
        assert Batch.objects.count() == 1


def test_the_same_file_again_changes_nothing(pages: Pages) -> None:
    pages.run(GOOD)
    assert pages.run(GOOD).unchanged == 2


def test_a_set_aside_row_is_accepted(pages: Pages) -> None:
    batch = pages.run(MIXED)
    assert (batch.imported, batch.set_aside, batch.rejected) == (2, 1, 2)
    problem = pages.problems(batch)[4]
    answer = pages.client.post(pages.of(batch, "accept"), {"problem": str(problem.pk)}, follow=True)
    assert "已导入 1 行" in text(answer)
    assert "INV-3" in pages.numbers()
    assert pages.problems(batch)[4].status == Problem.Status.ACCEPTED


def test_all_rows_with_one_reason_are_accepted_at_once(pages: Pages) -> None:
    batch = pages.run(MIXED + "K1,甲机械厂,INV-6,2026-01-07,2025-12-01,50.00\n")
    pages.client.post(pages.of(batch, "accept"), {"code": "due_before_issue"})
    assert {"INV-3", "INV-6"} <= pages.numbers()


def test_unknown_customers_can_be_accepted(pages: Pages) -> None:
    batch = pages.run(GOOD, existing_customers_only="on")
    assert (batch.imported, batch.set_aside) == (0, 2)
    answer = pages.client.post(pages.of(batch, "accept"), {"code": "unknown_customer"}, follow=True)
    assert "已导入 2 行" in text(answer)
    assert pages.numbers() == {"INV-1", "INV-2"}


def test_a_row_is_corrected_in_place(pages: Pages) -> None:
    batch = pages.run(MIXED)
    problem = pages.problems(batch)[5]
    page = pages.client.get(pages.of(batch)).content.decode()
    assert f'id="value-{problem.pk}-amount"' in page and 'value="一百元"' in page
    answer = pages.client.post(
        pages.of(batch, "retry"),
        {"only": str(problem.pk), f"value-{problem.pk}-amount": "￥100.00"},
        follow=True,
    )
    assert "已导入 1 行" in text(answer)
    assert "INV-4" in pages.numbers() and "INV-5" not in pages.numbers()


def test_what_is_still_wrong_stays_with_its_row(pages: Pages) -> None:
    batch = pages.run(MIXED)
    problem = pages.problems(batch)[6]
    answer = pages.client.post(
        pages.of(batch, "retry"),
        {"only": str(problem.pk), f"value-{problem.pk}-document_on": "2026-02-31"},
        follow=True,
    )
    assert "1 行还有问题" in text(answer)
    waiting = pages.problems(batch)[6]
    assert waiting.status == Problem.Status.REJECTED and waiting.values["document_on"] == "2026-02-31"
    assert waiting.column == "开票日期"
    pages.client.post(
        pages.of(batch, "retry"), {"only": str(waiting.pk), f"value-{waiting.pk}-document_on": "2026-02-28"}
    )
    assert "INV-5" in pages.numbers()


def test_only_changed_rows_are_tried_again(pages: Pages) -> None:
    batch = pages.run(MIXED)
    problems = pages.problems(batch)
    data = {
        f"value-{problem.pk}-{name}": value
        for problem in problems.values()
        for name, value in problem.values.items()
    }
    data[f"value-{problems[5].pk}-amount"] = "100"
    pages.client.post(pages.of(batch, "retry"), data)
    assert pages.numbers() == {"INV-1", "INV-2", "INV-4"}
    assert pages.problems(batch)[4].status == Problem.Status.SET_ASIDE


def test_dates_as_in_the_file_can_be_typed_and_kept(pages: Pages) -> None:
    content = "客户名称,发票号,开票日期,含税金额\n甲,D-1,25/04/2026,100\n甲,D-2,03/04/2026,无数\n"
    batch = pages.run(content)
    problem = pages.problems(batch)[3]
    pages.client.post(pages.of(batch, "retry"), {"only": str(problem.pk), f"value-{problem.pk}-amount": "50"})
    with tenant(pages.organization.pk):
        assert str(Document.objects.get(number="D-2").document_on) == "2026-04-03"


def test_rows_that_will_not_be_imported_are_dismissed(pages: Pages) -> None:
    batch = pages.run(MIXED)
    problem = pages.problems(batch)[5]
    answer = pages.client.post(pages.of(batch, "dismiss"), {"problem": str(problem.pk)}, follow=True)
    assert "已放弃 1 行" in text(answer)
    assert pages.problems(batch)[5].status == Problem.Status.DISMISSED
    assert "第 5 行" not in text(pages.client.get(pages.of(batch, "problems")))
    assert "第 5 行" in text(pages.client.get(pages.of(batch, "problems") + "?status=settled"))


def test_problems_are_filtered_by_kind_and_reason(pages: Pages) -> None:
    batch = pages.run(MIXED)
    aside = text(pages.client.get(pages.of(batch, "problems") + "?status=set_aside"))
    assert "第 4 行" in aside and "第 5 行" not in aside
    unreadable = text(pages.client.get(pages.of(batch, "problems") + "?code=amount_unreadable"))
    assert "第 5 行" in unreadable and "第 6 行" not in unreadable


def test_problem_rows_download_with_their_reasons(pages: Pages) -> None:
    import python_calamine

    batch = pages.run(MIXED)
    answer = pages.client.get(pages.of(batch, "problems.xlsx"))
    assert "attachment" in answer["Content-Disposition"]
    content = b"".join(answer.streaming_content)
    rows = python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert rows[0][-2:] == ["原文件行号", "原因"] and [row[-2] for row in rows[1:]] == [4, 5, 6]
    assert rows[2][5] == "一百元" and "看不懂金额" in rows[2][-1]


def test_an_import_is_undone_and_can_be_imported_again(pages: Pages) -> None:
    batch = pages.run(GOOD)
    answer = pages.client.post(pages.of(batch, "undo"), follow=True)
    assert "已撤销，2 张" in text(answer) and pages.batch(str(batch.pk)).state == State.UNDONE
    with tenant(pages.organization.pk):
        assert sum(OpenItem.objects.values_list("open_amount", flat=True)) == 0
    again = pages.client.post(pages.of(batch, "undo"), follow=True)
    assert "没有撤销" in text(again)
    assert pages.run(GOOD).imported == 2


def test_a_large_file_is_taken_in_by_a_job(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    from huikuan.integrations import jobs
    from huikuan.web.imports import views

    monkeypatch.setattr(views, "IN_REQUEST_ROWS", 1)
    queued: list[dict[str, Any]] = []
    monkeypatch.setattr(jobs.take_in, "defer", lambda **values: queued.append(values))
    batch = pages.run(GOOD)
    assert batch.state == State.READING and pages.numbers() == set()
    assert "正在等待" in text(pages.client.get(pages.of(batch, "progress")))
    assert "正在等待" in text(pages.client.get(pages.of(batch)))

    jobs.take_in(**queued[0])
    assert pages.batch(str(batch.pk)).state == State.DONE and pages.numbers() == {"INV-1", "INV-2"}
    done = pages.client.get(pages.of(batch, "progress"), headers={"HX-Request": "true"})
    assert done["HX-Redirect"] == pages.of(batch)


def test_a_worker_finds_the_job_in_the_database(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    from procrastinate.contrib.django import app

    from huikuan.web.imports import views

    monkeypatch.setattr(views, "IN_REQUEST_ROWS", 1)
    batch = pages.run(GOOD)
    with app.replace_connector(app.connector.get_worker_connector()) as own:  # type: ignore[attr-defined]
        own.run_worker(wait=False, queues=["imports"], install_signal_handlers=False)
    assert pages.batch(str(batch.pk)).state == State.DONE and pages.numbers() == {"INV-1", "INV-2"}


def test_a_cancelled_import_stops_and_can_be_continued(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    from huikuan.integrations import jobs
    from huikuan.web.imports import views

    monkeypatch.setattr(views, "IN_REQUEST_ROWS", 1)
    queued: list[dict[str, Any]] = []
    monkeypatch.setattr(jobs.take_in, "defer", lambda **values: queued.append(values))
    batch = pages.run(GOOD)
    answer = pages.client.post(pages.of(batch, "cancel"), follow=True)
    assert "已取消" in text(answer) and "继续导入" in text(answer)
    jobs.take_in(**queued[0])
    assert pages.numbers() == set() and pages.batch(str(batch.pk)).state == State.FAILED

    monkeypatch.setattr(views, "IN_REQUEST_ROWS", 5_000)
    url = f"{pages.base}check/{queued[0]['token']}"
    pages.client.post(url + "/start")
    assert pages.numbers() == {"INV-1", "INV-2"}


def test_an_import_that_broke_off_can_be_tried_again(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    from huikuan.integrations.operations import batches

    def broken(*_args: Any, **_options: Any) -> None:
        raise RuntimeError("no more memory")

    url, _check = pages.check(GOOD)
    with monkeypatch.context() as broken_for_now:
        broken_for_now.setattr(batches, "_take_in", broken)
        answer = pages.client.post(url + "/start", follow=True)
    assert answer.status_code == 200 and "导入出了意外" in text(answer)
    uploads.claim(
        uploads.waiting(pages.organization.pk, url.rpartition("/")[2])
    )  # a killed process leaves its claim
    pages.client.post(url + "/start")
    assert pages.numbers() == {"INV-1", "INV-2"}


def test_a_file_can_be_discarded(pages: Pages) -> None:
    url, _check = pages.check(GOOD)
    assert pages.client.post(url + "/discard").url == pages.base
    assert pages.client.get(url).url == pages.base


@pytest.mark.parametrize("kind", ["customers", "invoices", "receipts", "allocations"])
def test_the_template_of_a_kind_is_read_without_questions(organization: Any, kind: str) -> None:
    pages = Pages(member(organization, "finance_manager"), organization)
    answer = pages.client.get(f"{pages.base}template/{kind}.xlsx")
    _url, check = pages.check(answer.content, "模板.xlsx", kind=kind)
    page = text(check)
    assert "怎么读" not in page and "还不知道" not in page and "不止一列" not in page
    expected = "拒绝，无法导入 1" if kind == "allocations" else "将导入 1"  # its documents are not there yet
    assert expected in page


@pytest.mark.parametrize("currency", ["CNY", "JPY"])
def test_the_files_to_try_are_taken_in_as_their_notes_say(
    actor: Any, transactional_db: None, currency: str
) -> None:
    organization = make_organization(actor, currency=currency)
    pages = Pages(member(organization, "finance_manager"), organization)
    home = pages.client.get(pages.base).content.decode()
    taken = {}
    for name in ("customers", "invoices", "receipts", "invoices-with-mistakes"):
        assert f"trial/{name}.csv" in home
        answer = pages.client.get(f"{pages.base}trial/{name}.csv")
        assert f'filename="huikuan-try-{name}.csv"' in answer["Content-Disposition"]
        batch = pages.run(answer.content, f"{name}.csv", kind="")
        assert batch.kind == name.split("-")[0], "recognised by its columns"
        taken[name] = (batch.rows_read, batch.imported, batch.rejected + batch.set_aside)
    assert taken == {
        "customers": (6, 6, 0),
        "invoices": (24, 24, 0),
        "receipts": (6, 6, 0),
        "invoices-with-mistakes": (6, 1, 5),
    }
    assert pages.client.get(f"{pages.base}trial/nothing.csv").status_code == 404


def test_the_result_is_the_last_step_of_the_way(pages: Pages) -> None:
    page = pages.client.get(pages.of(pages.run(GOOD))).content.decode()
    wizard = page[page.index('class="wizard"') :]
    assert wizard.count("wizard-done") >= 4
    assert re.search(r'aria-current="step"><span[^>]*>5</span><span>结果', wizard)
    rest = pages.client.get(pages.of(pages.run(MIXED), "problems")).content.decode()
    assert re.search(r'aria-current="step"><span[^>]*>5</span><span>结果', rest)


def test_a_role_without_the_permission_is_refused(organization: Any) -> None:
    client = member(organization, "salesperson")
    base = f"/o/{organization.code}/import/"
    assert client.get(base).status_code == 403
    assert client.post(base + "upload", {"kind": "invoices"}).status_code == 403
    for part in ("", "/progress", "/problems", "/problems.xlsx"):
        assert client.get(f"{base}{uuid4()}{part}").status_code == 403
    for part in ("accept", "retry", "dismiss", "undo", "cancel"):
        assert client.post(f"{base}{uuid4()}/{part}").status_code == 403


def test_only_what_the_person_may_record_is_offered(pages: Pages) -> None:
    with tenant(pages.organization.pk):
        role = Role.objects.get(code="ar_accountant")
        role.permissions.remove("receipt.record")
        role.save()
    page = pages.client.get(pages.base).content.decode()
    page = page[page.index('<select name="kind"') :].partition("</select>")[0]
    assert '<option value="invoices"' in page and '<option value="receipts"' not in page
    url, check = pages.check("客户名称,收款日期,收款金额\n甲,2026-01-05,100\n", kind="receipts")
    assert "您没有「登记收款与退款」的权限" in text(check)
    pages.client.post(url + "/start")
    assert pages.numbers() == set()


def test_a_stranger_is_sent_to_sign_in(organization: Any) -> None:
    answer = Client().get(f"/o/{organization.code}/import/")
    assert answer.status_code == 302 and "sign-in" in answer.url


def test_the_batch_of_another_organization_does_not_exist(pages: Pages, actor: Any) -> None:
    batch = pages.run(MIXED)
    other = make_organization(actor)
    stranger = Pages(member(other, "ar_accountant"), other)
    for part in ("", "progress", "problems", "problems.xlsx"):
        assert stranger.client.get(stranger.of(batch, part)).status_code == 404
    for part in ("accept", "retry", "dismiss", "undo", "cancel"):
        assert stranger.client.post(stranger.of(batch, part)).status_code == 404
    url, _check = pages.check(GOOD)
    token = url.rpartition("/")[2]
    assert stranger.client.get(f"{stranger.base}check/{token}").url == stranger.base
    problem = pages.problems(batch)[5]
    own = stranger.run(GOOD)
    stranger.client.post(stranger.of(own, "dismiss"), {"problem": str(problem.pk)})
    assert pages.problems(batch)[5].status == Problem.Status.REJECTED


@pytest.mark.parametrize(
    "query", ["?code=%00", "?code='--", "?page=0", "?page=999999", "?status=x", "?page=x"]
)
def test_made_up_filters_do_no_harm(pages: Pages, query: str) -> None:
    batch = pages.run(MIXED)
    assert pages.client.get(pages.of(batch, "problems") + query).status_code == 200
    assert pages.client.get(pages.base + query).status_code == 200


def test_what_stands_in_cells_is_shown_as_text(pages: Pages) -> None:
    content = "客户名称,发票号,开票日期,含税金额\n<script>alert(1)</script>,=1+1,2026-01-05,x\n"
    batch = pages.run(content)
    page = pages.client.get(pages.of(batch)).content.decode()
    assert "<script>alert(1)" not in page and "&lt;script&gt;" in page
