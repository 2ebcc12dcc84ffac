from django.urls import path

from huikuan.web.dashboard import views
from huikuan.web.reports import pivots

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("dashboard/items/", views.items, name="dashboard-items"),
    path("dashboard/collected/", views.collected, name="dashboard-collected"),
    path("dashboard/<slug:name>/", pivots.pivot_tile, name="dashboard-pivot"),
]
