"""Every address of the pages."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path

from huikuan.web import home, search
from huikuan.web.sign_in import SignInView

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("sign-in", SignInView.as_view(), name="sign-in"),
    path("sign-out", LogoutView.as_view(), name="sign-out"),
    path("language/", include("django.conf.urls.i18n")),
    path("enter/<slug:org>", home.enter, name="enter"),
    path("o/<slug:org>/search", search.search, name="search"),
    path("o/<slug:org>/", include("huikuan.web.dashboard.urls")),
    path("o/<slug:org>/customers/", include("huikuan.web.customers.urls")),
    path("o/<slug:org>/", include("huikuan.web.ledger.urls")),
    path("o/<slug:org>/aging/", include("huikuan.web.reports.urls")),
    path("o/<slug:org>/import/", include("huikuan.web.imports.urls")),
]
