"""Statements as a reader gives them, in a few words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from huikuan.cash.formats.statements import ParsedLine, ParsedStatement
from huikuan.cash.models import BankAccount
from huikuan.cash.operations import (
    ImportedStatement,
    NewBankAccount,
    add_bank_account,
    import_statements,
)
from tests.trade import day

NUMBER = "6222020000012345"


def account(books: Any, code: str = "icbc", **values: Any) -> BankAccount:
    values = {"name": f"账户{code}", "currency": "CNY", "number": NUMBER} | values
    return add_bank_account(new=NewBankAccount(code=code, **values), actor=books.actor)


def line(on: str, amount: str, **values: Any) -> ParsedLine:
    balance = values.pop("balance", None)
    return ParsedLine(
        row=values.pop("row", 1),
        booked_on=day(on),
        amount=Decimal(amount),
        balance=Decimal(balance) if balance is not None else None,
        **values,
    )


def statement(*lines: ParsedLine, opening: str | None = None, **values: Any) -> ParsedStatement:
    """A statement of these lines; with `opening` it closes where they lead."""
    values = {"format": "mt940", "account": NUMBER, "currency": "CNY"} | values
    start = Decimal(opening) if opening is not None else None
    closing = start + sum((each.amount for each in lines), Decimal(0)) if start is not None else None
    return ParsedStatement(lines=tuple(lines), **{"opening": start, "closing": closing} | values)


def bring(books: Any, *statements: ParsedStatement, **values: Any) -> list[ImportedStatement]:
    values = {"file_name": "a.sta", "file_sha256": "0" * 64} | values
    return import_statements(list(statements), actor=books.actor, today=books.today, **values)
