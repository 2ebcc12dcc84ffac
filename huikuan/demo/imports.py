"""The file that the cashier brought in this morning: a few receipts, two of which need a second look."""

from __future__ import annotations

import csv
import tempfile
from datetime import date, timedelta
from pathlib import Path

from huikuan.core.postgres.tenancy import tenant
from huikuan.customers.models import Customer
from huikuan.integrations.operations import ImportOptions, import_file
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

HEADER = ("收款单号", "客户编码", "客户名称", "收款日期", "收款金额", "摘要")
AMOUNTS = (
    "128,600.00",
    "56,320.50",
    "9,870.00",
    "210,000.00",
    "33,415.80",
    "76,900.00",
    "18,250.00",
    "5,600.00",
)


def import_receipts(organization: Organization, *, today: date, actor: Actor) -> None:
    """Import this morning's receipts of eight customers: one amount is illegible, one date has not come yet."""
    with tenant(organization.pk):
        customers = list(Customer.objects.order_by("code")[: len(AMOUNTS)])
    with tempfile.TemporaryDirectory(prefix="huikuan-demo-") as folder:
        path = Path(folder) / "receipts.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(HEADER)
            for number, (customer, amount) in enumerate(zip(customers, AMOUNTS, strict=False), start=1):
                on = today + timedelta(days=3) if number == 5 else today
                written = "伍仟陆佰元" if number == 8 else amount
                rows.writerow(
                    (
                        f"JS{today:%m%d}{number:02d}",
                        customer.code,
                        customer.name,
                        on.isoformat(),
                        written,
                        "货款",
                    )
                )
        import_file(
            path,
            kind="receipts",
            organization=organization,
            actor=actor,
            today=today,
            options=ImportOptions(),
            file_name=f"网银收款-{today:%Y%m%d}.csv",
        )
