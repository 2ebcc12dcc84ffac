from django.urls import path

from huikuan.web.dashboard import views

urlpatterns = [path("", views.dashboard, name="dashboard")]
