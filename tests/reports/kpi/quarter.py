"""The example quarter as documents: every figure of `test_rules` comes out of them."""

from __future__ import annotations

from datetime import date
from typing import Any

EVE, UNTIL = date(2025, 12, 31), date(2026, 3, 31)

INVOICES = (
    # number, dated, due, amount in thousands
    ("O1", "2025-11-01", "2025-12-15", 60),
    ("O2", "2025-12-10", "2026-01-31", 340),
    ("J", "2026-01-20", "2026-02-28", 300),
    ("F1", "2026-02-10", "2026-03-20", 120),
    ("F2", "2026-02-10", "2026-03-31", 40),
    ("F3", "2026-02-20", "2026-04-30", 120),
    ("M", "2026-03-05", "2026-05-31", 310),
)
PAID = (
    # what, on, amount in thousands
    ("O2", "2026-01-30", 340),
    ("O1", "2026-02-01", 20),
    ("J", "2026-02-28", 280),
    ("J", "2026-03-10", 20),
    ("F1", "2026-03-25", 40),
    ("M", "2026-03-30", 140),
)


def record_quarter(books: Any) -> None:
    """Sales of 300, 280 and 310 thousand, and 840 thousand collected; debts of before: 400 thousand."""
    for number, on, due, amount in INVOICES:
        books.invoice(number, on, f"{amount}000.00", due=due)
    for place, (number, on, amount) in enumerate(PAID):
        books.receipt(f"R{place}", on, f"{amount}000.00")
        books.allocate(f"R{place}", number, f"{amount}000.00", on)
