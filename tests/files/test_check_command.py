"""huikuan check names attached files that are not what they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from typer.testing import CliRunner

from huikuan.cli.commands import app
from huikuan.core.postgres.tenancy import tenant
from huikuan.files import storage
from huikuan.files.operations import attach_file
from tests.conftest import make_organization
from tests.files.contents import PDF

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "admin"])


def test_check_names_an_altered_file(actor: Any, settings: Any, tmp_path: Path) -> None:
    settings.FILES_FOLDER = str(tmp_path / "files")
    organization = make_organization(actor)
    with tenant(organization.pk):
        attached = attach_file(
            record_kind="customer",
            record_id=organization.pk,
            name="合同.pdf",
            content=PDF,
            actor=actor,
            now=timezone.now(),
        )
    check = ["check", "--org", organization.code]
    assert CliRunner().invoke(app, check).exit_code == 0
    storage.place(organization.pk, attached.sha256).write_bytes(b"%PDF-1.7 changed")
    found = CliRunner().invoke(app, check)
    assert found.exit_code == 1
    assert "attached_file_is_unchanged" in found.output
    assert "合同.pdf" in found.output
