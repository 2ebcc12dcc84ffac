from django.urls import path

from huikuan.web.reports import changes, pivot_runs, pivots, report_views, schedules

urlpatterns = [
    path("", report_views.catalogue, name="reports"),
    path("schedules", schedules.report_schedules, name="report-schedules"),
    path("schedules/<uuid:key>/stop", schedules.report_schedule_stop, name="report-schedule-stop"),
    path("pivot/save", pivots.pivot_save, name="pivot-save"),
    path("pivot/<uuid:key>/remove", pivots.pivot_remove, name="pivot-remove"),
    path("pivot/runs/<uuid:key>", pivot_runs.pivot_run, name="pivot-run"),
    path("pivot/runs/<uuid:key>/progress", pivot_runs.pivot_run_progress, name="pivot-run-progress"),
    path("pivot/runs/<uuid:key>/cancel", pivot_runs.pivot_run_cancel, name="pivot-run-cancel"),
    path("<slug:name>/run", pivot_runs.pivot_run_ask, name="pivot-run-ask"),
    path("<slug:name>/schedule", schedules.report_schedule, name="report-schedule"),
    path("<slug:name>/", report_views.report_page, name="report"),
    path("<slug:name>/changes", changes.report_changes, name="report-changes"),
    path("<slug:name>/file.<slug:form>", report_views.report_file, name="report-file"),
    path("<slug:name>/chart/<slug:chart>.csv", report_views.report_chart, name="report-chart"),
]
