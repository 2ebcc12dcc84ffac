"""Published invoice files, read in place; they are not part of the project."""

import csv
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "invoices"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the published invoice files are not at {DATA}")


def _sum(path: Path, delimiter: str, column: str) -> Decimal:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return sum(
            (Decimal(row[column] or 0) for row in csv.DictReader(file, delimiter=delimiter)), Decimal(0)
        )


def test_late_payment_histories_are_recognised_unaided(load: Callable[..., Any]) -> None:
    path = DATA / "ibm_receivables.csv"
    loaded = load(path, "invoices")
    assert set(loaded.layout.date_formats.values()) == {"MDY"}
    assert (len(loaded.lines), loaded.rejected) == (2466, 0)
    assert sum(loaded.columns["amount"]) == _sum(path, ",", "InvoiceAmount")
    with path.open(newline="") as file:
        days = [int(row["DaysToSettle"]) for row in csv.DictReader(file)]
    pairs = zip(loaded.columns["paid_on"], loaded.columns["document_on"], strict=True)
    assert [(paid - on).days for paid, on in pairs] == days


def test_portuguese_headers_are_mapped(load: Callable[..., Any]) -> None:
    path = DATA / "datarisk_paid_lines.csv"
    mapping = {
        "customer_code": "ID_CLIENTE",
        "document_on": "DATA_EMISSAO_DOCUMENTO",
        "due_on": "DATA_VENCIMENTO",
        "paid_on": "DATA_PAGAMENTO",
        "amount": "VALOR_A_PAGAR",
    }
    loaded = load(path, "invoices", mapping=mapping)
    assert loaded.layout.delimiter == ";"
    assert len(loaded.lines) + loaded.rejected == 61504
    assert Counter(code for _row, code in loaded.codes) == {"amount_missing": 934}
    assert sum(loaded.columns["amount"]) == _sum(path, ";", "VALOR_A_PAGAR")
    assert all(len(code) in (16, 17, 18, 19) for code in set(loaded.columns["customer_code"]))


def test_open_items_with_an_unnamed_first_column(load: Callable[..., Any]) -> None:
    path = DATA / "highradius_open_items.csv"
    loaded = load(path, "invoices")
    titles = {name: loaded.layout.columns[index] for name, index in loaded.layout.mapping.items()}
    assert titles == {
        "customer_code": "cust_number",
        "customer_name": "name_customer",
        "number": "doc_id",
        "document_on": "posting_date",
        "due_on": "due_in_date",
        "paid_on": "clear_date",
        "amount": "converted_usd",
    }
    assert (len(loaded.lines), loaded.rejected) == (9681, 0)
    assert loaded.columns["document_on"][0] == date(2020, 3, 30)
    assert set(loaded.columns["paid_on"]) == {None}
    assert loaded.layout.currency == "USD"
    assert sum(loaded.columns["amount"]) == _sum(path, ",", "converted_usd")


def test_a_customer_registry(load: Callable[..., Any]) -> None:
    mapping = {"customer_code": "ID_CLIENTE", "sector": "SEGMENTO_INDUSTRIAL", "size": "PORTE"}
    loaded = load(DATA / "datarisk_customers.csv", "customers", mapping=mapping)
    assert (len(loaded.lines), loaded.rejected) == (1315, 0)
    assert set(loaded.columns["size"]) == {"PEQUENO", "MEDIO", "GRANDE", None}
