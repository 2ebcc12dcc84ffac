"""One customer's half year: the example every aging is measured against."""

from typing import Any

INVOICES = (
    # number, dated, due, amount
    ("I1", "2026-05-20", "2026-07-20", "10000.00"),
    ("I2", "2026-04-30", "2026-06-15", "20000.00"),
    ("I3", "2026-01-10", "2026-03-31", "8000.00"),
    ("I4", "2025-03-01", "2025-06-30", "4000.00"),
    ("I5", "2025-03-01", "2025-06-29", "3000.00"),
    ("I6", "2026-05-01", "2026-05-31", "2000.00"),
    ("I7", "2026-04-30", "2026-05-30", "1000.00"),
    ("I9", "2026-02-01", "2026-03-03", "1000.00"),
    ("I10", "2026-05-31", "2026-06-30", "6000.00"),
)

# What is owed at the end of June by due date, before July is recorded.
JUNE = {
    "not_due": "10000.00",
    "1-30": "17000.00",
    "31-60": "1000.00",
    "61-90": "0.00",
    "91-180": "8000.00",
    "181-365": "4000.00",
    ">365": "3000.00",
    "gross": "43000.00",
    "unallocated": "-3500.00",
    "net": "39500.00",
}


def record_until_june(books: Any) -> None:
    """Everything that happened until 30 June 2026."""
    for number, on, due, amount in INVOICES:
        books.invoice(number, on, amount, due=due)
    books.credit_note("CN", "2026-06-20", "1500.00")
    books.receipt("R1", "2026-06-10", "7000.00")
    books.receipt("R3", "2026-06-01", "6000.00")
    books.allocate("R3", "I10", "6000.00", "2026-06-01")
    books.allocate("R1", "I2", "5000.00", "2026-06-12")
    books.write_off("I9", "2026-06-25")


def record_july(books: Any) -> None:
    """What July added: a new invoice, a receipt applied at once, and the un-allocation of R3."""
    books.invoice("I8", "2026-07-01", "9999.00", due="2026-07-31")
    books.unallocate("R3", "I10", "2026-07-02")
    books.receipt("R2", "2026-07-05", "8000.00")
    books.allocate("R2", "I3", "8000.00", "2026-07-05")
