"""The cash forecast as a workbook or JSON; who took it is written into the trail."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from huikuan.core.postgres.tenancy import tenant
from huikuan.reports.cash_forecast.files import as_data, as_workbook
from huikuan.reports.cash_forecast.reading import Forecast, forecast, lines
from huikuan.reports.operations import record_file
from huikuan.risk.payments.scenarios import try_scenario
from huikuan.web.pages import Work, page
from huikuan.web.risk.scenario import asked_scenario

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@page("report.read", own_transactions=True, whole=True)
def forecast_file(request: HttpRequest, work: Work, form: str) -> HttpResponse:
    """Weeks, months, the scenario in the address, weeks gone by, and every line; all empty where nothing is foretold."""
    with tenant(work.organization.pk, snapshot=True):
        if form not in ("xlsx", "json"):
            raise Http404
        found = forecast(work.today) or Forecast(work.today, [], [], {}, [])
        parts = list(lines())
        scenario = asked_scenario(request.GET)
        tried = try_scenario(scenario) if scenario else []
    with tenant(work.organization.pk):
        record_file(actor=work.actor, name="cash-forecast", form=form, rows=len(parts))
    currency = work.organization.currency
    name = f"forecast-{work.organization.code}-{found.made_on.isoformat()}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    if form == "json":
        return JsonResponse(as_data(found, parts, tried, currency), headers=headers)
    return HttpResponse(as_workbook(found, parts, tried, currency), headers={"Content-Type": XLSX, **headers})
