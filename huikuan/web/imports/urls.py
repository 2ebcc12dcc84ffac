"""Addresses of the import pages, below /o/<code>/import/."""

from __future__ import annotations

from django.urls import path

from huikuan.web.imports import home, results, views
from huikuan.web.imports.history import HISTORY
from huikuan.web.lists.views import list_urls

urlpatterns = [
    path("", home.home, name="import-home"),
    *list_urls(HISTORY, "history/"),
    path("upload", views.upload, name="import-upload"),
    path("template/<slug:kind>.xlsx", home.template, name="import-template"),
    path("trial/<slug:name>.csv", home.trial, name="import-trial"),
    path("check/<str:token>", views.check, name="import-check"),
    path("check/<str:token>/columns", views.columns, name="import-columns"),
    path("check/<str:token>/rows", views.correct, name="import-correct"),
    path("check/<str:token>/start", views.start, name="import-start"),
    path("check/<str:token>/discard", views.discard, name="import-discard"),
    path("<uuid:batch_id>", results.batch, name="import-batch"),
    path("<uuid:batch_id>/progress", results.progress, name="import-progress"),
    path("<uuid:batch_id>/cancel", results.cancel, name="import-cancel"),
    path("<uuid:batch_id>/problems", results.problems, name="import-problems"),
    path("<uuid:batch_id>/problems.xlsx", results.problems_file, name="import-problems-file"),
    path("<uuid:batch_id>/accept", results.accept, name="import-accept"),
    path("<uuid:batch_id>/retry", results.retry, name="import-retry"),
    path("<uuid:batch_id>/dismiss", results.dismiss, name="import-dismiss"),
    path("<uuid:batch_id>/undo", results.undo, name="import-undo"),
]
