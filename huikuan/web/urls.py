"""Every address of the pages."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path

from huikuan.web import home, invitation, live, search, security
from huikuan.web.messaging.unsubscribe import unsubscribe
from huikuan.web.onboarding.setup import setup
from huikuan.web.sign_in import SignInView

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("sign-in", SignInView.as_view(), name="sign-in"),
    path("setup", setup, name="setup"),
    path("invitation/<slug:org>/<uuid:user>/<str:token>", invitation.invitation, name="invitation"),
    path("unsubscribe/<str:token>/", unsubscribe, name="unsubscribe"),
    path("sign-out", LogoutView.as_view(), name="sign-out"),
    path("language/", include("django.conf.urls.i18n")),
    path("enter/<slug:org>", home.enter, name="enter"),
    path("", include("huikuan.web.install.urls")),
    path("o/<slug:org>/search", search.search, name="search"),
    path("o/<slug:org>/live", live.live, name="live"),
    path("o/<slug:org>/security", security.security, name="security"),
    path("o/<slug:org>/", include("huikuan.web.notices.urls")),
    path("o/<slug:org>/", include("huikuan.web.files.urls")),
    path("o/<slug:org>/", include("huikuan.web.approvals.urls")),
    path("o/<slug:org>/", include("huikuan.web.guide.urls")),
    path("o/<slug:org>/", include("huikuan.web.design.urls")),
    path("o/<slug:org>/", include("huikuan.web.dashboard.urls")),
    path("o/<slug:org>/customers/", include("huikuan.web.customers.urls")),
    path("o/<slug:org>/", include("huikuan.web.ledger.urls")),
    path("o/<slug:org>/", include("huikuan.web.sales.contract_urls")),
    path("o/<slug:org>/sales/", include("huikuan.web.sales.urls")),
    path("o/<slug:org>/books/", include("huikuan.web.books.urls")),
    path("o/<slug:org>/", include("huikuan.web.banking.urls")),
    path("o/<slug:org>/", include("huikuan.web.cash.urls")),
    path("o/<slug:org>/", include("huikuan.web.workbench.urls")),
    path("o/<slug:org>/aging/", include("huikuan.web.reports.urls")),
    path("o/<slug:org>/reports/", include("huikuan.web.reports.report_urls")),
    path("o/<slug:org>/key-figures/", include("huikuan.web.reports.key_figure_urls")),
    path("o/<slug:org>/", include("huikuan.web.risk.urls")),
    path("o/<slug:org>/", include("huikuan.web.credit.urls")),
    path("o/<slug:org>/", include("huikuan.web.warnings.urls")),
    path("o/<slug:org>/", include("huikuan.web.decisions.urls")),
    path("o/<slug:org>/", include("huikuan.web.replay.urls")),
    path("o/<slug:org>/", include("huikuan.web.credit_file.urls")),
    path("o/<slug:org>/", include("huikuan.web.disputes.urls")),
    path("o/<slug:org>/", include("huikuan.web.collection.urls")),
    path("o/<slug:org>/statements/", include("huikuan.web.statements.urls")),
    path("o/<slug:org>/", include("huikuan.web.messaging.urls")),
    path("o/<slug:org>/import/", include("huikuan.web.imports.urls")),
    path("o/<slug:org>/settings/", include("huikuan.web.settings.urls")),
    path("o/<slug:org>/settings/start/", include("huikuan.web.onboarding.urls")),
]
