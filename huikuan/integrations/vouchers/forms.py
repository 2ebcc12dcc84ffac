"""The forms in which vouchers are taken out, and the one way to take them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huikuan.books.operations import VoucherRefused, record_export
from huikuan.books.queries.receivables import receivable_rows
from huikuan.books.queries.vouchers import posted_vouchers
from huikuan.core.postgres.tenancy import current_organization_id
from huikuan.integrations.vouchers import gbt24589, kingdee_cloud, kingdee_k3, sheets, yonyou_u8
from huikuan.integrations.vouchers.month import VoucherMonth
from huikuan.organizations.actors import Actor
from huikuan.organizations.models import Organization

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Form:
    """A form of file: `label` for people, how its name ends, its type, and what writes it."""

    label: str | Promise
    suffix: str
    content_type: str
    write: Callable[[VoucherMonth], bytes]


FORMS: Mapping[str, Form] = {
    "kingdee-k3": Form(gettext_lazy("金蝶 K3 Excel"), "xlsx", XLSX, kingdee_k3.write),
    "kingdee-cloud": Form(gettext_lazy("金蝶云星空 JSON"), "json", "application/json", kingdee_cloud.write),
    "yonyou-u8": Form(gettext_lazy("用友 U8 文本"), "txt", "text/plain; charset=gbk", yonyou_u8.write),
    "csv": Form(gettext_lazy("通用 CSV"), "csv", "text/csv; charset=utf-8", sheets.write_csv),
    "xlsx": Form(gettext_lazy("通用 Excel"), "xlsx", XLSX, sheets.write_workbook),
    "gbt24589": Form(
        gettext_lazy("GB/T 24589.1-2010 应收 XML"), "xml", "application/xml; charset=gb18030", gbt24589.write
    ),
}


@dataclass(frozen=True)
class VoucherFile:
    """A file that was taken, and its name."""

    name: str
    content_type: str
    content: bytes
    vouchers: int


def voucher_file(*, form: str, month: date, actor: Actor) -> VoucherFile:
    """The posted vouchers of a month in one of FORMS; that they were taken is written in the trail.

    Raises VoucherRefused where the month has none.
    """
    actor.require("books.read")
    kind = FORMS.get(form)
    if kind is None:
        raise VoucherRefused(_("不认识的导出格式：%s") % form, code="unknown_form")
    vouchers = posted_vouchers(month)
    if not vouchers:
        raise VoucherRefused(_("%s 没有已记账的凭证可以导出。") % f"{month:%Y-%m}", code="no_vouchers")
    organization = Organization.objects.get(pk=current_organization_id())
    rows = receivable_rows(month) if form == "gbt24589" else []
    content = kind.write(
        VoucherMonth(
            organization_code=organization.code,
            organization_name=organization.name,
            currency=organization.currency,
            month=month.replace(day=1),
            vouchers=tuple(vouchers),
            receivables=tuple(rows),
        )
    )
    record_export(kind=form, month=month, content=content, vouchers=len(vouchers), actor=actor)
    name = f"{organization.code}-{month:%Y-%m}-{form}.{kind.suffix}"
    return VoucherFile(name=name, content_type=kind.content_type, content=content, vouchers=len(vouchers))
