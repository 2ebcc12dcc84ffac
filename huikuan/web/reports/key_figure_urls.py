from django.urls import path

from huikuan.web.reports.figure_targets import figure_targets
from huikuan.web.reports.key_figures import key_figures

urlpatterns = [
    path("", key_figures, name="key-figures"),
    path("targets", figure_targets, name="figure-targets"),
]
