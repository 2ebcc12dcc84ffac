from django.urls import path

from huikuan.web.design.views import design

urlpatterns = [path("design", design, name="design")]
