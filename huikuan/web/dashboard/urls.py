from django.urls import path

from huikuan.web.dashboard import views

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("dashboard/items/", views.items, name="dashboard-items"),
    path("dashboard/collected/", views.collected, name="dashboard-collected"),
]
