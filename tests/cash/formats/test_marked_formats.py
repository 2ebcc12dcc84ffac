"""MT940, CAMT and OFX: what is read, and what is refused with its line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from huikuan.cash.formats.errors import StatementUnreadable
from huikuan.cash.formats.reading import read_statements
from tests.cash.formats.files import CAMT, MT940, OFX, written


def refused(path: Path) -> StatementUnreadable:
    with pytest.raises(StatementUnreadable) as caught:
        read_statements(path)
    return caught.value


def test_mt940_keeps_reversals_fees_and_the_other_party(tmp_path: Path) -> None:
    [statement] = read_statements(written(tmp_path, "a.sta", MT940))
    assert (statement.format, statement.account, statement.currency) == (
        "mt940",
        "51230800/6222020000012345",
        "CNY",
    )
    assert (statement.opening, statement.closing) == (Decimal("1000.00"), Decimal("1294.50"))
    assert [(line.amount, line.kind, line.reference) for line in statement.lines] == [
        (Decimal("500.00"), "transfer", "B0001"),
        (Decimal("-5.50"), "fee", "B0002"),
        (Decimal("-200.00"), "return", "B0003"),
    ]
    first = statement.lines[0]
    assert (first.counterparty, first.counterparty_account) == ("Nanjing Huacai Gongsi", "6217000012345678")
    assert first.booked_on == date(2026, 3, 2)
    assert "INV-2026-00012" in first.text


def test_mt940_without_the_last_line_end_or_dash(tmp_path: Path) -> None:
    text = MT940.rstrip().removesuffix("-").rstrip()
    assert len(read_statements(written(tmp_path, "a.sta", text))[0].lines) == 3


def test_several_statements_in_one_file(tmp_path: Path) -> None:
    second = MT940.replace("C260301CNY1000,00", "C260303CNY1294,50").replace("CNY1294,50\n-", "CNY1589,00\n-")
    found = read_statements(written(tmp_path, "a.sta", MT940 + second))
    assert [statement.closing for statement in found] == [Decimal("1294.50"), Decimal("1589.00")]


def test_envelopes_and_carriage_returns(tmp_path: Path) -> None:
    text = "{1:F01ICBKCNBJAXXX}{2:I940X}{4:\n" + MT940.replace("\n-\n", "\n-}\n")
    assert len(read_statements(written(tmp_path, "a.sta", text.replace("\n", "\r\n")))[0].lines) == 3


def test_thirtieth_of_february_is_its_last_day_and_said_so(tmp_path: Path) -> None:
    text = MT940.replace(":61:2603020302C", ":61:2602300302C")
    [statement] = read_statements(written(tmp_path, "a.sta", text))
    assert statement.lines[0].value_on == date(2026, 2, 28)
    assert statement.lines[0].booked_on == date(2026, 3, 2)
    assert "28" in statement.notices[0]


def test_a_clock_wrapped_into_a_new_line_is_text(tmp_path: Path) -> None:
    text = MT940.replace("Bank charge", "Bank charge 2026-03-02T13\n:12:11")
    [statement] = read_statements(written(tmp_path, "a.sta", text))
    assert ":12:11" in statement.lines[1].text


@pytest.mark.parametrize(
    ("before", "after", "row"),
    [
        ("C260303CNY1294,50", "C260303CNY1294,51", 1),
        (":62F:C260303CNY1294,50\n-\n", "", 10),
        ("C500,00", "C5OO,00", 5),
        ("C500,00", "C500,00001", 5),
        (":61:2603020302C", ":61:2613020302C", 5),
        (":61:2603020302C", ":61:2603021302C", 5),
        (":25:51230800/6222020000012345\n", "", 1),
        (":60F:C260301CNY1000,00\n", "", 1),
        (":20:HK0001\n", "", 1),
    ],
)
def test_mt940_that_is_damaged_names_its_line(tmp_path: Path, before: str, after: str, row: int) -> None:
    assert before in MT940
    assert refused(written(tmp_path, "a.sta", MT940.replace(before, after))).row == row


def test_camt_of_a_late_version(tmp_path: Path) -> None:
    [statement] = read_statements(written(tmp_path, "a.xml", CAMT))
    assert (statement.format, statement.account, statement.number) == ("camt.053", "6222020000012345", "7")
    assert [(line.amount, line.kind, line.reference) for line in statement.lines] == [
        (Decimal("500.00"), "transfer", "B0001"),
        (Decimal("-200.00"), "return", ""),
    ]
    assert statement.lines[0].counterparty == "南京华材有限公司"
    assert statement.lines[0].counterparty_account == "6217000012345678"
    assert len(statement.notices) == 1  # the pending entry


@pytest.mark.parametrize(
    ("before", "after", "row"),
    [
        ('encoding="UTF-8"?>', 'encoding="UTF-8"?><!DOCTYPE x [<!ENTITY a "b">]>', 1),
        ("</Document>", "", 21),
        ('Ccy="CNY">500.00', 'Ccy="CNY">500.00001', 10),
        ('Ccy="CNY">500.00', 'Ccy="USD">500.00', 10),
        ('Ccy="CNY">500.00', 'Ccy="CNY">NaN', 10),
        ("<BookgDt><Dt>2026-03-02", "<BookgDt><Dt>2026-02-30", 11),
        ('CNY">1300.00', 'CNY">1300.01', 4),
    ],
)
def test_camt_that_is_damaged_names_its_line(tmp_path: Path, before: str, after: str, row: int) -> None:
    assert before in CAMT
    assert refused(written(tmp_path, "a.xml", CAMT.replace(before, after))).row == row


def test_camt_in_the_wrong_encoding_names_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "a.xml", CAMT, "gb18030")
    assert refused(path).row == 12


def test_ofx_of_version_one(tmp_path: Path) -> None:
    [statement] = read_statements(written(tmp_path, "a.ofx", OFX))
    assert (statement.account, statement.currency, statement.closing) == (
        "998877",
        "USD",
        Decimal("1494.50"),
    )
    assert [(line.amount, line.kind, line.counterparty) for line in statement.lines] == [
        (Decimal("500.00"), "transfer", "Acme & Co"),
        (Decimal("-5.50"), "fee", ""),
    ]


@pytest.mark.parametrize(
    ("before", "after", "row"),
    [
        ("</OFX>", "", 10),
        ("20260302120000", "20260230120000", 8),
        ("<TRNAMT>-5.50", "<TRNAMT>-5.5x", 9),
        ("<OFX>", "<!DOCTYPE OFX><OFX>", 5),
    ],
)
def test_ofx_that_is_damaged_names_its_line(tmp_path: Path, before: str, after: str, row: int) -> None:
    assert before in OFX
    assert refused(written(tmp_path, "a.ofx", OFX.replace(before, after))).row == row


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf \n", b"%PDF-1.7", b"PK\x03\x04garbage", b"hello"])
def test_what_is_no_statement_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    refused(path)
