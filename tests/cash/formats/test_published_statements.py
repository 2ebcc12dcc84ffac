"""Statements that nobody here wrote: read right, or refused with the line and the reason."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from huikuan.cash.formats.errors import StatementUnreadable
from huikuan.cash.formats.reading import read_statements

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "bank"

# Format, statements, lines, sum in, sum out.
READ = {
    "camt/camt052.v2.xml": ("camt.052", 1, 1, "0", "200000"),
    "camt/camt053.v2.minimal.xml": ("camt.053", 1, 1, "8.85", "0"),
    "camt/camt053.v2.multi.statement.xml": ("camt.053", 2, 2, "8.85", "7.00"),
    "camt/camt053.v2.with-account-name.xml": ("camt.053", 1, 1, "8.85", "0"),
    "camt/camt053.v2.with-party-ids.xml": ("camt.053", 1, 1, "8.85", "0"),
    "camt/camt053.v3.xml": ("camt.053", 1, 1, "8.85", "0"),
    "camt/camt053.v4.xml": ("camt.053", 1, 1, "8.85", "0"),
    "camt/camt054.v2.xml": ("camt.054", 1, 1, "0", "200000"),
    "camt/camt054.v4.xml": ("camt.054", 1, 1, "0", "200000"),
    "china/alipay.csv": ("alipay", 1, 7, "222294.53", "161.64"),
    "china/boc_debit.csv": ("boc", 1, 17, "9821.00", "9394.30"),
    "china/cmb_debit.csv": ("cmb", 1, 5, "1234.00", "2013.14"),
    "china/icbc_debit.csv": ("icbc", 1, 11, "2841.74", "4241.08"),
    "china/wechat_pay.csv": ("wechat", 1, 23, "3963.27", "4565.64"),
    "mt940/betterplace/sepa_mt9401.sta": ("mt940", 26, 97, "5188474.94", "14457610.84"),
    "mt940/betterplace/with_binary_character.sta": ("mt940", 2, 4, "14215.30", "193282.05"),
    "mt940/cmxl/mt940.sta": ("mt940", 3, 16, "72436.74", "60109.44"),
    "mt940/jejik/generic.sta": ("mt940", 2, 2, "0", "20.00"),
    "mt940/jejik/rabobank-iban.sta": ("mt940", 2, 4, "0", "70.00"),
    "mt940/jejik/sns.sta": ("mt940", 2, 2, "0", "25.00"),
    "mt940/self-provided/february_30.sta": ("mt940", 1, 1, "0", "6.00"),
    "mt940/self-provided/long_statement_number.sta": ("mt940", 1, 0, "0", "0"),
    "mt940/self-provided/raphaelm.sta": ("mt940", 3, 9, "145000.00", "50000.00"),
    "mt940/self-provided/transaction_details_wrapped.sta": ("mt940", 1, 1, "0", "6.00"),
    "mt940/self-provided/wrapped_timestamp.sta": ("mt940", 1, 1, "0", "6.00"),
    "ofx/stmtrs.ofx": ("ofx", 1, 2, "0", "500.00"),
    "ofx/stmtrs_euro.ofx": ("ofx", 1, 2, "0", "500.00"),
}
# Everything else, with the line at which it is refused: pieces of a message, and balances that do not come out.
REFUSED = {
    "camt/camt053.v2.all-balance-types.xml": 10,
    "mt940/betterplace/amount_formats.sta": 1,
    "mt940/betterplace/currency_in_25.sta": 1,
    "mt940/betterplace/empty_86.sta": 1,
    "mt940/betterplace/empty_entry_date.sta": 1,
    "mt940/betterplace/empty_line.sta": 2,
    "mt940/betterplace/missing_crlf_at_end.sta": 1,
    "mt940/betterplace/sepa_snippet.sta": 25,
    "mt940/betterplace/sepa_snippet_broken.sta": 6,
    "mt940/cmxl/account_balance_credit.sta": 1,
    "mt940/cmxl/account_balance_debit.sta": 1,
    "mt940/cmxl/account_identification_iban.sta": 1,
    "mt940/cmxl/account_identification_legacy.sta": 1,
    "mt940/cmxl/available_balance.sta": 1,
    "mt940/cmxl/closing_balance.sta": 1,
    "mt940/cmxl/reference.sta": 1,
    "mt940/cmxl/statement_details.sta": 1,
    "mt940/cmxl/statement_line.sta": 1,
    "mt940/cmxl/statement_number.sta": 1,
    "mt940/jejik/abnamro.sta": 4,
    "mt940/jejik/ing.sta": 4,
    "mt940/jejik/knab.sta": 10,
    "mt940/jejik/postfinance.sta": 15,
    "mt940/jejik/rabobank.sta": 2,
    "mt940/jejik/triodos.sta": 1,
    "mt940/self-provided/account_identification.sta": 1,
    "mt940/self-provided/details_60-63.sta": 1,
    "mt940/self-provided/empty_non_swift.sta": 1,
    "mt940/self-provided/gv_codes.sta": 7,
    "mt940/self-provided/invalid_statement.sta": 0,
    "mt940/self-provided/malformed_details.sta": 1,
    "mt940/self-provided/mt942.sta": 11,
    "mt940/self-provided/multiline.sta": 38,
    "mt940/self-provided/overly_long_details.sta": 1,
    "mt940/self-provided/raiffeisen-cmi.sta": 1,
    "mt940/self-provided/sparkassen.sta": 1,
    "mt940/self-provided/whitespace.sta": 1,
}


@pytest.fixture
def published() -> Path:
    if not FOLDER.is_dir():
        pytest.skip("the published bank files (../shared/data/bank) are not on this machine")
    return FOLDER


@pytest.mark.parametrize("name", sorted(READ))
def test_published_statement_is_read_right(published: Path, name: str) -> None:
    kind, statements, count, came, went = READ[name]
    found = read_statements(published / name)
    lines = [line for statement in found for line in statement.lines]
    assert (found[0].format, len(found), len(lines)) == (kind, statements, count)
    assert sum(line.amount for line in lines if line.amount > 0) == Decimal(came)
    assert sum(-line.amount for line in lines if line.amount < 0) == Decimal(went)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_published_statement_is_refused_with_its_line(published: Path, name: str) -> None:
    with pytest.raises(StatementUnreadable) as caught:
        read_statements(published / name)
    assert caught.value.row == REFUSED[name]


def test_no_published_statement_is_forgotten(published: Path) -> None:
    there = {
        path.relative_to(published).as_posix()
        for path in published.rglob("*")
        if path.is_file() and path.suffix != ".json" and path.name != "LICENSE"
    }
    assert there == READ.keys() | REFUSED.keys()


def test_amounts_agree_with_the_expected_json(published: Path) -> None:
    """What the makers of the samples expect beside them: the entries of the last statement of each message."""
    compared = 0
    for expected in sorted(published.rglob("*.json")):
        entries = json.loads(expected.read_text(encoding="utf-8"))["getEntries"]
        wanted = [
            (Decimal(entry["getAmount"]["getAmount"]) / 100, entry["getAmount"]["getCurrency"]["getCode"])
            for entry in entries
        ]
        last = read_statements(expected.with_suffix(".xml"))[-1]
        assert [(line.amount, last.currency) for line in last.lines] == wanted
        days = [entry["getBookingDate"]["0"][:10] for entry in entries]
        assert [line.booked_on.isoformat() for line in last.lines] == days
        compared += 1
    assert compared == 4
