"""Files written for a test, and imported into its organization."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import TODAY, make_organization

Import = Callable[..., Any]


@pytest.fixture
def company(db: None, actor: Any) -> Any:
    return make_organization(actor)


@pytest.fixture
def imports(company: Any, actor: Any, tmp_path: Path) -> Import:
    """imports("invoices", text, **options) writes the text to a CSV and imports it."""
    from huikuan.integrations.operations import ImportOptions, import_file

    def run(kind: str, content: str | Path, *, dry_run: bool = False, **options: Any) -> Any:
        path = content if isinstance(content, Path) else tmp_path / "file.csv"
        if isinstance(content, str):
            path.write_text(content.strip() + "\n", encoding="utf-8")
        if "accept" in options:
            options["accept"] = frozenset(options["accept"])
        return import_file(
            path,
            kind=kind,
            organization=company,
            actor=actor,
            today=TODAY,
            options=ImportOptions(**options),
            dry_run=dry_run,
        )

    return run


@pytest.fixture
def shared_invoices() -> Path:
    folder = Path(__file__).resolve().parents[3] / "shared" / "data" / "invoices"
    if not folder.is_dir():
        pytest.skip("the published invoice files are not on this machine")
    return folder
