"""A file from a bank: read, then its statements taken in, all or none."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from uuid import UUID

from huikuan.cash.formats.reading import read_statements
from huikuan.cash.operations.statements import ImportedStatement, import_statements
from huikuan.organizations.actors import Actor


def import_statement_file(
    path: Path,
    *,
    file_name: str,
    bank_account_id: UUID | None = None,
    format_name: str = "",
    mapping: Mapping[str, str] | None = None,
    date_order: str = "",
    actor: Actor,
    today: date,
) -> list[ImportedStatement]:
    """导入一个对账单文件. Raises StatementUnreadable or StatementRefused; nothing of the file is taken then."""
    actor.require("statement.write")
    found = read_statements(path, format_name=format_name, mapping=mapping, date_order=date_order)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return import_statements(
        found,
        file_name=file_name,
        file_sha256=sha256,
        bank_account_id=bank_account_id,
        actor=actor,
        today=today,
    )
