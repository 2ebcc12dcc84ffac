"""Where files are chosen: what may be imported by whom, the templates, and what was imported so far."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from huikuan.integrations import uploads
from huikuan.integrations.models import Kind
from huikuan.organizations.actors import Actor
from huikuan.web.imports.forms import UploadForm, import_steps
from huikuan.web.imports.history import HISTORY
from huikuan.web.imports.templates_file import template_xlsx
from huikuan.web.imports.trial_files import TRIAL_FILES, trial_csv
from huikuan.web.lists.context import list_context
from huikuan.web.pages import Work, page

# Kind of file → icon, what its rows are, and the permission without which none of them could be taken in.
_KINDS: dict[str, tuple[str, str | Promise, str]] = {
    Kind.INVOICES.value: (
        "file-invoice",
        gettext_lazy("每行一张应收单；红字为负数，可以带回款日期"),
        "invoice.record",
    ),
    Kind.RECEIPTS.value: ("cash", gettext_lazy("每行一笔到账，导入后等待核销"), "receipt.record"),
    Kind.CUSTOMERS.value: ("users", gettext_lazy("客户档案：编码、名称、账期、联系人"), "customer.write"),
    Kind.ALLOCATIONS.value: ("link", gettext_lazy("哪笔收款核销了哪张应收单"), "allocation.write"),
    Kind.PRODUCTS.value: ("package", gettext_lazy("产品档案：编码、名称、单位、税率、单价"), "product.write"),
    Kind.ORDERS.value: ("shopping-cart", gettext_lazy("每行一个订单行；同一订单号为一张订单"), "order.write"),
    Kind.DELIVERIES.value: ("truck", gettext_lazy("每行签收一个订单行的数量"), "order.write"),
    Kind.RATES.value: (
        "coins",
        gettext_lazy("外币汇率：币种、日期、一单位外币折多少本位币"),
        "ledger.revalue",
    ),
}


def kinds_for(actor: Actor) -> list[str]:
    """The kinds of file whose rows the actor may record."""
    return [kind for kind, (_icon, _note, permission) in _KINDS.items() if actor.may(permission)]


@require_GET
@page("import.run")
def home(request: HttpRequest, work: Work) -> HttpResponse:
    """Choose a file; below, what was imported so far."""
    return home_page(request, work, UploadForm(initial={"kind": request.GET.get("kind", "")}))


def home_page(
    request: HttpRequest, work: Work, form: UploadForm, *, error: str = "", status: int = 200
) -> TemplateResponse:
    """The page where files are chosen, with the reason why the last one was refused."""
    allowed = kinds_for(work.actor)
    context = {
        "form": form.limited(allowed),
        "kinds": [
            {
                "value": kind,
                "label": _(str(Kind(kind).label)),
                "icon": _KINDS[kind][0],
                "note": _KINDS[kind][1],
            }
            for kind in allowed
        ],
        "trials": [each for each in TRIAL_FILES.values() if each.kind in allowed],
        "error": error,
        "options_open": bool(form.errors) or bool(form["kind"].value()),
        "max_bytes": uploads.MAX_BYTES,
        "max_mb": uploads.MAX_BYTES // 1024**2,
        "steps": import_steps(),
        "breadcrumbs": [{"label": _("导入")}],
        **list_context(request, work, HISTORY),
    }
    return TemplateResponse(request, "imports/home.html", context, status=status)


@require_GET
@page("import.run")
def template(request: HttpRequest, work: Work, kind: str) -> HttpResponse:
    """The empty spreadsheet of a kind, to be filled in."""
    if kind not in _KINDS:
        raise Http404
    response = HttpResponse(
        template_xlsx(kind, currency=work.organization.currency, today=work.today),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    response["Content-Disposition"] = f'attachment; filename="huikuan-{kind}.xlsx"'
    return response


@require_GET
@page("import.run")
def trial(request: HttpRequest, work: Work, name: str) -> HttpResponse:
    """A file to try the import with."""
    if name not in TRIAL_FILES:
        raise Http404
    content = trial_csv(name, currency=work.organization.currency, today=work.today)
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="huikuan-try-{name}.csv"'
    return response
