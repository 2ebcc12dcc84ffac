"""The page of the first steps, and the sample to try."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from huikuan.administration.operations import note_first_steps
from huikuan.core.errors import HuikuanError
from huikuan.core.postgres.tenancy import tenant
from huikuan.integrations.models import Batch, Kind, State
from huikuan.integrations.operations import ImportOptions, import_file, undo_batch
from huikuan.web.onboarding.sample_files import FILE_NAMES, sample_xlsx
from huikuan.web.onboarding.steps import CODES, first_steps, skipped_of
from huikuan.web.pages import Work, page
from huikuan.web.settings.frame import show

SECTION = "onboarding"


@require_safe
@page("organization.write")
def onboarding(request: HttpRequest, work: Work) -> HttpResponse:
    """What to do first, in order; the rest is read from the data."""
    steps = first_steps(work)
    settled = sum(1 for step in steps if step["done"] or step["skipped"])
    return show(
        request,
        work,
        "onboarding/steps.html",
        section=SECTION,
        title=_("开始使用"),
        note=_("四步就能看到第一张账龄表。顺序可以变，每一步都可以跳过。"),
        steps=steps,
        settled=settled,
        sample=_sample_state(),
        may_import=work.actor.may("import.run"),
        put_away=bool(work.organization.onboarding.get("put_away")),
    )


def _sample_state() -> Batch | None:
    """The sample's invoices where they stand in the books."""
    found = Batch.objects.filter(file_name=FILE_NAMES[Kind.INVOICES.value], state=State.DONE)
    return found.order_by("-started_at").first()


@require_POST
@page("organization.write")
def skip(request: HttpRequest, work: Work) -> HttpResponse:
    """Leave a step out, or take it back."""
    code = request.POST.get("step", "")
    if code in CODES:
        skipped = skipped_of(work.organization) ^ {code}
        note_first_steps(
            skipped=skipped,
            put_away=bool(work.organization.onboarding.get("put_away")),
            actor=work.actor,
        )
    return redirect(SECTION, work.organization.code)


@require_POST
@page("organization.write")
def put_away(request: HttpRequest, work: Work) -> HttpResponse:
    """Do not show the first steps at the entrance any more; they stay in the settings."""
    away = request.POST.get("value", "1") == "1"
    note_first_steps(skipped=skipped_of(work.organization), put_away=away, actor=work.actor)
    if not away:
        return redirect(SECTION, work.organization.code)
    messages.info(request, _("已收起。需要时在“设置 → 开始使用”里打开。"))
    return redirect("home")


@require_safe
@page("organization.write")
def sample_file(request: HttpRequest, work: Work, kind: str) -> HttpResponse:
    """The sample as a file, to look at or to import by hand."""
    if kind not in FILE_NAMES:
        raise Http404
    response = HttpResponse(
        sample_xlsx(kind, currency=work.organization.currency, today=work.today),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    response["Content-Disposition"] = f'attachment; filename="{FILE_NAMES[kind]}"'
    return response


@require_POST
@page("import.run", own_transactions=True)
def sample(request: HttpRequest, work: Work) -> HttpResponse:
    """Take the sample in, customers first, by the ordinary import."""
    try:
        for kind in (Kind.CUSTOMERS.value, Kind.INVOICES.value):
            _import(work, kind)
    except HuikuanError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("示例已导入：看看总览、客户和账龄，再回来撤销。"))
    return redirect(_back(work), work.organization.code)


def _back(work: Work) -> str:
    """The first steps for those who see them, else the imports."""
    return SECTION if work.actor.may("organization.write") else "import-home"


def _import(work: Work, kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE_NAMES[kind]
        path.write_bytes(sample_xlsx(kind, currency=work.organization.currency, today=work.today))
        import_file(
            path,
            kind=kind,
            organization=work.organization,
            actor=work.actor,
            today=work.today,
            options=ImportOptions(),
            file_name=FILE_NAMES[kind],
        )


@require_POST
@page("import.run", own_transactions=True)
def undo_sample(request: HttpRequest, work: Work) -> HttpResponse:
    """Take the sample back, the invoices before the customers, as any import is undone."""
    try:
        with tenant(work.organization.pk):
            batch = _sample_state()
            if batch is not None:
                undo_batch(batch.pk, actor=work.actor, today=work.today)
    except HuikuanError as error:
        messages.error(request, error.message)
        return redirect(_back(work), work.organization.code)
    try:
        with tenant(work.organization.pk):
            for each in Batch.objects.filter(
                kind=Kind.CUSTOMERS, file_name=FILE_NAMES[Kind.CUSTOMERS.value], state=State.DONE
            ):
                undo_batch(each.pk, actor=work.actor, today=work.today)
    except HuikuanError as error:
        messages.warning(request, _("示例单据已全部冲销，示例客户留在名单里：%s") % error.message)
    else:
        messages.success(request, _("示例已撤销：单据已全部冲销，客户已移出名单。"))
    return redirect(_back(work), work.organization.code)
