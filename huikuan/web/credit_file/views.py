"""The credit file, taken away as a PDF."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from huikuan.audit.operations import act, record_event
from huikuan.core.typesetting import pdf
from huikuan.web.credit_file.content import file_content
from huikuan.web.customers.queries import visible_customers
from huikuan.web.pages import Work, page
from huikuan.web.scopes import visible

TEMPLATE = Path(__file__).with_name("file.typ")


@require_POST
@page("credit.read")
def credit_file(request: HttpRequest, work: Work, key: UUID) -> HttpResponse:
    """One customer's file; that it was taken is written into the trail."""
    found = visible_customers(visible(work.actor)).select_related("parent").filter(pk=key).first()
    if found is None:
        raise Http404
    content = pdf(TEMPLATE, file_content(work, found, made_on=work.today), made_at=timezone.now())
    with act("take_credit_file", actor=work.actor):
        record_event(
            action="exported",
            record_kind="customer",
            record_id=found.pk,
            number=found.code,
            content={"report": "credit_file"},
        )
    answer = HttpResponse(content, content_type="application/pdf")
    name = f"{_('授信档案')}-{found.code}-{work.today.isoformat()}.pdf"
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer
