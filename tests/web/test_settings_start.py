"""The first run of an installation, the first steps of an organization, and the sample to try."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from huikuan.administration.operations import Founder, SetupRefused, set_up
from huikuan.core.postgres.tenancy import tenant
from huikuan.core.secrets import installation_secret
from huikuan.customers.models import Customer
from huikuan.integrations.operations import ImportOptions, import_file
from huikuan.ledger.models import Document, OpenItem
from huikuan.organizations.models import Organization, User
from huikuan.organizations.queries import administrators
from huikuan.web.onboarding.sample_files import FILE_NAMES, sample_xlsx
from tests.conftest import TODAY
from tests.web.people import PASSWORD, member, signed_in

FOUNDER = {
    "name": "宁波测试贸易有限公司",
    "code": "ningbo",
    "currency": "CNY",
    "person": "创建人",
    "login": "boss@example.com",
    "password": PASSWORD,
}


@pytest.fixture
def nobody(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without people: those of other tests are out of sight."""
    monkeypatch.setattr(User.objects, "exists", lambda: False)


def test_the_first_run_takes_the_token(nobody: None) -> None:
    assert Client().get("/setup").status_code == 403
    assert Client().get("/setup?token=wrong").status_code == 403
    assert Client().post("/setup", FOUNDER).status_code == 403


def test_the_first_run_is_gone_once_somebody_is_known(organization: Any) -> None:
    member(organization, "auditor")
    token = installation_secret("setup")
    assert Client().get("/setup", {"token": token}).status_code == 404
    assert Client().post("/setup", {"token": token, **FOUNDER}).status_code == 404
    with pytest.raises(SetupRefused):
        set_up(founder=Founder("x", "x@example.com", PASSWORD), actor=None, code="x", name="x")  # type: ignore[arg-type]


def test_the_first_run_makes_an_organization_and_who_may_do_everything_in_it(
    nobody: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Organization.objects, "all", list)
    client = Client()
    token = installation_secret("setup")
    weak = client.post("/setup", {"token": token, **FOUNDER, "password": "short"})
    assert weak.status_code == 422
    assert "宁波测试贸易有限公司" in weak.content.decode()
    assert weak["Referrer-Policy"] == "same-origin", "without a referrer the browser's post has no origin"
    assert not Organization.objects.filter(code="ningbo").count()
    answer = client.post("/setup", {"token": token, **FOUNDER})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    organization = Organization.objects.get(code="ningbo")
    with tenant(organization.pk):
        assert len(administrators()) == 1
    monkeypatch.undo()
    assert client.get("/")["Location"] == "/o/ningbo/settings/start/"
    page = client.get("/o/ningbo/settings/start/").content.decode()
    assert page.count('class="card first-step') == 4
    assert "您没有这项权限" not in page


@pytest.fixture
def client(organization: Any) -> Client:
    return signed_in(member(organization, "administrator", "finance_manager"))


def start(organization: Any, *parts: str) -> str:
    return "/".join([f"/o/{organization.code}/settings/start", *parts, ""])


def test_steps_are_read_from_the_data_skipped_and_put_away(organization: Any, client: Client) -> None:
    def now() -> str:
        page = client.get(start(organization)).content.decode()
        return page.split('aria-current="step"')[0].rsplit('id="step-', 1)[1].split('"')[0]

    assert now() == "organization"
    client.post(start(organization, "skip"), {"step": "organization"})
    assert now() == "customers"
    client.post(start(organization, "skip"), {"step": "organization"})
    assert now() == "organization", "a second time takes it back"
    assert client.get("/")["Location"] == start(organization)
    client.post(start(organization, "put-away"), {"value": "1"})
    assert client.get("/")["Location"] == f"/o/{organization.code}/"
    client.post(start(organization, "skip"), {"step": "nonsense"})
    organization.refresh_from_db()
    assert organization.onboarding == {"skipped": [], "put_away": True}


def test_who_cannot_change_settings_is_not_led_there(organization: Any) -> None:
    clerk = signed_in(member(organization, "ar_accountant"))
    assert clerk.get("/")["Location"] == f"/o/{organization.code}/"
    assert clerk.get(start(organization)).status_code == 403


@pytest.mark.parametrize("kind", list(FILE_NAMES))
@pytest.mark.parametrize("currency", ["CNY", "JPY", "USD"])
def test_sample_files_import_cleanly(actor: Any, db: None, tmp_path: Path, kind: str, currency: str) -> None:
    from tests.conftest import make_organization

    organization = make_organization(actor, currency=currency)
    path = tmp_path / FILE_NAMES[kind]
    path.write_bytes(sample_xlsx(kind, currency=currency, today=TODAY))
    report = import_file(
        path,
        kind=kind,
        organization=organization,
        actor=actor,
        today=TODAY,
        options=ImportOptions(),
        file_name=path.name,
    )
    assert report.read == report.imported == (6 if kind == "customers" else 24)
    assert report.notices == ()


def test_sample_files_are_downloaded(organization: Any, client: Client) -> None:
    answer = client.get(f"/o/{organization.code}/settings/start/sample/invoices.xlsx")
    assert FILE_NAMES["invoices"] in answer["Content-Disposition"]
    sheet = zipfile.ZipFile(io.BytesIO(answer.content)).read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row ") == 25
    assert client.get(f"/o/{organization.code}/settings/start/sample/receipts.xlsx").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_sample_goes_in_and_out_again(transactional_db: None, actor: Any) -> None:
    from tests.conftest import make_organization

    organization = make_organization(actor)
    client = signed_in(member(organization, "administrator", "finance_manager"))
    assert client.post(start(organization, "sample")).status_code == 302
    with tenant(organization.pk):
        assert (Customer.objects.count(), Document.objects.count()) == (6, 24)
        assert Customer.objects.filter(term__isnull=False).count() == 6
        assert min(Document.objects.values_list("document_on", flat=True)) < date.today()
    assert "撤销示例" in client.get(start(organization)).content.decode()
    assert client.post(start(organization, "sample", "undo")).status_code == 302
    with tenant(organization.pk):
        assert not OpenItem.objects.filter(open_amount__gt=0).exists()
        assert not Customer.objects.exists(), "the six customers are out of the list"
        removed = Customer.everyone.latest("code")
    then = client.get(f"/o/{organization.code}/customers/{removed.pk}/")
    assert "已移出名单" in then.content.decode(), "found from the documents of then"
    page = client.get(start(organization)).content.decode()
    assert "导入示例" in page
    assert "撤销示例" not in page
