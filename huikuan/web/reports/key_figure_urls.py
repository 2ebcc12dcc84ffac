from django.urls import path

from huikuan.web.reports.key_figures import key_figures

urlpatterns = [path("", key_figures, name="key-figures")]
