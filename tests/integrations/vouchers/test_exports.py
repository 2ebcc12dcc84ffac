"""Each form is read back by other means than it was written with: the amounts survive, nothing is a formula."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook

from huikuan.audit.models import Event
from huikuan.books.models import Voucher
from huikuan.books.operations import (
    NewLine,
    NewVoucher,
    VoucherRefused,
    enter_vouchers,
    make_vouchers,
    post_vouchers,
    review_vouchers,
)
from huikuan.books.queries.balances import customer_balances
from huikuan.integrations.vouchers import FORMS, voucher_file
from huikuan.integrations.vouchers.kingdee_k3 import COLUMNS, SCHEMA
from huikuan.ledger.models import Account
from tests.trade import Books

MAY = date(2026, 5, 1)
EVIL = '=HYPERLINK("http://x","y"),甲\n乙'

Amounts = dict[tuple[str, int], dict[str, tuple[Decimal, Decimal]]]


@pytest.fixture
def month(books: Books) -> Books:
    """A sale, red ink, a receipt, an amount of many digits, and texts that try to be formulas."""
    books.customer("C9", name=EVIL)
    books.invoice("YS1", "2026-05-03", "113000.07", tax="13000.01", customer="C9")
    books.credit_note("HC1", "2026-05-12", "1130", tax="130", customer="C9")
    books.receipt("SK1", "2026-05-21", "60000.5")
    books.invoice("YS2", "2026-05-22", "98765432101234.56")
    accounts = dict(Account.objects.values_list("code", "pk"))
    lines = (
        NewLine(accounts["6711"], debit=Decimal("0.01"), summary="@SUM(A1)"),
        NewLine(accounts["1002"], credit=Decimal("0.01")),
    )
    enter_vouchers([NewVoucher(date(2026, 5, 31), lines)], actor=books.actor, today=books.today)
    make_vouchers(month=MAY, actor=books.actor)
    review_vouchers(month=MAY, actor=books.actor)
    post_vouchers(month=MAY, actor=books.actor)
    return books


def expected() -> Amounts:
    """Word and number → account → sums, from the lines of the ledger."""
    from huikuan.books.models import VoucherEntry
    from huikuan.ledger.models import JournalLine

    numbers = dict(VoucherEntry.objects.values_list("entry_id", "voucher_id"))
    names = {voucher.pk: (voucher.word, voucher.number or 0) for voucher in Voucher.objects.all()}
    found: Amounts = defaultdict(dict)
    for line in JournalLine.objects.select_related("account"):
        into = found[names[numbers[line.entry_id]]]
        debit, credit = into.get(line.account.code, (Decimal(0), Decimal(0)))
        into[line.account.code] = (debit + line.debit, credit + line.credit)
    return found


def gathered(rows: Iterator[tuple[str, int, str, Decimal, Decimal]]) -> Amounts:
    found: Amounts = defaultdict(dict)
    for word, number, account, debit, credit in rows:
        before = found[word, number].get(account, (Decimal(0), Decimal(0)))
        found[word, number][account] = (before[0] + debit, before[1] + credit)
    return found


def number(value: Any) -> Decimal:
    """What a cell holds: a workbook's number to the cent, a text exactly."""
    return Decimal(value) if isinstance(value, str) else round(Decimal(repr(value)), 2)


def from_k3(content: bytes) -> Amounts:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("Page1").to_python()
    heads = rows[0]
    assert heads == [name for name, _caption, _kind in COLUMNS] and len(heads) == 36
    records = [dict(zip(map(str, heads), row, strict=True)) for row in rows[1:]]
    return gathered(
        (
            str(each["FGroupID"]),
            int(str(each["FNumber"]).split(".")[0]),
            str(each["FAccountNum"]),
            number(each["FDebit"]),
            number(each["FCredit"]),
        )
        for each in records
    )


def from_cloud(content: bytes) -> Amounts:
    words = {"PRE001": "记"}
    document = json.loads(content, parse_float=Decimal, parse_int=int)
    return gathered(
        (
            words[model["FVOUCHERGROUPID"]["FNumber"]],
            int(model["FVOUCHERGROUPNO"]),
            entry["FACCOUNTID"]["FNumber"],
            Decimal(entry["FDEBIT"]),
            Decimal(entry["FCREDIT"]),
        )
        for model in document["Models"]
        for entry in model["FEntity"]
    )


def from_u8(content: bytes) -> Amounts:
    first, *lines = content.decode("gbk").split("\r\n")[:-1]
    assert first == "填制凭证,V800"
    rows = [line.split(",") for line in lines]
    assert {len(row) for row in rows} == {21}
    return gathered((row[1], int(row[2]), row[5], Decimal(row[6]), Decimal(row[7])) for row in rows)


def from_csv(content: bytes) -> Amounts:
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    return gathered(
        (row["凭证字"], int(row["凭证号"]), row["科目代码"], Decimal(row["借方"]), Decimal(row["贷方"]))
        for row in rows
    )


def from_xlsx(content: bytes) -> Amounts:
    heads, *rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    records = [dict(zip(map(str, heads), row, strict=True)) for row in rows]
    return gathered(
        (
            str(each["凭证字"]),
            int(str(each["凭证号"]).split(".")[0]),
            str(each["科目代码"]),
            number(each["借方"]),
            number(each["贷方"]),
        )
        for each in records
    )


READERS: dict[str, Callable[[bytes], Amounts]] = {
    "kingdee-k3": from_k3,
    "kingdee-cloud": from_cloud,
    "yonyou-u8": from_u8,
    "csv": from_csv,
    "xlsx": from_xlsx,
}


def test_every_form_is_read_back_here() -> None:
    assert READERS.keys() | {"gbt24589"} == FORMS.keys()


@pytest.mark.parametrize("form", READERS)
def test_amounts_survive(month: Books, form: str) -> None:
    taken = voucher_file(form=form, month=MAY, actor=month.actor)
    assert READERS[form](taken.content) == expected()
    assert taken.vouchers == 5


@pytest.mark.parametrize("form", ["yonyou-u8", "csv"])
def test_no_text_begins_as_a_formula(month: Books, form: str) -> None:
    taken = voucher_file(form=form, month=MAY, actor=month.actor).content
    text = taken.decode("gbk" if form == "yonyou-u8" else "utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert any(cell.startswith("'@SUM") for cell in cells)
    for cell in cells:
        assert not cell.startswith(("=", "@", "+")) and not (cell.startswith("-") and not _is_number(cell))


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except ArithmeticError:
        return False


@pytest.mark.parametrize("form", ["kingdee-k3", "xlsx"])
def test_workbooks_hold_no_formula(month: Books, form: str) -> None:
    import zipfile

    taken = voucher_file(form=form, month=MAY, actor=month.actor).content
    with zipfile.ZipFile(io.BytesIO(taken)) as book:
        sheets = [book.read(name) for name in book.namelist() if "worksheets" in name]
    assert sheets and not any(b"<f>" in sheet for sheet in sheets)


def test_k3_describes_its_columns_and_names_the_customer(month: Books) -> None:
    taken = voucher_file(form="kingdee-k3", month=MAY, actor=month.actor).content
    book = CalamineWorkbook.from_filelike(io.BytesIO(taken))
    schema = book.get_sheet_by_name("t_Schema").to_python()
    assert schema[0] == SCHEMA
    assert [row[1] for row in schema[4:]] == [name for name, _caption, _kind in COLUMNS]
    items = {str(row[32]) for row in book.get_sheet_by_name("Page1").to_python()[1:]}
    assert items == {"", f"客户---C9---{EVIL}", "客户---C1---客户C1"}


def test_receivables_by_the_national_standard(month: Books) -> None:
    month.invoice("YS8", "2026-05-30", "7")  # in no voucher: not in the file
    taken = voucher_file(form="gbt24589", month=MAY, actor=month.actor).content
    assert taken.startswith(b"<?xml version='1.0' encoding='GB18030'?>")
    root = ElementTree.fromstring(taken.decode("gb18030").partition("?>")[2])  # expat reads no GB18030
    assert root.tag == "应收应付"
    rows = [{field.tag: field.text or "" for field in table} for table in root.findall("应收明细表")]
    assert len(rows) == 4 and {len(row) for row in rows} == {30}
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row["客户编码"]] += Decimal(row["本币发生金额"])
    balances = {each.customer_code: each.balance for each in customer_balances(on=date(2026, 5, 29))}
    assert sums == balances
    last = [row for row in rows if row["客户编码"] == "C9"][-1]
    assert (last["余额方向"], Decimal(last["本币余额"])) == ("借", balances["C9"])
    kinds = {
        table.findtext("单据类型编码"): table.findtext("单据类型名称") for table in root.findall("单据类型")
    }
    assert kinds == {"invoice": "应收单", "credit_note": "红字应收单", "receipt": "收款单"}


def test_taking_a_file_is_written_down(month: Books) -> None:
    from hashlib import sha256

    taken = voucher_file(form="csv", month=MAY, actor=month.actor)
    event = Event.objects.get(action="exported", record_kind="vouchers")
    assert event.number == "2026-05"
    assert event.content == {"kind": "csv", "vouchers": 5, "sha256": sha256(taken.content).hexdigest()}


def test_refusals(books: Books) -> None:
    with pytest.raises(VoucherRefused, match="没有已记账"):
        voucher_file(form="csv", month=MAY, actor=books.actor)
    with pytest.raises(VoucherRefused, match="不认识"):
        voucher_file(form="pdf", month=MAY, actor=books.actor)
