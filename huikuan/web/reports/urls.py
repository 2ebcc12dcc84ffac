from django.urls import path

from huikuan.web.reports import views

urlpatterns = [
    path("", views.aging, name="aging"),
    path("file.<slug:form>", views.aging_file, name="aging-file"),
]
